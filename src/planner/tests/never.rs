//! What is not ours stays as it is.

use super::build::*;
use crate::model::*;

#[test]
fn foreign_traits_and_inventories_on_our_provider_stay() {
    let mut world = World::new();
    let host_one = host([gpu(A, &[(19, 0)])]);
    world.cycle(&host_one);
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    let class: ResourceClass = "CUSTOM_LICENCE".parse().unwrap();
    let theirs: Vec<TraitName> =
        ["CUSTOM_NVIDIA_11", "CUSTOM_GOLD", "OWNER_NOVA"].iter().map(|t| t.parse().unwrap()).collect();
    let provider = world.tree.providers.get_mut(&uuid).unwrap();
    provider.traits.extend(theirs.clone());
    let record = provider.vgpu().unwrap().clone();
    provider.inventories.insert(class.clone(), record.clone());
    assert!(world.decide(&host_one).plan.is_empty());

    world.cycle(&host([gpu(A, &[(9, 0)])]));
    let parked = world.ours(A, "mig-19").unwrap();
    assert!(theirs.iter().all(|t| parked.traits.contains(t)));
    assert_eq!(parked.inventories, [(class, record)].into());
}

#[test]
fn a_provider_with_our_name_and_another_uuid_is_not_ours_and_blocks() {
    let mut world = World::new();
    let snapshot = host([gpu(A, &[(19, 0), (9, 4)])]);
    let name = "cmp1:nvidia:0000:41:00.0:20b0:mig-19";
    let other = world.foreign(name, &["CUSTOM_NVIDIA_1G5GB", "CUSTOM_NVIDIA_PLACEMENT_AGENT"]);
    let decision = world.decide(&snapshot);
    let finding = decision.findings.iter().find(|f| f.code == Code::Taken).unwrap();
    assert!(finding.subject == name && finding.seen.contains(&other.to_string()), "{finding:?}");
    let before = world.tree.providers[&other].clone();
    let steps = world.cycle(&snapshot);
    assert!(steps.iter().all(|step| step.provider != other));
    assert_eq!(world.tree.providers[&other], before);
    assert_eq!(world.shown(A, "mig-9"), "1/0", "the other kind is not held up");
}

#[test]
fn a_provider_of_ours_under_another_parent_is_not_ours_any_more() {
    let mut world = World::new();
    let snapshot = host([gpu(A, &[(19, 0)])]);
    world.cycle(&snapshot);
    let shelf = world.foreign("cmp1-shelf", &[]);
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    world.place(uuid, shelf);
    let decision = world.decide(&snapshot);
    assert!(decision.plan.is_empty());
    assert!(decision.findings.iter().any(|f| f.code == Code::Taken));
}

#[test]
fn a_root_whose_name_is_too_long_gets_no_provider_and_a_finding() {
    let mut world = World::new();
    let root = world.tree.root.provider();
    world.tree.providers.get_mut(&root).unwrap().name = "r".repeat(180);
    let decision = world.decide(&host([gpu(A, &[(19, 0)])]));
    assert!(decision.plan.is_empty());
    assert_eq!(decision.providers[0].state, ProviderState::Blocked);
    assert!(decision.findings.iter().any(|f| f.code == Code::NameTooLong));
}
