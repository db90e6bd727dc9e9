//! What a purge takes, and what it leaves.

use super::build::*;
use crate::model::*;
use crate::planner::{purge, purge_needs};

/// Decides with the usages that are asked for.
fn decided(world: &World, delete: bool) -> Decision {
    let mut tree = world.tree.clone();
    for uuid in purge_needs(&tree) {
        let used = world.usages.get(&uuid).copied().unwrap_or(0);
        tree.providers.get_mut(&uuid).unwrap().usages = Some([(ResourceClass::vgpu(), used)].into());
    }
    assert!(purge_needs(&tree).is_empty());
    purge(&tree, delete)
}

fn steps(decision: &Decision) -> Vec<&Step> {
    decision.plan.groups.iter().flat_map(|group| &group.steps).collect()
}

/// Carries it out; what was done, in words.
fn purged(world: &mut World, delete: bool) -> Vec<String> {
    let decision = decided(world, delete);
    let all: Vec<Step> = steps(&decision).into_iter().cloned().collect();
    all.iter().for_each(|step| world.apply(step));
    assert!(decided(world, delete).plan.is_empty(), "a second one has nothing to do");
    all.iter().map(|step| format!("{} {}", step.plain, step.action)).collect()
}

/// Three instances of one kind with a guest on one, and one of another kind.
fn world() -> World {
    let mut world = World::new();
    world.cycle(&host([gpu(A, &[(9, 0), (19, 4), (19, 5), (19, 6)]), gpu(B, &[(0, 0)])]));
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    assert!(world.allocate(uuid));
    world
}

#[test]
fn what_is_used_is_reserved_and_keeps_its_traits_and_the_rest_is_parked() {
    let mut world = world();
    let before = world.ours(A, "mig-19").unwrap().clone();
    let decision = decided(&world, false);
    let states: Vec<ProviderState> = decision.providers.iter().map(|provider| provider.state).collect();
    assert_eq!(states, [ProviderState::Park, ProviderState::Drain, ProviderState::Park]);
    let [finding] = decision.findings.as_slice() else { panic!("{:?}", decision.findings) };
    assert_eq!((finding.code, &finding.subject), (Code::StillUsed, &before.name));

    purged(&mut world, false);
    let used = world.ours(A, "mig-19").unwrap();
    assert_eq!(used.traits, before.traits);
    let record = before.vgpu().unwrap();
    assert_eq!(used.vgpu(), Some(&Inventory { reserved: 3, ..record.clone() }));
    for (address, kind) in [(A, "mig-9"), (B, "mig-0")] {
        let parked = world.ours(address, kind).unwrap();
        assert_eq!((parked.vgpu(), &parked.traits), (None, &[marker()].into()));
    }
    // The guest has left.
    world.usages.clear();
    purged(&mut world, false);
    assert_eq!(world.shown(A, "mig-19"), "-");
    assert!(decided(&world, false).findings.is_empty());
}

#[test]
fn deleting_empties_first_and_takes_nothing_that_is_used() {
    let mut world = world();
    let done = purged(&mut world, true);
    assert_eq!(
        done,
        [
            "3g.20gb no inventory any more",
            "3g.20gb delete",
            "1g.5gb inventory 3 VGPU, 3 reserved",
            "7g.40gb no inventory any more",
            "7g.40gb delete"
        ]
    );
    assert!(world.ours(A, "mig-9").is_none() && world.ours(A, "mig-19").is_some());
    world.usages.clear();
    purged(&mut world, true);
    assert_eq!(world.tree.providers.len(), 1, "the root alone");
}

#[test]
fn a_provider_that_is_parked_already_costs_no_write_unless_it_is_to_be_deleted() {
    let mut world = World::new();
    world.cycle(&host([gpu(A, &[(19, 0)])]));
    world.cycle(&host([gpu(A, &[])]));
    assert!(decided(&world, false).plan.is_empty());
    assert_eq!(purged(&mut world, true), ["mig-19 delete"]);
}

#[test]
fn more_allocated_than_there_is_is_never_written_smaller() {
    let mut world = world();
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    world.usages.insert(uuid, 5);
    purged(&mut world, true);
    assert_eq!(world.shown(A, "mig-19"), "5/5");
}

#[test]
fn what_somebody_put_on_ours_keeps_it_from_being_deleted() {
    let mut world = World::new();
    world.cycle(&host([gpu(A, &[(19, 0), (9, 4)])]));
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    let licence: ResourceClass = "CUSTOM_LICENCE".parse().unwrap();
    let theirs: TraitName = "CUSTOM_NVIDIA_11".parse().unwrap();
    let provider = world.tree.providers.get_mut(&uuid).unwrap();
    let record = provider.vgpu().unwrap().clone();
    provider.inventories.insert(licence.clone(), record.clone());
    provider.traits.insert(theirs.clone());
    let nine = world.ours(A, "mig-9").unwrap().uuid;
    let below = world.foreign("below", &[]);
    world.place(below, nine);

    let decision = decided(&world, true);
    let codes: Vec<Code> = decision.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [Code::NotOursAlone; 2]);
    assert!(decision.findings[0].seen.contains("provider below"), "{:?}", decision.findings);
    assert!(decision.findings[1].seen.contains("CUSTOM_LICENCE"), "{:?}", decision.findings);
    purged(&mut world, true);
    let kept = world.ours(A, "mig-19").unwrap();
    assert_eq!(kept.inventories, [(licence, record)].into());
    assert_eq!(kept.traits, [theirs, marker()].into());
    assert_eq!(world.shown(A, "mig-9"), "-");
}

#[test]
fn of_novas_providers_only_those_with_our_marker_lose_only_our_grammar() {
    const OURS: [&str; 4] = [
        "CUSTOM_NVIDIA_1G5GB",
        "CUSTOM_NVIDIA_BOARD_A100_SXM4_40GB",
        "CUSTOM_NVIDIA_MIG",
        "CUSTOM_NVIDIA_PLACEMENT_AGENT",
    ];
    const THEIRS: [&str; 4] = ["CUSTOM_NVIDIA_11", "CUSTOM_NVIDIA_2BB5", "CUSTOM_GOLD", "OWNER_NOVA"];
    let mut world = World::new();
    let all: Vec<&str> = OURS.into_iter().chain(THEIRS).collect();
    let decorated = world.foreign("cmp1_pci_0000_41_00_4", &all);
    // An operator's own traits, Nova's PCI tracker, Cyborg, and one that only looks like ours.
    let others = [
        world.foreign("cmp1_pci_0000_41_00_5", &["CUSTOM_NVIDIA_1G5GB"]),
        world.foreign("cmp1_0000:41:00.0", &all),
        world.foreign("cmp1_<0000:84:00.0>", &all),
        world.foreign("cmp1:nvidia:0000:41:00.0:20b0:mig-19", &all),
    ];
    let before = others.map(|uuid| world.tree.providers[&uuid].clone());
    for delete in [false, true] {
        purged(&mut world, delete);
        let left: Vec<&str> = world.tree.providers[&decorated].traits.iter().map(TraitName::as_str).collect();
        assert_eq!(left, ["CUSTOM_GOLD", "CUSTOM_NVIDIA_11", "CUSTOM_NVIDIA_2BB5", "OWNER_NOVA"]);
        assert_eq!(others.map(|uuid| world.tree.providers[&uuid].clone()), before);
    }
}

#[test]
fn a_renamed_root_hides_nothing() {
    let mut world = world();
    let root = world.tree.root.provider();
    world.tree.providers.get_mut(&root).unwrap().name = "other".to_owned();
    assert_eq!(purged(&mut world, true).len(), 5);
}
