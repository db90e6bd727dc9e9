//! What people read, without its colours.

mod discover;

use super::values::{
    self, at, cycle, cycle_without_rounds, decision, guests, host, nothing_to_do, running, status, tree,
};
use crate::report;

/// Without colours, and checked for what no text may have: a space at the end of a line.
pub(super) fn plain(text: &str) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    for line in plain.lines() {
        assert_eq!(line, line.trim_end(), "a space at the end in:\n{plain}");
    }
    plain
}

#[test]
fn plan() {
    insta::assert_snapshot!(plain(&report::plan(&host(), &tree(), &decision())));
}

#[test]
fn plan_with_nothing_to_do() {
    insta::assert_snapshot!(plain(&report::plan(&host(), &tree(), &nothing_to_do())));
}

#[test]
fn findings() {
    insta::assert_snapshot!(plain(&report::findings(&decision().findings)));
}

#[test]
fn progress() {
    let cycle = cycle();
    let round = &cycle.rounds[0];
    let total = round.decision.plan.len();
    let mut lines: Vec<String> =
        round.traits_created.iter().map(|name| report::progress_trait(1, total, name)).collect();
    for (index, record) in round.steps.iter().enumerate() {
        lines.push(report::progress(index + 2, total, record));
    }
    insta::assert_snapshot!(plain(&lines.join("\n")));
}

#[test]
fn apply() {
    let done = crate::model::Cycle::default();
    let texts = [report::apply(&done), report::apply(&cycle()), report::apply(&cycle_without_rounds())];
    insta::assert_snapshot!(plain(&texts.concat()));
}

#[test]
fn audit() {
    let nobody = crate::model::Audit::default();
    let texts = [report::audit(&tree(), &values::audit()), report::audit(&tree(), &nobody)];
    insta::assert_snapshot!(plain(&texts.concat()));
}

#[test]
fn the_tree() {
    insta::assert_snapshot!(plain(&report::tree(&tree(), &guests(), false)));
}

#[test]
fn the_tree_in_full() {
    insta::assert_snapshot!(plain(&report::tree(&tree(), &guests(), true)));
}

/// As it is at that time, of a version that no release moves.
fn told(status: &crate::model::Status) -> report::json::Status {
    report::json::Status { version: "VERSION".to_owned(), ..report::json::Status::new(status, at(103)) }
}

#[test]
fn the_status_in_short() {
    insta::assert_snapshot!(plain(&report::status(&told(&status()), false, Some(120))));
    insta::assert_snapshot!("a_quiet_status", plain(&report::status(&told(&running(host())), false, None)));
}

#[test]
fn the_status_in_detail() {
    insta::assert_snapshot!(plain(&report::status(&told(&status()), true, Some(120))));
}

/// An agent of an earlier version tells less.
#[test]
fn the_status_of_an_older_agent_is_read() {
    let mut document = serde_json::to_value(report::json::Status::new(&status(), at(103))).unwrap();
    let fields = document.as_object_mut().unwrap();
    fields.remove("devices");
    fields.remove("history");
    let document: report::json::Status = serde_json::from_value(document).unwrap();
    assert!(plain(&report::status(&document, true, None)).contains("NPA0502"));
}
