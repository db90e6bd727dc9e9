//! Create, serve, drain, park, come back.

use super::build::*;
use crate::model::*;

fn kinds(steps: &[Step]) -> Vec<&'static str> {
    let kind = |step: &Step| match &step.action {
        Action::Create { .. } => "create",
        Action::Rename { .. } => "rename",
        Action::SetTraits { .. } => "traits",
        Action::SetInventories { to: None, .. } => "clear",
        Action::SetInventories { .. } => "inventory",
        Action::Delete => "delete",
    };
    steps.iter().map(kind).collect()
}

#[test]
fn a_first_cycle_makes_each_profile_a_provider_with_its_inventory_last() {
    let mut world = World::new();
    let host = host([gpu(A, &[(9, 4), (19, 0), (19, 1)])]);
    let steps = world.cycle(&host);
    assert_eq!(kinds(&steps), ["create", "traits", "inventory", "create", "traits", "inventory"]);
    assert_eq!(world.shown(A, "mig-19"), "2/0");
    assert_eq!(world.shown(A, "mig-9"), "1/0");
    let traits: Vec<String> =
        world.ours(A, "mig-19").unwrap().traits.iter().map(ToString::to_string).collect();
    assert_eq!(
        traits,
        [
            "CUSTOM_NVIDIA_1G5GB",
            "CUSTOM_NVIDIA_BOARD_A100_SXM4_40GB",
            "CUSTOM_NVIDIA_MIG",
            "CUSTOM_NVIDIA_PLACEMENT_AGENT"
        ]
    );
}

#[test]
fn a_second_cycle_writes_nothing_and_reads_no_usage() {
    let mut world = World::new();
    let host = host([gpu(A, &[(9, 4), (19, 0)]), gpu(B, &[])]);
    world.cycle(&host);
    let (decision, usages_read) = world.observe(&host);
    assert!(decision.plan.is_empty());
    assert_eq!(usages_read, 0);
}

#[test]
fn missing_traits_are_in_the_plan_once() {
    let world = World::new();
    let decision = world.decide(&host([gpu(A, &[(19, 0)]), gpu(B, &[(19, 0)])]));
    assert_eq!(decision.plan.traits.len(), 4);
    assert_eq!(decision.plan.len(), 4 + 6);
}

#[test]
fn an_empty_provider_of_a_profile_that_is_gone_is_parked_before_the_new_one_grows() {
    let mut world = World::new();
    world.cycle(&host([gpu(A, &[(19, 0), (19, 1)])]));
    let steps = world.cycle(&host([gpu(A, &[(9, 0)])]));
    assert_eq!(kinds(&steps), ["clear", "traits", "create", "traits", "inventory"]);
    assert_eq!(world.shown(A, "mig-19"), "-");
    let traits = &world.ours(A, "mig-19").unwrap().traits;
    assert_eq!(traits.iter().cloned().collect::<Vec<_>>(), [marker()]);
    assert!(world.decide(&host([gpu(A, &[(9, 0)])])).plan.is_empty());
}

#[test]
fn a_parked_provider_is_reused() {
    let mut world = World::new();
    let (ones, three) = (host([gpu(A, &[(19, 0)])]), host([gpu(A, &[(9, 0)])]));
    world.cycle(&ones);
    world.cycle(&three);
    let steps = world.cycle(&ones);
    assert_eq!(kinds(&steps), ["clear", "traits", "traits", "inventory"]);
    assert_eq!(world.shown(A, "mig-19"), "1/0");
}

#[test]
fn a_provider_with_guests_drains_and_the_rest_of_the_gpu_is_withheld_by_slots() {
    let mut world = World::new();
    let ones: Vec<(u32, u32)> = (0..7).map(|slot| (19, slot)).collect();
    world.cycle(&host([gpu(A, &ones)]));
    let small = world.ours(A, "mig-19").unwrap().uuid;
    assert!(world.allocate(small));
    let halves = host([gpu(A, &[(9, 0), (9, 4)])]);
    let steps = world.cycle(&halves);
    assert_eq!(kinds(&steps), ["inventory", "create", "traits", "inventory"]);
    assert_eq!((world.shown(A, "mig-19"), world.shown(A, "mig-9")), ("7/7".into(), "2/1".into()));
    assert_eq!(world.ours(A, "mig-19").unwrap().vgpu().unwrap().max_unit, 1);
    assert!(world.ours(A, "mig-19").unwrap().traits.contains(&Claim::trait_of_name("1g.5gb")));

    let (decision, usages_read) = world.observe(&halves);
    assert!(decision.plan.is_empty());
    assert_eq!(usages_read, 1, "one request for the draining provider, none for the others");

    world.usages.clear();
    let steps = world.cycle(&halves);
    assert_eq!(kinds(&steps), ["clear", "traits", "inventory"]);
    assert_eq!((world.shown(A, "mig-19"), world.shown(A, "mig-9")), ("-".into(), "2/0".into()));
}

#[test]
fn fewer_instances_than_guests_leave_no_room_and_never_a_total_below_the_usage() {
    let mut world = World::new();
    world.cycle(&host([gpu(A, &[(19, 0), (19, 1), (19, 2)])]));
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    assert!(world.allocate(uuid) && world.allocate(uuid));
    let one = host([gpu(A, &[(19, 0)])]);
    world.cycle(&one);
    assert_eq!(world.shown(A, "mig-19"), "2/1");
    let decision = world.decide(&one);
    assert!(decision.plan.is_empty());
    assert!(decision.findings.iter().any(|f| f.code == Code::OverPromised));
    *world.usages.get_mut(&uuid).unwrap() = 1;
    world.cycle(&one);
    assert_eq!(world.shown(A, "mig-19"), "1/0");
}

#[test]
fn a_renamed_root_renames_its_providers_and_keeps_their_identity() {
    let mut world = World::new();
    let host = host([gpu(A, &[(19, 0)])]);
    world.cycle(&host);
    let root = world.tree.root.provider();
    world.tree.providers.get_mut(&root).unwrap().name = "cmp2".to_owned();
    let steps = world.cycle(&host);
    assert_eq!(kinds(&steps), ["rename"]);
    assert_eq!(world.ours(A, "mig-19").unwrap().name, "cmp2:nvidia:0000:41:00.0:20b0:mig-19");
    assert!(world.decide(&host).plan.is_empty());
}

#[test]
fn a_profile_renamed_by_the_driver_keeps_its_old_trait_until_its_guests_are_gone() {
    let mut world = World::new();
    let mut snapshot = host([gpu(A, &[(9, 4), (19, 0)])]);
    world.cycle(&snapshot);
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    world.allocate(uuid);
    let renamed = snapshot.gpus.values_mut().next().unwrap();
    renamed.profiles.get_mut(&ProfileId::new(19)).unwrap().name = "1g.4gb".to_owned();
    let (old, new) = (Claim::trait_of_name("1g.5gb"), Claim::trait_of_name("1g.4gb"));

    world.cycle(&snapshot);
    let traits = &world.ours(A, "mig-19").unwrap().traits;
    assert!(traits.contains(&old) && traits.contains(&new));
    let (decision, usages_read) = world.observe(&snapshot);
    assert!(decision.plan.is_empty());
    assert_eq!(usages_read, 1, "of the renamed one, and of no other");

    world.usages.clear();
    world.cycle(&snapshot);
    let traits = &world.ours(A, "mig-19").unwrap().traits;
    assert!(!traits.contains(&old) && traits.contains(&new));
}

#[test]
fn what_somebody_changed_on_a_provider_of_ours_is_healed() {
    let mut world = World::new();
    let host = host([gpu(A, &[(19, 0), (19, 1)])]);
    world.cycle(&host);
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    let good = world.tree.providers[&uuid].clone();
    let provider = world.tree.providers.get_mut(&uuid).unwrap();
    provider.traits.remove(&Claim::trait_of_name("1g.5gb"));
    provider.traits.insert(Claim::trait_of_name("7g.40gb"));
    let inventory = provider.inventories.get_mut(&ResourceClass::vgpu()).unwrap();
    inventory.allocation_ratio = AllocationRatio(4.0);
    inventory.total = 70;
    world.cycle(&host);
    let healed = &world.tree.providers[&uuid];
    assert_eq!((&healed.traits, &healed.inventories), (&good.traits, &good.inventories));
}
