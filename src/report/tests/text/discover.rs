//! What `discover` shows of one A100, of a mixed host, of a large one, and of one in bad shape.

use std::collections::BTreeMap;

use super::plain;
use crate::model::{Figures, HostSnapshot, NovaView, PciAddress};
use crate::planner::{Policy, prospects};
use crate::report::tests::values::{a100, host, many, many_of_three_kinds, mixed, moving, with_hidden};
use crate::report::{self, View};

/// As it is without colours, on a terminal of that width.
fn shown(host: &HostSnapshot, view: View) -> String {
    with_figures(host, &BTreeMap::new(), view)
}

fn with_figures(host: &HostSnapshot, figures: &BTreeMap<PciAddress, Figures>, view: View) -> String {
    let text = plain(&report::discover(
        host,
        &prospects(host, &NovaView::default(), &Policy::default()),
        figures,
        view,
    ));
    for line in text.lines() {
        // A word that is wider than the terminal cannot be folded; no picture and no table is.
        let (long, words) = (line.chars().count(), line.split_whitespace().count());
        assert!(view.width.is_none_or(|width| long <= width || words < 3), "{long} columns:\n{line}");
    }
    text
}

fn at(width: usize) -> View {
    View { width: Some(width), ..View::default() }
}

fn of(address: &str) -> View {
    View { gpu: Some(address.parse::<PciAddress>().unwrap()), ..View::default() }
}

#[test]
fn one_a100() {
    insta::assert_snapshot!(shown(&a100(), View::default()));
}

#[test]
fn one_a100_in_detail() {
    insta::assert_snapshot!(shown(&a100(), View { details: true, ..at(120) }));
}

#[test]
fn one_a100_in_detail_on_80_columns() {
    insta::assert_snapshot!(shown(&a100(), View { details: true, ..at(80) }));
}

#[test]
fn what_moves_and_what_is_hidden_on_120_and_80_columns() {
    let host = with_hidden(a100());
    insta::assert_snapshot!("moving_120", with_figures(&host, &moving(), View { details: true, ..at(120) }));
    insta::assert_snapshot!("moving_80", with_figures(&host, &moving(), View { details: true, ..at(80) }));
}

#[test]
fn a_mixed_host() {
    insta::assert_snapshot!(shown(&mixed(), at(120)));
}

#[test]
fn a_mixed_host_on_80_columns() {
    insta::assert_snapshot!(shown(&mixed(), at(80)));
}

#[test]
fn a_mixed_host_in_detail() {
    insta::assert_snapshot!(shown(&mixed(), View { details: true, ..at(120) }));
}

#[test]
fn types_and_functions_of_one_gpu() {
    insta::assert_snapshot!(shown(&mixed(), View { types: true, functions: true, ..of("0000:41:00.0") }));
}

#[test]
fn sixteen_gpus_with_sixteen_functions_each() {
    let text = shown(&many(), at(120));
    assert!(text.lines().count() < 24, "one screen");
    insta::assert_snapshot!(text);
}

/// Long names, slots and three figures of functions: whatever the width, no line is longer, and as soon as there is
/// room beside a name that can still be told apart, a GPU is one line.
#[test]
fn sixteen_gpus_of_three_kinds_with_many_functions_fit_any_terminal() {
    for (width, lines_each) in [(80, 2), (100, 2), (110, 1), (120, 1), (200, 1)] {
        let text = shown(&many_of_three_kinds(), at(width));
        let gpus = text.lines().filter(|line| line.starts_with("0000:")).count();
        let all = text.lines().skip(3).take_while(|line| !line.is_empty()).count();
        assert_eq!((gpus, all), (16, 16 * lines_each), "{width} columns:\n{text}");
        insta::assert_snapshot!(format!("three_kinds_{width}"), text);
    }
}

#[test]
fn a_host_in_bad_shape() {
    insta::assert_snapshot!(shown(&host(), View { details: true, ..View::default() }));
}

#[test]
fn every_profile() {
    insta::assert_snapshot!(shown(&host(), View { profiles: true, ..of("0000:41:00.0") }));
}

#[test]
fn colours_say_nothing_that_words_do_not() {
    for host in [a100(), mixed(), many(), host()] {
        let prospects = prospects(&host, &NovaView::default(), &Policy::default());
        let text = report::discover(&host, &prospects, &moving(), View { details: true, ..View::default() });
        // Nothing but colour is lost, and every colour ends on its line.
        for line in text.lines() {
            let opened = line.matches("\u{1b}[").count();
            assert_eq!(opened % 2, 0, "{line:?}");
        }
    }
}
