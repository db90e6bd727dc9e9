//! A purge, shown and done, as text and as JSON.

use super::json::printed;
use super::text::plain;
use super::values::{guests, trait_name, tree};
use crate::model::{
    Code, Cycle, Finding, Named, ObservedProvider, ObservedTree, ProviderState, Round, StepOutcome,
    StepRecord, marker,
};
use crate::planner;
use crate::report::{self, Purged, json};

/// The tree of the other tests, with two providers of Nova's that were decorated.
fn decorated() -> ObservedTree {
    let mut tree = tree();
    let nova = tree.nova_functions().next().unwrap().2.clone();
    for (number, name) in
        [(1, "cmp1.example.org_pci_0000_81_00_4"), (21, "cmp1.example.org_pci_0000_81_00_5")]
    {
        let uuid = format!("0b1c2d3e-0000-4000-8000-{number:012}").parse().unwrap();
        let named = Named::of(tree.root, tree.root_name(), uuid, name, nova.parent);
        let mut provider = ObservedProvider { uuid, name: name.to_owned(), named, ..nova.clone() };
        provider.traits.extend([marker(), trait_name("CUSTOM_NVIDIA_1G5GB"), trait_name("CUSTOM_NVIDIA_11")]);
        tree.providers.insert(uuid, provider);
    }
    tree
}

#[test]
fn what_would_be_done() {
    let (tree, guests) = (decorated(), guests());
    let decision = planner::purge(&tree, true);
    let purged = Purged {
        tree: &tree,
        decision: &decision,
        guests: &guests,
        cycle: None,
        delete: true,
        restart: true,
        findings: &decision.findings,
    };
    insta::assert_snapshot!("purge_text", plain(&report::purge(&purged)));
    insta::assert_snapshot!("purge_json", printed(&json::Purge::from(&purged)));
}

#[test]
fn what_was_done_and_what_is_left() {
    let (tree, guests) = (decorated(), guests());
    let before = planner::purge(&tree, true);
    let steps = before.plan.groups.iter().flat_map(|group| {
        let record = |step: &crate::model::Step| StepRecord {
            device: group.device,
            step: step.clone(),
            outcome: StepOutcome::Done,
        };
        group.steps.iter().map(record)
    });
    let round = Round { steps: steps.collect(), ..Round::decided(before.clone()) };
    let cycle = Cycle { rounds: vec![round], ..Cycle::default() };
    let mut after = before;
    after.plan.groups.clear();
    after.nova_providers.clear();
    after.providers.retain(|provider| provider.state == ProviderState::Drain);
    for provider in &mut after.providers {
        (provider.from, provider.writes) = (provider.to.clone(), 0);
    }
    let purged = Purged {
        tree: &tree,
        decision: &after,
        guests: &guests,
        cycle: Some(&cycle),
        delete: true,
        restart: true,
        findings: &after.findings,
    };
    let stopped = Finding::new(Code::Unreachable, "Placement", "it went away", "see there");
    let broken = Cycle { stopped_by: Some(stopped), ..Cycle::default() };
    let unfinished = Purged { cycle: Some(&broken), ..purged };
    let texts = [report::purge(&purged), report::purge(&unfinished)];
    insta::assert_snapshot!("purged_text", plain(&texts.join("\n")));
    insta::assert_snapshot!("purged_json", printed(&json::Purge::from(&purged)));
}

#[test]
fn where_nothing_is() {
    let mut tree = tree();
    tree.providers.retain(|_, provider| provider.parent.is_none());
    let decision = planner::purge(&tree, false);
    let guests = crate::model::Guests::new();
    let purged = Purged {
        tree: &tree,
        decision: &decision,
        guests: &guests,
        cycle: None,
        delete: false,
        restart: false,
        findings: &[],
    };
    assert!(plain(&report::purge(&purged)).ends_with("\n\nNothing of the agent's is here.\n"));
}
