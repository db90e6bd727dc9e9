//! The documents that programs read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::values::{
    self, a100, at, cycle, cycle_without_rounds, decision, guests, host, mixed, moving, nothing_to_do,
    status, tree, with_hidden,
};
use crate::model::{Code, Finding, HostSnapshot, NovaView};
use crate::planner::{Policy, hardware_findings, prospects};
use crate::report::json;

/// As it is printed: names, their order and their values are all part of the promise.
pub(super) fn printed(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).unwrap()
}

fn document(host: &HostSnapshot) -> json::Discover {
    let policy = Policy::default();
    let none = BTreeMap::new();
    json::Discover::new(
        host,
        &prospects(host, &NovaView::default(), &policy),
        &none,
        &hardware_findings(host, &policy),
        None,
    )
}

#[test]
fn discover_with_figures_and_hidden_gpus() {
    let host = with_hidden(a100());
    let document = json::Discover::new(&host, &BTreeMap::new(), &moving(), &[], None);
    let document = serde_json::to_value(document).unwrap();
    let (figures, hidden) = (&document["gpus"][0]["figures"], &document["hidden"]);
    insta::assert_snapshot!(printed(&serde_json::json!({ "figures": figures, "hidden": hidden })));
}

#[test]
fn discover_with_vgpus() {
    insta::assert_snapshot!(printed(&document(&mixed())));
}

#[test]
fn discover() {
    let host = host();
    insta::assert_snapshot!(printed(&document(&host)));
}

#[test]
fn plan() {
    insta::assert_snapshot!(printed(&json::Plan::new(&tree(), &decision())));
}

#[test]
fn plan_with_nothing_to_do() {
    insta::assert_snapshot!(printed(&json::Plan::new(&tree(), &nothing_to_do())));
}

#[test]
fn apply() {
    insta::assert_snapshot!(printed(&json::Apply::from(&cycle())));
}

#[test]
fn apply_that_could_not_begin() {
    insta::assert_snapshot!(printed(&json::Apply::from(&cycle_without_rounds())));
}

#[test]
fn the_tree() {
    insta::assert_snapshot!(printed(&json::Tree::new(&tree(), &guests())));
}

#[test]
fn the_status() {
    let mut document = serde_json::to_value(json::Status::new(&status(), at(103))).unwrap();
    // Moves with each release.
    document["version"] = "0.0.0".into();
    insta::assert_snapshot!(printed(&document));
}

#[test]
fn audit() {
    insta::assert_snapshot!(printed(&json::Audit::new(&tree(), &values::audit())));
}

#[test]
fn error() {
    let finding = Finding::new(
        Code::LibraryMissing,
        "NVML",
        "there is no NVML library: tried libnvidia-ml.so.1",
        "install the NVIDIA driver of this host with its libraries",
    );
    insta::assert_snapshot!(printed(&json::Error::new(&[finding])));
}

/// A `schema` first in every document, so that a program can choose before it reads on.
#[test]
fn every_document_begins_with_its_schema() {
    let (host, tree, decision) = (host(), tree(), decision());
    for (document, schema) in [
        (printed(&document(&host)), "discover/v1"),
        (printed(&json::Plan::new(&tree, &decision)), "plan/v1"),
        (printed(&json::Apply::from(&cycle())), "apply/v1"),
        (printed(&json::Tree::new(&tree, &guests())), "tree/v1"),
        (printed(&json::Error::new(&[])), "error/v1"),
    ] {
        assert!(document.starts_with(&format!("{{\n  \"schema\": \"{schema}\"")), "{document}");
    }
}
