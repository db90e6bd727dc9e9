//! What people read, without its colours.

mod discover;

use super::values::{self, cycle, cycle_without_rounds, decision, guests, host, nothing_to_do, tree};
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
