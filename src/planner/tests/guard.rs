//! Nothing is offered that Nova would not attach.

use super::build::*;
use crate::model::*;
use crate::planner::Attachable;

#[test]
fn under_a_compute_node_everything_is_published_reserved() {
    let mut world = World::new();
    world.policy.attachable = Attachable::Auto;
    let host = host([gpu(A, &[(19, 0), (19, 1)])]);
    world.cycle(&host);
    assert_eq!(world.shown(A, "mig-19"), "2/2");
    let decision = world.decide(&host);
    assert!(decision.plan.is_empty());
    assert!(
        decision
            .findings
            .iter()
            .any(|f| f.code == Code::NotAttachable && f.remedy.contains("own.attachable"))
    );
    assert_eq!(decision.providers[0].reason, Reason::NotAttachable);
}

#[test]
fn an_operator_who_said_no_is_told_of_that_and_not_of_nova() {
    let host = host([gpu(A, &[(19, 0)])]);
    for (attachable, word) in [(Attachable::Auto, "Nova on a compute node"), (Attachable::No, "is \"no\"")] {
        let mut world = World::new();
        world.policy.attachable = attachable;
        let decision = world.decide(&host);
        let said = decision.findings.iter().find(|finding| finding.code == Code::NotAttachable);
        assert!(said.is_some_and(|finding| finding.seen.contains(word)), "{said:?}");
    }
}

#[test]
fn elsewhere_it_is_offered_and_the_operators_word_decides() {
    let host = host([gpu(A, &[(19, 0), (19, 1)])]);
    for (attachable, compute_node, expected) in [
        (Attachable::Auto, false, "2/0"),
        (Attachable::Yes, true, "2/0"),
        (Attachable::Yes, false, "2/0"),
        (Attachable::No, false, "2/2"),
        (Attachable::No, true, "2/2"),
    ] {
        let mut world = World::new();
        world.policy.attachable = attachable;
        if !compute_node {
            let root = world.tree.root.provider();
            world.tree.providers.get_mut(&root).unwrap().traits.clear();
        }
        world.cycle(&host);
        assert_eq!(world.shown(A, "mig-19"), expected, "{attachable:?} {compute_node}");
    }
}

#[test]
fn the_guard_comes_down_at_once_on_what_was_offered() {
    let mut world = World::new();
    let host = host([gpu(A, &[(19, 0), (19, 1)])]);
    world.cycle(&host);
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    world.allocate(uuid);
    world.policy.attachable = Attachable::Auto;
    world.cycle(&host);
    assert_eq!(world.shown(A, "mig-19"), "2/2");
}
