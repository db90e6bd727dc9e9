//! What is scraped: its form, and that the documentation has exactly that.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{app, full};
use crate::telemetry::PREFIX;
use crate::telemetry::metrics::encoded;

/// Everything that a running agent shows: its own series, and those of the edges.
fn scraped(gpus: usize, instances: u32, open: bool) -> String {
    let mut registry = crate::telemetry::registry();
    // As main does; no room but this test sees them all.
    let _meters = crate::cli::meters(&mut registry);
    let (_sender, app) =
        super::app_of(full::status(gpus, instances), full::samples(gpus, instances), registry);
    encoded(&app.registry, open).unwrap().1
}

/// Each family's type and labels, by its name without what all begin with.
fn families(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut families: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        let name = name.strip_prefix(PREFIX).unwrap().trim_start_matches('_');
        families.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let series = line.rsplit_once(' ').unwrap().0;
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let name = name.strip_prefix(PREFIX).unwrap().trim_start_matches('_');
        let histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let known = histogram.filter(|name| families.contains_key(*name)).unwrap_or(name);
        let family = families.get_mut(known).unwrap_or_else(|| panic!("{line} has no type"));
        let names = labels.trim_end_matches('}').split("\",").filter_map(|label| label.split_once("=\""));
        family.1.extend(names.map(|(name, _)| name.to_owned()).filter(|name| name != "le"));
    }
    families
}

/// The rows of the documentation: `| `name` | type | labels | meaning |`.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/usage/metrics.md");
    let text = std::fs::read_to_string(file).unwrap();
    let code = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    // Where a row says so, the labels are those of this line.
    let sets: BTreeMap<String, Vec<String>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("- *labels of ")?.split_once("*:"))
        .map(|(name, labels)| (name.to_owned(), code(labels)))
        .collect();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, meaning] = cells[..] else { panic!("{line}") };
        assert!(!meaning.is_empty(), "{line}");
        let mut names: BTreeSet<String> = code(labels).into_iter().collect();
        for (set, labels_of) in &sets {
            if labels.contains(&format!("of {set}")) {
                names.extend(labels_of.iter().cloned());
            }
        }
        (name.trim_matches('`').to_owned(), (kind.to_owned(), names))
    });
    rows.collect()
}

#[test]
fn the_documentation_has_what_is_scraped_and_nothing_else() {
    let (scraped, documented) = (families(&scraped(1, 1, false)), documented());
    let names = |all: &BTreeMap<String, _>| all.keys().cloned().collect::<BTreeSet<_>>();
    let (ours, theirs) = (names(&scraped), names(&documented));
    assert_eq!(ours.difference(&theirs).collect::<Vec<_>>(), [""; 0], "not documented");
    assert_eq!(theirs.difference(&ours).collect::<Vec<_>>(), [""; 0], "documented, and not there");
    for (name, found) in scraped {
        assert_eq!(Some(&found), documented.get(&name), "{name}");
    }
}

#[test]
fn promtool_has_nothing_to_say() {
    let Ok(mut tool) = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        eprintln!("promtool is not installed: .ci/run installs it");
        return;
    };
    tool.stdin.take().unwrap().write_all(scraped(2, 2, false).as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    // dcgm-exporter's `modelName` and `Hostname` are what both are joined by.
    let ours = said.lines().filter(|line| !line.ends_with("'snake_case' not 'camelCase'"));
    assert_eq!(ours.collect::<Vec<_>>(), [""; 0]);
    // 3: it has remarks on style and nothing else.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{:?}", output.status);
}

#[test]
fn both_forms_say_the_same() {
    let (plain, open) = (scraped(1, 1, false), scraped(1, 1, true));
    assert!(open.ends_with("# EOF\n") && !plain.contains("# EOF"));
    let samples = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.contains("_bucket{"));
        // Of buckets the order of labels differs, and how their bounds are written.
        let series = lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned());
        series.collect::<BTreeSet<_>>()
    };
    let (plain, open) = (samples(&plain), samples(&open));
    assert_eq!(plain.symmetric_difference(&open).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn nothing_absent_is_shown_as_a_number() {
    let (_sender, app) = app(crate::model::Status::default());
    let text = encoded(&app.registry, false).unwrap().1;
    for never in ["last_success_timestamp_seconds", "inventory_units", "providers", "device_condition"] {
        assert!(!text.contains(&format!("{PREFIX}_{never}")), "{text}");
    }
    assert!(text.contains(&format!("{PREFIX}_ready 0.0\n")), "{text}");
    assert!(
        text.contains(&format!("{PREFIX}_findings{{code=\"NPA0207\",severity=\"error\"}} 0.0\n")),
        "{text}"
    );
}

#[test]
fn figures_that_are_too_old_are_not_shown_and_their_age_is() {
    let shown = |at: u64| {
        let mut samples = full::samples(1, 1);
        samples
            .gpus
            .values_mut()
            .for_each(|one| one.at = crate::model::Moment::new(std::time::Duration::from_secs(at)));
        let (_sender, app) = super::app_of(full::status(1, 1), samples, crate::telemetry::registry());
        encoded(&app.registry, false).unwrap().1
    };
    // It is 100 s, and a sample is good for 30.
    let (fresh, stale) = (shown(70), shown(69));
    for name in ["gpu_temperature_celsius", "gpu_instance_sm_active_ratio", "vgpu_licensed"] {
        assert!(fresh.contains(&format!("{PREFIX}_{name}{{")), "{name}");
        assert!(!stale.contains(&format!("{PREFIX}_{name}")), "{name}");
    }
    let age =
        stale.lines().find(|line| line.starts_with(&format!("{PREFIX}_gpu_sample_age_seconds{{"))).unwrap();
    assert!(age.ends_with(" 31.0") || age.ends_with(" 31"), "{age}");
}

#[test]
fn nobody_holds_nothing_and_a_vgpu_without_a_provider_of_its_type_has_that_of_its_instance() {
    let mut status = full::status(1, 1);
    let mut held = crate::model::Held::clone(status.held.as_ref().unwrap());
    held.guests.values_mut().for_each(Vec::clear);
    status.held = Some(held.into());
    let mut tree = crate::model::ObservedTree::clone(status.tree.as_ref().unwrap());
    tree.providers.retain(|_, provider| !provider.name.contains(":vgpu-"));
    status.tree = Some(tree.into());
    let (_sender, app) = super::app_of(status, full::samples(1, 1), crate::telemetry::registry());
    let text = encoded(&app.registry, false).unwrap().1;
    let line = |name: &str| {
        let start = format!("{PREFIX}_{name}{{");
        text.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("no {name}\n{text}"))
    };
    assert!(line("inventory_used_units").ends_with("} 0.0"), "{}", line("inventory_used_units"));
    let vgpu = line("vgpu_licensed");
    assert!(vgpu.contains("mig-19\",") && vgpu.contains("trait=\"CUSTOM_NVIDIA_1G10GB\""), "{vgpu}");
}

#[test]
fn who_holds_what_is_not_shown_once_it_is_too_old() {
    let shown = |at: u64| {
        let mut status = full::status(1, 1);
        let mut held = crate::model::Held::clone(status.held.as_ref().unwrap());
        held.at = crate::model::Moment::new(std::time::Duration::from_secs(at));
        status.held = Some(held.into());
        let (_sender, app) = super::app_of(status, full::samples(1, 1), crate::telemetry::registry());
        encoded(&app.registry, false).unwrap().1
    };
    // It is 100 s, and what Placement told is good for 60.
    let (fresh, stale) = (shown(40), shown(39));
    for name in ["inventory_used_units", "consumer_units"] {
        assert!(fresh.contains(&format!("{PREFIX}_{name}{{")), "{name}");
        assert!(!stale.contains(&format!("{PREFIX}_{name}")), "{name}");
    }
    assert!(stale.contains(&format!("{PREFIX}_inventory_units{{")), "what was decided stands");
}

#[test]
#[ignore = "measures times"]
fn figures_of_a_scrape() {
    println!(
        "\na scrape of everything that a running agent can show, made in memory (no NVML call, no request):"
    );
    println!(
        "GPUs of 7 instances, a vGPU and a guest with its project on each, all figures there; the target is 20 ms\n"
    );
    println!("| GPUs | series | bytes | time, median of 51 | slowest of 51 |");
    println!("|---|---|---|---|---|");
    for gpus in [1, 16] {
        let mut registry = crate::telemetry::registry();
        let _meters = crate::cli::meters(&mut registry);
        let (_sender, app) = super::app_of(full::status(gpus, 7), full::samples(gpus, 7), registry);
        let mut times: Vec<_> = (0..51)
            .map(|_| {
                let began = std::time::Instant::now();
                let text = encoded(&app.registry, false).unwrap().1;
                (began.elapsed(), text)
            })
            .collect();
        times.sort();
        let ((took, text), (slowest, _)) = (&times[25], &times[50]);
        let series = text.lines().filter(|line| !line.starts_with('#')).count();
        println!("| {gpus} | {series} | {} | {took:.1?} | {slowest:.1?} |", text.len());
    }
}
