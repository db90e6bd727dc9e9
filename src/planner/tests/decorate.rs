//! Nova's own providers: as many carry a type's traits as the GPU can give, and nothing else of them changes.

use std::time::Duration;

use super::build::*;
use super::patience::at;
use crate::model::*;
use crate::planner::{Memory, Patience};

const ONE: u32 = 474;

/// An A100 with that many 1g.5gb and seven virtual functions, on an mdev host where Nova makes A100-1-5C.
pub(super) fn cut(instances: u32) -> HostSnapshot {
    let cut: Vec<(u32, u32)> = (0..instances).map(|slot| (19, slot)).collect();
    let mut gpu = with_vgpus(gpu(A, &cut), &A100_TYPES, 7);
    mdevs_possible(&mut gpu);
    host([gpu])
}

fn mdevs_possible(gpu: &mut Gpu) {
    let told = |one: &VgpuType| MdevType {
        name: one.name.clone(),
        available: 1,
        max_instances: one.max_instances,
        framebuffer_mib: one.framebuffer_mib,
    };
    let types: std::collections::BTreeMap<_, _> =
        gpu.vgpu.types.values().map(|one| (one.id, told(one))).collect();
    for function in gpu.functions.values_mut() {
        function.interface = VgpuInterface::Mdev { types: types.clone() };
    }
}

fn with_mdev(mut snapshot: HostSnapshot, function: u32) -> HostSnapshot {
    let gpu = snapshot.gpus.values_mut().next().unwrap();
    let uuid = uuid::Uuid::from_u128(u128::from(function));
    let parent = at_function(function);
    gpu.mediated.insert(uuid, MediatedDevice { uuid, parent, vgpu_type: VgpuTypeId::new(ONE) });
    snapshot
}

fn at_function(function: u32) -> PciAddress {
    format!("0000:41:00.{function}").parse().unwrap()
}

fn enabled(name: &str) -> NovaView {
    let setting = MdevSetting {
        name: name.to_owned(),
        addresses: Vec::new(),
        class: "VGPU".to_owned(),
        max_instances: None,
        place: "/etc/nova/nova.conf:2".to_owned(),
    };
    NovaView { mdev_types: vec![setting], ..NovaView::default() }
}

fn record(total: u32) -> Inventory {
    Inventory {
        total,
        reserved: 0,
        min_unit: 1,
        max_unit: total,
        step_size: 1,
        allocation_ratio: AllocationRatio::ONE,
    }
}

/// Nova reports one A100-1-5C on each of the seven functions.
pub(super) fn world() -> World {
    let mut world = World::new();
    world.nova = enabled("nvidia-474");
    for function in 1..=7 {
        let uuid = world.foreign(&name(function), &["OWNER_NOVA", "CUSTOM_GOLD"]);
        let provider = world.tree.providers.get_mut(&uuid).unwrap();
        provider.inventories.insert(ResourceClass::vgpu(), record(1));
    }
    world
}

fn name(function: u32) -> String {
    format!("cmp1_pci_0000_41_00_{function}")
}

fn novas(world: &World, function: u32) -> &ObservedProvider {
    world.tree.providers.values().find(|provider| provider.name == name(function)).unwrap()
}

fn has(world: &World, function: u32, wanted: &str) -> bool {
    novas(world, function).traits.iter().any(|name| name.as_str() == wanted)
}

/// The functions whose providers carry the profile's trait.
fn carrying(world: &World) -> Vec<u32> {
    (1..=7).filter(|function| has(world, *function, "CUSTOM_NVIDIA_1G5GB")).collect()
}

fn take(world: &mut World, function: u32) {
    let uuid = novas(world, function).uuid;
    world.usages.insert(uuid, 1);
}

#[test]
fn as_many_functions_carry_the_profile_as_there_are_instances() {
    let mut world = world();
    let before: Vec<_> = (1..=7).map(|function| novas(&world, function).inventories.clone()).collect();
    world.cycle(&cut(3));
    assert_eq!(carrying(&world), [1, 2, 3]);
    for function in 1..=7 {
        for wanted in ["OWNER_NOVA", "CUSTOM_GOLD", "CUSTOM_NVIDIA_PLACEMENT_AGENT"] {
            assert!(has(&world, function, wanted), "{wanted}");
        }
        assert!(has(&world, function, "CUSTOM_NVIDIA_BOARD_A100_SXM4_40GB"));
        let carries = function <= 3;
        assert_eq!(has(&world, function, "CUSTOM_NVIDIA_VGPU_A100_1_5C"), carries);
        assert_eq!(has(&world, function, "CUSTOM_NVIDIA_MIG"), carries);
    }
    let after: Vec<_> = (1..=7).map(|function| novas(&world, function).inventories.clone()).collect();
    assert_eq!(before, after, "the inventory is Nova's");
    let decision = world.decide(&cut(3));
    assert!(decision.plan.is_empty(), "{:?}", decision.plan);
    assert_eq!(decision.devices[&A.parse().unwrap()].mode, Mode::Decorate);
    assert_eq!(decision.nova_providers.len(), 7);
    assert_eq!(world.tree.ours().count(), 0, "nothing is reported twice");
}

#[test]
fn who_is_in_use_keeps_it_and_idle_ones_give_it_up_first() {
    let mut world = world();
    world.cycle(&cut(3));
    take(&mut world, 3);
    // A plain flavor took a function without the traits: it has one of the instances now.
    take(&mut world, 6);
    let hardware = with_mdev(with_mdev(cut(3), 3), 6);
    let steps = world.cycle(&hardware);
    assert_eq!(carrying(&world), [1, 3, 6]);
    let order: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(order, [name(2), name(6)], "who gives it up comes first");
    // Fewer instances than guests: nobody in use loses it, nobody else has it.
    world.cycle(&with_mdev(with_mdev(cut(1), 3), 6));
    assert_eq!(carrying(&world), [3, 6]);
    let usages = world.observe(&with_mdev(with_mdev(cut(1), 3), 6)).1;
    assert_eq!(usages, 0, "a steady cycle reads no usages");
}

#[test]
fn an_allocation_that_has_no_device_yet_counts_as_use() {
    let mut world = world();
    world.cycle(&cut(2));
    take(&mut world, 2);
    world.cycle(&cut(1));
    assert_eq!(carrying(&world), [2]);
}

#[test]
fn the_first_time_nothing_is_taken_away() {
    let mut world = world();
    let uuid = novas(&world, 7).uuid;
    let by_hand = ["CUSTOM_NVIDIA_3G20GB", "CUSTOM_NVIDIA_11"].map(|name| name.parse().unwrap());
    world.tree.providers.get_mut(&uuid).unwrap().traits.extend(by_hand);
    let steps = world.cycle(&cut(1));
    assert!(
        steps
            .iter()
            .all(|step| matches!(&step.action, Action::SetTraits { removed, .. } if removed.is_empty()))
    );
    assert!(has(&world, 7, "CUSTOM_NVIDIA_3G20GB"));
    // From now on what our grammar says is kept true; what it does not say is theirs.
    world.cycle(&cut(1));
    assert!(!has(&world, 7, "CUSTOM_NVIDIA_3G20GB") && has(&world, 7, "CUSTOM_NVIDIA_11"));
}

#[test]
fn a_provider_that_nova_makes_anew_is_decorated_again() {
    let mut world = world();
    world.cycle(&cut(1));
    let old = novas(&world, 1).uuid;
    world.tree.providers.remove(&old);
    let new = ProviderUuid::new(uuid::Uuid::from_u128(77));
    let root = world.tree.root.provider();
    world.add(new, &name(1), Some(root), &[]);
    world.tree.providers.get_mut(&new).unwrap().inventories.insert(ResourceClass::vgpu(), record(1));
    // While it was gone another function carried the traits, or does so now: one of them, not both.
    world.cycle(&cut(1));
    world.cycle(&cut(1));
    assert_eq!(carrying(&world).len(), 1);
    assert!(has(&world, 1, "CUSTOM_NVIDIA_PLACEMENT_AGENT"));
}

#[test]
fn what_is_not_well_gives_the_traits_up_but_not_under_a_guest() {
    let mut world = world();
    world.cycle(&cut(3));
    take(&mut world, 2);
    let mut ill = with_mdev(cut(3), 2);
    ill.gpus.values_mut().next().unwrap().health.recovery = Some(RecoveryAction::Reset);
    world.cycle(&ill);
    assert_eq!(carrying(&world), [2]);
    world.cycle(&with_mdev(cut(3), 2));
    assert_eq!(carrying(&world), [1, 2, 3]);
}

#[test]
fn time_sliced_types_have_the_drivers_maximum() {
    let mut world = world();
    world.nova = enabled("nvidia-470");
    let mut gpu = with_vgpus(uncut(gpu(A, &[])), &A100_TYPES, 7);
    mdevs_possible(&mut gpu);
    let snapshot = host([gpu]);
    world.cycle(&snapshot);
    let carrying: Vec<u32> = (1..=7).filter(|f| has(&world, *f, "CUSTOM_NVIDIA_VGPU_A100_10C")).collect();
    assert_eq!(carrying, [1, 2, 3, 4], "four of 10 GB on 40");
    assert!(has(&world, 1, "CUSTOM_NVIDIA_TIME_SLICED") && !has(&world, 1, "CUSTOM_NVIDIA_MIG"));
}

#[test]
fn what_the_agent_owned_is_drained_as_soon_as_nova_is_told_to_report_the_gpu() {
    let mut world = World::new();
    world.policy.vgpu_types = vec!["GRID A100-1-5C".parse().unwrap()];
    world.cycle(&cut(3));
    assert_eq!(world.tree.ours().count(), 1);
    let ours = world.tree.ours().next().unwrap().1.uuid;
    assert!(world.allocate(ours));
    // The file says so, nova-compute has not been restarted yet.
    world.nova = enabled("nvidia-474");
    world.cycle(&cut(3));
    let drained = world.tree.providers[&ours].vgpu().unwrap();
    assert_eq!((drained.total, drained.reserved), (3, 3));
    assert!(world.decide(&cut(3)).plan.is_empty());
    world.usages.insert(ours, 0);
    world.cycle(&cut(3));
    assert_eq!(world.tree.providers[&ours].vgpu(), None, "parked, not deleted");
}

#[test]
fn a_type_of_another_layout_is_no_reason_to_leave_the_gpu_to_nova() {
    // Vendor-specific functions: the libvirt driver finds no device that makes the type.
    let mut world = World::new();
    world.nova = enabled("nvidia-474");
    let snapshot = host([with_vgpus(gpu(A, &[(19, 0)]), &A100_TYPES, 2)]);
    assert_eq!(world.decide(&snapshot).devices[&A.parse().unwrap()].mode, Mode::Own);
}

#[test]
fn what_nova_passes_through_is_verified_and_nothing_is_written() {
    let spec = |address: &str| DeviceSpec {
        vendor: Some(0x10de),
        product: None,
        address: PciPattern::glob(address).unwrap(),
        class: None,
        traits: Vec::new(),
        managed: false,
        place: "/etc/nova/nova.conf:7".to_owned(),
    };
    for address in [A, "0000:41:00.3", "*:41:00.*"] {
        let mut world = World::new();
        world.nova = NovaView { device_specs: vec![spec(address)], ..NovaView::default() };
        let decision = world.decide(&cut(3));
        let device = &decision.devices[&A.parse().unwrap()];
        assert_eq!(device.mode, Mode::Verify, "{address}");
        assert!(device.reason.to_string().contains("nova.conf:7"));
        assert!(decision.plan.is_empty());
    }
    let mut world = World::new();
    world.foreign("cmp1_0000:41:00.0", &["COMPUTE_MANAGED_PCI_DEVICE"]);
    assert_eq!(world.decide(&cut(3)).devices[&A.parse().unwrap()].mode, Mode::Verify);
}

#[test]
fn more_waits_and_less_does_not() {
    let (mut world, mut memory) = (world(), Memory::default());
    let mut cycle = |snapshot: &HostSnapshot, seconds: u64| {
        memory.see_hardware(snapshot, &world.policy, at(seconds));
        memory.see_tree(&world.tree, at(seconds));
        let patience = Patience::Settling { memory: &memory, now: at(seconds) };
        let decision = world.observe_with(snapshot, patience).0;
        let records: Vec<StepRecord> = decision
            .plan
            .groups
            .iter()
            .flat_map(|group| group.steps.iter().map(|step| (group.device, step.clone())))
            .map(|(device, step)| StepRecord { device, step, outcome: StepOutcome::Done })
            .collect();
        records.iter().for_each(|record| world.apply(&record.step));
        memory.wrote(&decision, &records, at(seconds));
        (carrying(&world), decision.next)
    };
    assert_eq!(cycle(&cut(3), 0), (vec![], Some(at(10))));
    assert_eq!(cycle(&cut(3), 10), (vec![1, 2, 3], None));
    assert_eq!(cycle(&cut(1), 11).0, [1], "less at once");
    assert_eq!(cycle(&cut(2), 12), (vec![1], Some(at(22))));
    assert_eq!(cycle(&cut(2), 22).0, [1, 2]);
    // A GPU that cannot be read keeps its traits for three scans, then promises nothing.
    let mut blind = cut(2);
    blind
        .gpus
        .values_mut()
        .next()
        .unwrap()
        .problems
        .push(DeviceProblem::Lost { call: "nvmlDeviceGetMigMode" });
    for seconds in [30, 31] {
        assert_eq!(cycle(&blind, seconds).0, [1, 2]);
    }
    assert_eq!(cycle(&blind, 32).0, [0; 0]);
    assert_eq!(cycle(&cut(2), 40).0, [0; 0]);
    assert_eq!(cycle(&cut(2), 50).0, [1, 2]);
}

#[test]
fn somebody_who_keeps_taking_the_traits_off_is_contested() {
    let (mut world, mut memory) = (world(), Memory::default());
    let snapshot = cut(1);
    let mut written = Vec::new();
    for round in 0..8 {
        let now = Moment::new(Duration::from_secs(100 + 30 * round));
        memory.see_hardware(&snapshot, &world.policy, now);
        memory.see_tree(&world.tree, now);
        let decision = world.observe_with(&snapshot, Patience::Settling { memory: &memory, now }).0;
        let steps: Vec<Step> = decision.plan.groups.iter().flat_map(|group| group.steps.clone()).collect();
        let records = steps.iter().map(|step| StepRecord {
            device: A.parse().unwrap(),
            step: step.clone(),
            outcome: StepOutcome::Done,
        });
        let records: Vec<StepRecord> = records.collect();
        steps.iter().for_each(|step| world.apply(step));
        memory.wrote(&decision, &records, now);
        written.push(steps.iter().filter(|step| step.name == name(1)).count());
        // An operator's script sets all traits of Nova's provider, as Nova's documentation has it.
        let uuid = novas(&world, 1).uuid;
        world.tree.providers.get_mut(&uuid).unwrap().traits = ["CUSTOM_GOLD".parse().unwrap()].into();
    }
    // First the marker; then the traits, four times; then after a minute, then after two.
    assert_eq!(written, [1, 1, 1, 1, 1, 0, 1, 0]);
}

#[test]
fn an_operator_may_choose_but_never_have_a_device_offered_twice() {
    let mode = |world: &World| world.decide(&cut(3)).devices[&A.parse().unwrap()].mode;
    let mut free = World::new();
    for (chosen, expected) in [("own", Mode::Own), ("decorate", Mode::Decorate), ("ignore", Mode::Ignore)] {
        free.policy.modes = vec![format!("0000:4* = {chosen}").parse().unwrap()];
        assert_eq!(mode(&free), expected);
    }
    // The configuration says that Nova will report it, and nothing of it is in Placement yet.
    free.nova = enabled("nvidia-474");
    free.policy.modes = vec!["0000:41:00.0 = own".parse().unwrap()];
    assert_eq!(mode(&free), Mode::Own);
    let mut taken = world();
    taken.policy.modes = free.policy.modes.clone();
    assert_eq!(mode(&taken), Mode::Decorate);
    assert!(taken.decide(&cut(3)).findings.iter().any(|finding| finding.code == Code::PinRefused));
}
