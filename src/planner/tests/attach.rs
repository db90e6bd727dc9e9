//! What Nova attaches for a VGPU on a provider: the cases that were run with Nova's own classes
//! (`integration-tests/nova/mdev.rs`), and what the agent makes of each. No guest is led to where it gets nothing by a
//! trait of ours, and wherever a flavor without a trait could be, it is said.

use std::path::PathBuf;

use super::build::*;
use crate::model::*;

const PROFILE: &str = "CUSTOM_NVIDIA_1G5GB";

/// An A100 with seven 1g.5gb and seven functions that make mediated devices.
fn cut() -> HostSnapshot {
    let cut: Vec<(u32, u32)> = (0..7).map(|slot| (19, slot)).collect();
    let mut gpu = with_vgpus(gpu(A, &cut), &A100_TYPES, 7);
    let told = MdevType {
        name: "GRID A100-1-5C".to_owned(),
        available: 1,
        max_instances: Some(7),
        framebuffer_mib: None,
    };
    for function in gpu.functions.values_mut() {
        function.interface = VgpuInterface::Mdev { types: [(VgpuTypeId::new(474), told.clone())].into() };
    }
    host([gpu])
}

fn setting(class: &str, addresses: &[&str]) -> MdevSetting {
    MdevSetting {
        name: "nvidia-474".to_owned(),
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        class: class.to_owned(),
        max_instances: None,
        place: "/etc/nova/nova.conf:2".to_owned(),
    }
}

fn told(mdev_types: Vec<MdevSetting>) -> NovaView {
    NovaView { files: vec![PathBuf::from("/etc/nova/nova.conf")], mdev_types, ..NovaView::default() }
}

/// A provider of that name with one VGPU, on a host where nothing is the operator's word.
fn world(name: &str, nova: NovaView) -> (World, ProviderUuid) {
    let mut world = World::new();
    world.policy = Default::default();
    world.nova = nova;
    let uuid = world.foreign(name, &[]);
    let record = Inventory {
        total: 1,
        reserved: 0,
        min_unit: 1,
        max_unit: 1,
        step_size: 1,
        allocation_ratio: AllocationRatio::ONE,
    };
    world.tree.providers.get_mut(&uuid).unwrap().inventories.insert(ResourceClass::vgpu(), record);
    (world, uuid)
}

/// The mode, the codes that are about attaching, and whether the provider got the profile's trait, after two cycles.
fn outcome(name: &str, nova: NovaView, snapshot: &HostSnapshot) -> (Mode, Vec<Code>, bool) {
    let (mut world, uuid) = world(name, nova);
    world.cycle(snapshot);
    world.cycle(snapshot);
    let decision = world.decide(snapshot);
    assert!(decision.plan.is_empty(), "it has settled: {:?}", decision.plan);
    for (_, ours) in world.tree.ours() {
        let vgpu = ours.vgpu().map_or(0, Inventory::offered);
        assert_eq!(vgpu, 0, "{} could be allocated", ours.name);
    }
    let concerned = [Code::NovaAttachesNothing, Code::NovaCannotMake, Code::PassedAsVgpu];
    let mut codes: Vec<Code> = decision.findings.iter().map(|finding| finding.code).collect();
    codes.retain(|code| concerned.contains(code));
    let tagged = world.tree.providers[&uuid].traits.iter().any(|one| one.as_str() == PROFILE);
    (decision.devices[&A.parse().unwrap()].mode, codes, tagged)
}

const LIKE_NOVAS: &str = "cmp1_pci_0000_41_00_1";

#[test]
fn no_enabled_types_and_a_name_like_novas() {
    let (mode, codes, tagged) = outcome(LIKE_NOVAS, told(Vec::new()), &cut());
    assert_eq!((mode, tagged), (Mode::Decorate, false));
    assert_eq!(codes, [Code::NovaAttachesNothing]);
}

#[test]
fn no_enabled_types_and_nothing_of_novas() {
    let (mode, codes, tagged) = outcome("cmp1_other", told(Vec::new()), &cut());
    assert_eq!((mode, tagged), (Mode::Own, false), "ours is there, all of it reserved");
    assert_eq!(codes, []);
}

#[test]
fn enabled_types_and_a_name_as_novas() {
    let (mode, codes, tagged) = outcome(LIKE_NOVAS, told(vec![setting("VGPU", &[])]), &cut());
    assert_eq!((mode, codes, tagged), (Mode::Decorate, vec![], true));
}

/// Nothing is made under Nova's feet: no provider that is younger than its cache, none of another name.
#[test]
fn enabled_types_and_any_other_name() {
    let snapshot = cut();
    let (mut world, uuid) = world("cmp1_other", told(vec![setting("VGPU", &[])]));
    let steps = world.cycle(&snapshot);
    assert!(steps.is_empty(), "{steps:?}");
    assert_eq!(world.decide(&snapshot).devices[&A.parse().unwrap()].mode, Mode::Decorate);
    assert!(world.tree.providers[&uuid].traits.is_empty());
}

#[test]
fn only_a_custom_class_is_enabled() {
    for addresses in [&[][..], &["0000:41:00.1"]] {
        let (mode, codes, tagged) = outcome(LIKE_NOVAS, told(vec![setting("CUSTOM_GPU", addresses)]), &cut());
        assert_eq!((mode, tagged), (Mode::Decorate, false), "{addresses:?}");
        assert_eq!(codes, [Code::NovaAttachesNothing], "{addresses:?}");
    }
}

/// With its own class its providers do what they say, and carry the traits.
#[test]
fn a_custom_class_that_is_reported_as_such() {
    let (mut world, uuid) = world(LIKE_NOVAS, told(vec![setting("CUSTOM_GPU", &["0000:41:00.1"])]));
    let provider = world.tree.providers.get_mut(&uuid).unwrap();
    let record = provider.inventories.remove(&ResourceClass::vgpu()).unwrap();
    provider.inventories.insert("CUSTOM_GPU".parse().unwrap(), record);
    let decision = world.decide(&cut());
    assert_eq!(decision.nova_providers[0].fault, None);
    world.cycle(&cut());
    assert!(world.tree.providers[&uuid].traits.iter().any(|one| one.as_str() == PROFILE));
}

#[test]
fn a_function_that_cannot_make_what_nova_would_make() {
    let enabled = || told(vec![setting("VGPU", &[])]);
    let mut without = cut();
    let gpu = without.gpus.values_mut().next().unwrap();
    gpu.functions.values_mut().for_each(|function| function.interface = VgpuInterface::None);
    let mut gone = cut();
    gone.gpus.values_mut().for_each(|gpu| gpu.functions.clear());
    let mut vendor = cut();
    untyped(vendor.gpus.values_mut().next().unwrap());
    for (snapshot, why) in
        [(without, "hands no vGPUs out"), (gone, "is not there"), (vendor, "vendor-specific")]
    {
        let (mode, codes, tagged) = outcome(LIKE_NOVAS, enabled(), &snapshot);
        assert_eq!((mode, tagged), (Mode::Decorate, false), "{why}");
        assert_eq!(codes, [Code::NovaCannotMake], "{why}");
        let (world, _) = world(LIKE_NOVAS, enabled());
        let said = &world.decide(&snapshot).findings;
        assert!(said.iter().any(|one| one.seen.contains(why)), "{why}: {said:?}");
    }
}

/// What nobody could read is not taken for a fault.
#[test]
fn a_nova_conf_that_is_not_there_and_hardware_that_cannot_be_read() {
    let (_, codes, _) = outcome(LIKE_NOVAS, NovaView::default(), &cut());
    assert_eq!(codes, []);
    let (world, _) = world(LIKE_NOVAS, told(vec![setting("VGPU", &[])]));
    let failed = HostSnapshot { failed: Some("no answer".to_owned()), ..HostSnapshot::default() };
    assert_eq!(world.decide(&failed).nova_providers[0].fault, None);
}

/// A guest that has a device keeps what it was placed by, whatever Nova is told now.
#[test]
fn a_function_in_use_keeps_its_trait() {
    let (mut world, uuid) = world(LIKE_NOVAS, told(vec![setting("VGPU", &[])]));
    world.cycle(&cut());
    world.usages.insert(uuid, 1);
    world.nova = told(Vec::new());
    world.cycle(&cut());
    assert!(world.tree.providers[&uuid].traits.iter().any(|one| one.as_str() == PROFILE));
}

#[test]
fn passed_through_as_vgpu() {
    let mut nova = told(Vec::new());
    nova.pci_in_placement = true;
    nova.device_specs.push(DeviceSpec {
        vendor: Some(0x10de),
        product: None,
        address: PciPattern::glob("0000:41:00.*").unwrap(),
        class: Some("VGPU".to_owned()),
        traits: Vec::new(),
        managed: false,
        place: "/etc/nova/nova.conf:9".to_owned(),
    });
    let (mode, codes, tagged) = outcome("cmp1_0000:41:00.0", nova, &cut());
    assert_eq!((mode, tagged), (Mode::Verify, false));
    assert_eq!(codes, [Code::PassedAsVgpu]);
}

/// A provider of ours never has a name that Nova would give, so Nova never adopts one.
#[test]
fn our_names_are_never_novas() {
    let (mut world, _) = world("cmp1_other", NovaView::default());
    world.cycle(&cut());
    let ours: Vec<String> = world.tree.ours().map(|(_, provider)| provider.name.clone()).collect();
    assert!(!ours.is_empty());
    assert!(ours.iter().all(|name| nova_function("cmp1", name).is_none()), "{ours:?}");
}
