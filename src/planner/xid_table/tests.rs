//! The rows, and the page that shows them.

use super::*;

fn word(action: HealthAction) -> &'static str {
    match action {
        HealthAction::Ignore => "ignore",
        HealthAction::Warn => "warn",
        HealthAction::Reserve => "reserve",
    }
}

/// 1, 2, 3, 7 as "1 to 3, 7".
fn ranges(codes: &[u32]) -> String {
    let runs = codes.chunk_by(|one, next| one + 1 == *next);
    let said = runs.map(|run| match run {
        [one] => one.to_string(),
        [one, two] => format!("{one}, {two}"),
        [first, .., last] => format!("{first} to {last}"),
        [] => unreachable!(),
    });
    said.collect::<Vec<_>>().join(", ")
}

#[test]
fn the_documentation_has_every_row() {
    let page = include_str!("../../../docs/usage/health.md");
    let told: Vec<&str> = page
        .lines()
        .skip_while(|line| !line.starts_with("| XID |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let rows: Vec<String> = ROWS
        .iter()
        .map(|row| {
            let bucket = if row.bucket == Bucket::None {
                "none".to_owned()
            } else {
                format!("`{}`", row.bucket.name())
            };
            let here = match row.instead {
                Some((action, why)) => format!("{}: {why}", word(action)),
                None => word(row.action()).to_owned(),
            };
            format!("| {} | {} | {bucket} | {here} |", ranges(row.codes), row.name)
        })
        .collect();
    assert_eq!(told, rows, "docs/usage/health.md should have\n{}\n", rows.join("\n"));
}

#[test]
fn each_xid_is_in_one_row_and_those_are_in_order() {
    let mut codes: Vec<u32> = ROWS.iter().flat_map(|row| row.codes).copied().collect();
    let firsts: Vec<u32> = ROWS.iter().map(|row| row.codes[0]).collect();
    assert!(firsts.is_sorted() && ROWS.iter().all(|row| row.codes.is_sorted()));
    codes.sort_unstable();
    let all = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), all, "an XID is in two rows");
    assert_eq!(codes.last(), Some(&172));
}

/// The catalogue's column, written down once more, by what it says and not by what it is about.
#[test]
fn the_catalogues_actions_are_followed() {
    let with = |bucket: Bucket| {
        let rows = ROWS.iter().filter(|row| row.bucket == bucket);
        let mut codes: Vec<u32> = rows.flat_map(|row| row.codes).copied().collect();
        codes.sort_unstable();
        ranges(&codes)
    };
    assert_eq!(with(Bucket::ResetGpu), "46, 62, 64, 95, 109, 110, 119, 120, 136, 140, 143, 155, 156, 158");
    assert_eq!(with(Bucket::RestartBm), "79");
    assert_eq!(with(Bucket::RestartVm), "151");
    assert_eq!(
        with(Bucket::RestartApp),
        "8, 11, 13, 25, 31, 32, 39 to 41, 60, 68 to 72, 75 to 77, 80, 82 to 86, 88, 89, 94, 96 to 105, 126 to 135, 139"
    );
    assert_eq!(
        with(Bucket::Ignore),
        "14, 37, 38, 43, 44, 63, 66, 67, 92, 93, 106 to 108, 121, 137, 141, 152, 153, 157, 160, 161"
    );
    assert_eq!(with(Bucket::Xid154), "154");
    assert_eq!(with(Bucket::None), "162 to 172");
    assert_eq!(with(Bucket::Person("WORKFLOW_XID_45")), "45");
    assert_eq!(with(Bucket::Person("WORKFLOW_XID_48")), "48");
    assert_eq!(with(Bucket::Person("CHECK_MECHANICALS")), "54");
    assert_eq!(with(Bucket::Person("WORKFLOW_NVLINK_ERR")), "74");
    assert_eq!(with(Bucket::Person("UPDATE_SWFW")), "78");
    assert_eq!(with(Bucket::Person("CONTACT_SUPPORT")), "142");
    assert_eq!(with(Bucket::Person("WORKFLOW_NVLINK5_ERR")), "144 to 150");
    assert_eq!(with(Bucket::Person("CHECK_UVM")), "159");
}

#[test]
fn what_the_agent_does_about_each() {
    let of = |codes: &[u32]| codes.iter().map(|code| action(*code)).collect::<Vec<_>>();
    let reserve = [46, 48, 62, 64, 79, 95, 109, 110, 119, 120, 136, 140, 143, 155, 156, 158, 167];
    assert!(of(&reserve).iter().all(|action| *action == HealthAction::Reserve));
    let ignore = [8, 13, 31, 43, 45, 63, 68, 94, 105, 121, 128, 137, 139, 151, 154, 160, 162];
    assert!(of(&ignore).iter().all(|action| *action == HealthAction::Ignore));
    let warn = [54, 74, 78, 92, 142, 144, 149, 150, 157, 159, 161, 163, 168, 169, 172];
    assert!(of(&warn).iter().all(|action| *action == HealthAction::Warn));
    let unused_or_unknown = [0, 1, 12, 42, 61, 118, 138, 173, 999, u32::MAX];
    assert!(of(&unused_or_unknown).iter().all(|action| *action == HealthAction::Warn));
}

#[test]
fn an_xid_in_words() {
    let said = |code| Meaning(code).to_string();
    assert_eq!(said(79), "GPU has fallen off the bus: RESTART_BM");
    assert_eq!(said(142), "NVENC3 error: CONTACT_SUPPORT");
    assert_eq!(said(167), "PCIe fatal timeout");
    assert_eq!(said(61), "not in use, or unknown, in NVIDIA's catalogue");
}
