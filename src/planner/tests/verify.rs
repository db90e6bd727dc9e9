//! A GPU that Nova's PCI tracker has: every difference is said, nothing is written.

use super::build::*;
use crate::model::*;

const GOOD: &[&str] = &["CUSTOM_NVIDIA_VGPU_A100_1_5C", "CUSTOM_NVIDIA_1G5GB", "CUSTOM_NVIDIA_MIG"];

fn spec(address: &str) -> DeviceSpec {
    DeviceSpec {
        vendor: Some(0x10de),
        product: Some(0x20b0),
        address: PciPattern::glob(address).unwrap(),
        class: Some("CUSTOM_A100_1_5C".to_owned()),
        traits: GOOD.iter().map(|name| (*name).to_owned()).collect(),
        managed: false,
        place: "/etc/nova/nova.conf:7".to_owned(),
    }
}

/// Three functions of an A100 with a type each, passed through as they should be.
fn world(types: &[u32]) -> (World, HostSnapshot) {
    let gpu = typed(with_vgpus(gpu(A, &[(19, 0), (19, 1), (19, 2)]), &A100_TYPES, 3), types);
    let mut world = World::new();
    world.nova = NovaView { device_specs: vec![spec(A)], pci_in_placement: true, ..NovaView::default() };
    let uuid = world.foreign("cmp1_0000:41:00.0", &["OWNER_NOVA", "COMPUTE_MANAGED_PCI_DEVICE"]);
    let provider = world.tree.providers.get_mut(&uuid).unwrap();
    provider.traits.extend(GOOD.iter().map(|name| name.parse().unwrap()));
    let record = Inventory {
        total: 3,
        reserved: 0,
        min_unit: 1,
        max_unit: 3,
        step_size: 1,
        allocation_ratio: AllocationRatio::ONE,
    };
    provider.inventories.insert("CUSTOM_A100_1_5C".parse().unwrap(), record);
    (world, host([gpu]))
}

fn said(world: &World, snapshot: &HostSnapshot) -> Vec<(Code, String)> {
    let decision = world.decide(snapshot);
    assert_eq!(decision.devices[&A.parse().unwrap()].mode, Mode::Verify);
    assert!(decision.plan.is_empty(), "nothing is written");
    decision.findings.into_iter().map(|finding| (finding.code, finding.seen)).collect()
}

#[test]
fn what_is_as_it_should_be_is_not_mentioned() {
    let (world, snapshot) = world(&[474, 474, 474]);
    assert_eq!(said(&world, &snapshot), []);
}

#[test]
fn each_difference_has_a_finding_of_its_own() {
    type Change = fn(&mut World);
    let cases: [(&[u32], Change, Code, &str); 9] = [
        (&[474, 474], |_| {}, Code::PassedWithoutType, "1 of 3 functions"),
        (&[474, 474, 476], |_| {}, Code::PassedMixed, "2 × GRID A100-1-5C, 1 × GRID A100-3-20C"),
        (
            &[474, 474, 474],
            |world| {
                let mut other = spec("0000:41:00.1");
                other.traits.pop();
                world.nova.device_specs.insert(0, other);
            },
            Code::PassedMixed,
            "different classes or traits",
        ),
        (&[474, 474, 474], |world| world.nova.pci_in_placement = false, Code::BehindPlacement, "nova.conf:7"),
        (
            &[474, 474, 474],
            |world| world.nova.device_specs[0].class = Some("vgpu".to_owned()),
            Code::PassedAsVgpu,
            "as VGPU",
        ),
        (
            &[474, 474, 474],
            |world| world.nova.device_specs[0].managed = true,
            Code::PassedManaged,
            "nova.conf:7",
        ),
        (
            &[474, 474, 474],
            |world| {
                let one =
                    world.tree.providers.values_mut().find(|one| one.name.ends_with("41:00.0")).unwrap();
                one.inventories.values_mut().for_each(|record| record.total = 2);
            },
            Code::ReportedOtherwise,
            "Nova reports 2 functions of it, and there are 3",
        ),
        (
            &[474, 474, 474],
            |world| {
                let one =
                    world.tree.providers.values_mut().find(|one| one.name.ends_with("41:00.0")).unwrap();
                one.traits.insert("CUSTOM_NVIDIA_3G20GB".parse().unwrap());
            },
            Code::ReportedOtherwise,
            "claims CUSTOM_NVIDIA_3G20GB, which its functions are not",
        ),
        (
            &[474, 474, 474],
            |world| {
                let one =
                    world.tree.providers.values_mut().find(|one| one.name.ends_with("41:00.0")).unwrap();
                one.traits.remove(&"CUSTOM_NVIDIA_1G5GB".parse().unwrap());
            },
            Code::ReportedOtherwise,
            "lacks CUSTOM_NVIDIA_1G5GB, which its functions are",
        ),
    ];
    for (types, change, code, words) in cases {
        let (mut world, snapshot) = world(types);
        change(&mut world);
        let said = said(&world, &snapshot);
        assert!(said.len() == 1 && said[0].0 == code && said[0].1.contains(words), "{words}: {said:?}");
    }
}
