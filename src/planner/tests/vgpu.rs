//! Providers of vGPU types, from the hardware to Placement.

use super::build::*;
use crate::model::*;

fn cut(instances: &[(u32, u32)]) -> Gpu {
    with_vgpus(gpu(A, instances), &A100_TYPES, 7)
}

const ONES: [(u32, u32); 3] = [(19, 0), (19, 1), (19, 2)];

fn codes(decision: &Decision) -> Vec<Code> {
    decision.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_vgpu_type_gets_a_provider_with_its_own_trait_and_that_of_its_profile() {
    let mut world = World::new();
    let snapshot = host([typed(cut(&ONES), &[474, 474, 474])]);
    let steps = world.cycle(&snapshot);
    assert!(steps.iter().all(|step| step.plain == "GRID A100-1-5C"));
    assert_eq!(world.shown(A, "vgpu-474"), "3/0");
    assert!(world.ours(A, "mig-19").is_none());
    let provider = world.ours(A, "vgpu-474").unwrap();
    assert_eq!(provider.name, "cmp1:nvidia:0000:41:00.0:20b0:vgpu-474");
    let traits: Vec<String> = provider.traits.iter().map(ToString::to_string).collect();
    assert_eq!(
        traits,
        [
            "CUSTOM_NVIDIA_1G5GB",
            "CUSTOM_NVIDIA_BOARD_A100_SXM4_40GB",
            "CUSTOM_NVIDIA_MIG",
            "CUSTOM_NVIDIA_PLACEMENT_AGENT",
            "CUSTOM_NVIDIA_VGPU_A100_1_5C"
        ]
    );
    let decision = world.decide(&snapshot);
    assert!(decision.plan.is_empty() && decision.findings.is_empty(), "{decision:?}");
    assert_eq!(decision.providers[0].reason.to_string(), "it can give 3 vGPUs GRID A100-1-5C");
    // Gone from the driver's list, it is still called by its own name, not by its profile's.
    let mut bare = snapshot;
    bare.gpus.values_mut().for_each(|gpu| *gpu = super::build::gpu(A, &[]));
    assert_eq!(world.decide(&bare).providers[0].plain, "A100-1-5C");
}

#[test]
fn guests_of_the_bare_profile_hold_the_instances_that_a_type_would_use() {
    let mut world = World::new();
    world.cycle(&host([gpu(A, &ONES)]));
    let bare = world.ours(A, "mig-19").unwrap().uuid;
    assert!(world.allocate(bare) && world.allocate(bare));
    let typed = host([typed(cut(&ONES), &[474, 474, 474])]);
    world.cycle(&typed);
    // Seven would fit the GPU; three exist, and two are held.
    assert_eq!((world.shown(A, "mig-19"), world.shown(A, "vgpu-474")), ("3/3".into(), "3/2".into()));
    let decision = world.decide(&typed);
    assert_eq!(codes(&decision), [Code::Draining, Code::Withheld]);
    world.usages.clear();
    world.cycle(&typed);
    assert_eq!((world.shown(A, "mig-19"), world.shown(A, "vgpu-474")), ("-".into(), "3/0".into()));
}

#[test]
fn a_time_sliced_guest_keeps_the_gpu_from_being_offered_in_pieces_and_the_reverse() {
    let mut world = World::new();
    let sliced = host([typed(uncut(cut(&[])), &[470; 4])]);
    let in_pieces = host([typed(cut(&ONES), &[474; 3])]);
    world.cycle(&sliced);
    let (ten, five) = (world.ours(A, "vgpu-470").unwrap().uuid, "vgpu-474");
    assert!(world.allocate(ten));
    world.cycle(&in_pieces);
    assert_eq!((world.shown(A, "vgpu-470"), world.shown(A, five)), ("4/4".into(), "3/3".into()));
    world.usages.clear();
    world.cycle(&in_pieces);
    assert_eq!((world.shown(A, "vgpu-470"), world.shown(A, five)), ("-".into(), "3/0".into()));
    let five = world.ours(A, five).unwrap().uuid;
    assert!(world.allocate(five));
    world.cycle(&sliced);
    assert_eq!((world.shown(A, "vgpu-470"), world.shown(A, "vgpu-474")), ("4/4".into(), "3/3".into()));
}

#[test]
fn types_of_one_size_wait_for_guests_of_another() {
    let mut world = World::new();
    world.cycle(&host([typed(uncut(cut(&[])), &[470; 4])]));
    let ten = world.ours(A, "vgpu-470").unwrap().uuid;
    assert!(world.allocate(ten));
    let twenty = host([typed(uncut(cut(&[])), &[471; 2])]);
    world.cycle(&twenty);
    assert_eq!(world.shown(A, "vgpu-471"), "2/2");
    let mut mixed = twenty;
    mixed.gpus.values_mut().for_each(|gpu| gpu.vgpu.heterogeneous = Some(true));
    world.cycle(&mixed);
    assert_eq!(world.shown(A, "vgpu-471"), "2/1", "mixed sizes: 10 of 40 GB are held");
}

#[test]
fn kinds_that_compete_are_not_offered_beyond_what_can_be_there_at_once() {
    let mut world = World::new();
    let mut both = typed(uncut(cut(&[])), &[470, 470, 470, 470, 471, 471]);
    both.vgpu.heterogeneous = Some(true);
    let both = host([both]);
    world.cycle(&both);
    assert_eq!((world.shown(A, "vgpu-471"), world.shown(A, "vgpu-470")), ("2/0".into(), "4/4".into()));
    let decision = world.decide(&both);
    assert_eq!(codes(&decision), [Code::Withheld]);
    let shared = decision.providers.iter().find(|provider| provider.plain == "GRID A100-10C").unwrap();
    assert_eq!(shared.reason, Reason::Shared { units: 4, allowed: 0 });
}

#[test]
fn what_is_lacking_is_a_finding_that_says_what_to_do() {
    let sliced = host([uncut(cut(&[]))]);
    let mut world = World::new();
    let finding = world.decide(&sliced).findings.remove(0);
    assert_eq!(finding.code, Code::NoVgpuType);
    assert!(finding.remedy.contains("devices.vgpu_types (GRID A100-10C, GRID A100-20C)"), "{finding:?}");

    world.policy.vgpu_types = vec!["GRID A100-10C".parse().unwrap()];
    let mut bare = sliced.clone();
    bare.gpus.values_mut().for_each(|gpu| {
        gpu.functions.clear();
        gpu.sriov = Some(Sriov { total: 16, enabled: 0 });
    });
    let finding = world.decide(&bare).findings.remove(0);
    assert_eq!(finding.code, Code::NoVgpuFunction);
    assert!(finding.remedy.contains("sriov-manage -e 0000:41:00.0"), "{finding:?}");

    let wrong = host([typed(cut(&ONES), &[470])]);
    let decision = world.decide(&wrong);
    assert_eq!(codes(&decision), [Code::UnusableVgpuType]);
    world.cycle(&wrong);
    assert_eq!(world.shown(A, "mig-19"), "3/0", "the rest is offered");
}

#[test]
fn under_a_compute_node_vgpus_are_reserved_too() {
    let mut world = World::new();
    world.policy.attachable = crate::planner::Attachable::Auto;
    let sliced = host([typed(uncut(cut(&[])), &[470; 4])]);
    world.cycle(&sliced);
    assert_eq!(world.shown(A, "vgpu-470"), "4/4");
    assert_eq!(codes(&world.decide(&sliced)), [Code::NotAttachable]);
}

#[test]
fn a_steady_host_reads_no_usage_unless_guests_decide_between_competing_kinds() {
    let mut world = World::new();
    let alone = host([typed(uncut(cut(&[])), &[470; 4])]);
    world.cycle(&alone);
    assert!(world.allocate(world.ours(A, "vgpu-470").unwrap().uuid));
    let (decision, usages_read) = world.observe(&alone);
    assert!(decision.plan.is_empty());
    assert_eq!(usages_read, 0);

    let mut both = typed(uncut(cut(&[])), &[470, 470, 470, 470, 471, 471]);
    both.vgpu.heterogeneous = Some(true);
    let both = host([both]);
    world.cycle(&both);
    // The guest has 10 of 40 GB, so one 20 is left of two, and one 10 beside it.
    assert_eq!((world.shown(A, "vgpu-471"), world.shown(A, "vgpu-470")), ("2/1".into(), "4/2".into()));
    let (decision, usages_read) = world.observe(&both);
    assert!(decision.plan.is_empty());
    assert_eq!(usages_read, 2);
}
