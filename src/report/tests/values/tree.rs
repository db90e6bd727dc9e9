//! A compute node's providers: the root, ours in every state, Nova's, Cyborg's, somebody's, and a grandchild.

use std::collections::BTreeMap;

use super::{ROOT_NAME, identity, root, trait_name, vgpu};
use crate::model::{
    AllocationRatio, Generation, Guest, GuestServer, Guests, Inventory, Named, ObservedProvider,
    ObservedTree, ProviderUuid, ResourceClass,
};

pub(in crate::report::tests) fn tree() -> ObservedTree {
    let nova = uuid(1);
    let providers = vec![
        compute_node(),
        ours(
            9,
            Some(vgpu(1, 0)),
            1,
            &[
                "CUSTOM_NVIDIA_3G20GB",
                "CUSTOM_NVIDIA_BOARD_A100_SXM4_40GB",
                "CUSTOM_NVIDIA_MIG",
                "CUSTOM_NVIDIA_PLACEMENT_AGENT",
            ],
        ),
        ours(
            19,
            Some(vgpu(2, 2)),
            0,
            &["CUSTOM_NVIDIA_11", "CUSTOM_NVIDIA_1G5GB", "CUSTOM_NVIDIA_PLACEMENT_AGENT"],
        ),
        ours(14, Some(vgpu(3, 0)), 1, &["CUSTOM_NVIDIA_2G10GB", "CUSTOM_NVIDIA_PLACEMENT_AGENT"]),
        ours(0, None, 0, &["CUSTOM_NVIDIA_PLACEMENT_AGENT"]),
        child(
            nova,
            "cmp1.example.org_pci_0000_81_00_4",
            root().provider(),
            Some(vgpu(4, 0)),
            &["OWNER_NOVA"],
        ),
        child(uuid(2), "cmp1.example.org_<0000:84:00.0>", root().provider(), None, &["OWNER_CYBORG"]),
        child(uuid(3), "somebody's", root().provider(), None, &[]),
        child(uuid(4), "below-nova's", nova, None, &[]),
    ];
    ObservedTree {
        root: root(),
        providers: providers.into_iter().map(|provider| (provider.uuid, provider)).collect(),
        asked_traits: BTreeMap::new(),
    }
}

/// A guest that Nova named, and one that it did not.
pub(in crate::report::tests) fn guests() -> Guests {
    let server = GuestServer {
        name: "web-1".to_owned(),
        project: "6f1d2c".to_owned(),
        status: "ACTIVE".to_owned(),
        host: None,
    };
    let guest = |number, server| Guest { server, ..Guest::new(uuid(number).get(), 1) };
    [
        (identity("0000:41:00.0", 9).uuid(root()), vec![guest(101, Some(server))]),
        (identity("0000:41:00.0", 14).uuid(root()), vec![guest(102, None)]),
    ]
    .into()
}

fn uuid(number: u32) -> ProviderUuid {
    format!("0b1c2d3e-0000-4000-8000-{number:012}").parse().unwrap()
}

fn child(
    uuid: ProviderUuid,
    name: &str,
    parent: ProviderUuid,
    inventory: Option<Inventory>,
    traits: &[&str],
) -> ObservedProvider {
    ObservedProvider {
        uuid,
        name: name.to_owned(),
        parent: Some(parent),
        named: Named::of(root(), ROOT_NAME, uuid, name, Some(parent)),
        generation: Generation::new(3),
        traits: traits.iter().map(|name| trait_name(name)).collect(),
        inventories: inventory.into_iter().map(|record| (ResourceClass::vgpu(), record)).collect(),
        usages: Some(BTreeMap::new()),
    }
}

fn ours(profile: u32, inventory: Option<Inventory>, used: u32, traits: &[&str]) -> ObservedProvider {
    let identity = identity("0000:41:00.0", profile);
    let name = identity.name(ROOT_NAME).unwrap();
    let mut provider = child(identity.uuid(root()), name.as_str(), root().provider(), inventory, traits);
    provider.usages = Some(BTreeMap::from([(ResourceClass::vgpu(), used)]));
    provider
}

fn compute_node() -> ObservedProvider {
    let record = |total, reserved, ratio| Inventory {
        max_unit: total,
        allocation_ratio: AllocationRatio(ratio),
        ..vgpu(total, reserved)
    };
    let class = |name: &str| -> ResourceClass { name.parse().unwrap() };
    let mut root = child(
        root().provider(),
        ROOT_NAME,
        root().provider(),
        None,
        &["COMPUTE_NODE", "COMPUTE_TRUSTED_CERTS", "HW_CPU_X86_AVX2", "OWNER_NOVA"],
    );
    root.parent = None;
    root.inventories = BTreeMap::from([
        (class("VCPU"), record(64, 0, 4.0)),
        (class("MEMORY_MB"), record(262_144, 512, 1.0)),
    ]);
    root.usages = Some(BTreeMap::from([(class("VCPU"), 12), (class("MEMORY_MB"), 65_536)]));
    root
}
