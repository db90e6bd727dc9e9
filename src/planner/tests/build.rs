//! Hosts and trees for the tests, in a line each.

mod vgpu;

use std::collections::BTreeMap;

pub(crate) use vgpu::*;

use crate::model::*;
use crate::planner::{Attachable, Facts, Patience, Policy, decide};

pub(crate) const A: &str = "0000:41:00.0";
pub(crate) const B: &str = "0000:81:00.0";

/// Of a profile: id, name, slices, most, placements.
type Row = (u32, &'static str, u32, u32, &'static [(u32, u32)]);

/// An A100-40GB's profiles, from its `nvidia-smi mig -lgip` and `-lgipp`.
const A100: [Row; 5] = [
    (19, "1g.5gb", 1, 7, &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)]),
    (14, "2g.10gb", 2, 3, &[(0, 2), (2, 2), (4, 2)]),
    (9, "3g.20gb", 3, 2, &[(0, 4), (4, 4)]),
    (5, "4g.20gb", 4, 1, &[(0, 4)]),
    (0, "7g.40gb", 7, 1, &[(0, 8)]),
];

pub(crate) fn placement(start: u32, size: u32) -> SlicePlacement {
    SlicePlacement { start: Slots::new(start), size: Slots::new(size) }
}

/// An A100 in MIG mode, cut into `(profile id, start)`.
pub(crate) fn gpu(address: &str, cut: &[(u32, u32)]) -> Gpu {
    let profiles = A100.iter().map(|(id, name, slices, most, placements)| {
        let profile = GpuInstanceProfile {
            id: ProfileId::new(*id),
            name: (*name).to_owned(),
            compute_slices: *slices,
            multiprocessors: slices * 14,
            memory_mib: 4864,
            max_instances: *most,
            engines: Default::default(),
            placements: placements.iter().map(|(start, size)| placement(*start, *size)).collect(),
        };
        (profile.id, profile)
    });
    let profiles: BTreeMap<ProfileId, GpuInstanceProfile> = profiles.collect();
    let instances = cut.iter().enumerate().map(|(n, (id, start))| {
        let id = ProfileId::new(*id);
        let at = profiles[&id].placements.iter().find(|p| p.start.get() == *start).copied().unwrap();
        let (number, compute) = (GpuInstanceId::new(n as u32 + 1), Default::default());
        let instance = GpuInstance { id: number, profile: id, placement: at, compute };
        (instance.id, instance)
    });
    Gpu {
        product: "NVIDIA A100-SXM4-40GB".to_owned(),
        uuid: format!("GPU-{address}"),
        memory_mib: Some(40960),
        mig: MigMode::Supported { current: MigState::On, pending: MigState::On },
        instances: instances.collect(),
        profiles,
        ..Gpu::unread(address.parse().unwrap(), "20b0".parse().unwrap())
    }
}

pub(crate) fn host(gpus: impl IntoIterator<Item = Gpu>) -> HostSnapshot {
    let gpus = gpus.into_iter().map(|gpu| (gpu.address, gpu)).collect();
    HostSnapshot { gpus, ..HostSnapshot::default() }
}

/// A Placement in memory, as strict about generations and usages as the real one, for one tree.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) tree: ObservedTree,
    pub(crate) usages: BTreeMap<ProviderUuid, u32>,
    pub(crate) policy: Policy,
    pub(crate) nova: NovaView,
}

impl World {
    pub(crate) fn new() -> Self {
        let root: RootUuid = "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b".parse().unwrap();
        let mut world = World {
            tree: ObservedTree { root, providers: BTreeMap::new(), asked_traits: BTreeMap::new() },
            usages: BTreeMap::new(),
            policy: Policy { attachable: Attachable::Yes, ..Policy::default() },
            nova: NovaView::default(),
        };
        world.add(root.provider(), "cmp1", None, &["COMPUTE_NODE"]);
        world
    }

    pub(crate) fn add(
        &mut self,
        uuid: ProviderUuid,
        name: &str,
        parent: Option<ProviderUuid>,
        traits: &[&str],
    ) {
        let traits = traits.iter().map(|t| t.parse().unwrap()).collect();
        let generation = Generation::new(0);
        let inventories = BTreeMap::new();
        let name = name.to_owned();
        let named = Named::of(self.tree.root, self.tree.root_name(), uuid, &name, parent);
        let provider =
            ObservedProvider { uuid, name, parent, named, generation, traits, inventories, usages: None };
        self.tree.providers.insert(uuid, provider);
    }

    /// Puts a provider under another parent.
    pub(crate) fn place(&mut self, uuid: ProviderUuid, parent: ProviderUuid) {
        let (root, name) = (self.tree.root, self.tree.root_name().to_owned());
        let provider = self.tree.providers.get_mut(&uuid).unwrap();
        provider.parent = Some(parent);
        provider.named = Named::of(root, &name, uuid, &provider.name, provider.parent);
    }

    pub(crate) fn foreign(&mut self, name: &str, traits: &[&str]) -> ProviderUuid {
        let uuid = ProviderUuid::new(uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_DNS, name.as_bytes()));
        let root = self.tree.root.provider();
        self.add(uuid, name, Some(root), traits);
        uuid
    }

    /// Observes as the reconciler does: reads what the planner asks for until it asks for nothing.
    pub(crate) fn decide(&self, snapshot: &HostSnapshot) -> Decision {
        self.observe(snapshot).0
    }

    /// The decision, and how many usages had to be read for it.
    pub(crate) fn observe(&self, snapshot: &HostSnapshot) -> (Decision, usize) {
        self.observe_with(snapshot, Patience::AtOnce)
    }

    /// The same, waiting for things to settle.
    pub(crate) fn observe_with(&self, snapshot: &HostSnapshot, patience: Patience<'_>) -> (Decision, usize) {
        let mut tree = self.tree.clone();
        let mut read = 0;
        for _ in 0..5 {
            let facts = Facts { snapshot, tree: &tree, nova: &self.nova, policy: &self.policy, patience };
            let (decision, asked) = decide(facts);
            if asked.is_empty() {
                return (decision, read);
            }
            for uuid in asked.usages {
                let used = self.usages.get(&uuid).copied().unwrap_or(0);
                tree.providers.get_mut(&uuid).unwrap().usages = Some([(ResourceClass::vgpu(), used)].into());
                read += 1;
            }
            tree.asked_traits.extend(asked.traits.into_iter().map(|name| (name, false)));
        }
        panic!("the planner keeps asking");
    }

    /// Carries one step out, as Placement would.
    pub(crate) fn apply(&mut self, step: &Step) {
        let used = self.usages.get(&step.provider).copied().unwrap_or(0);
        if let Action::Create { name, parent } = &step.action {
            assert!(!self.tree.providers.contains_key(&step.provider), "duplicate {name}");
            self.add(step.provider, name.as_str(), Some(*parent), &[]);
            return;
        }
        if step.action == Action::Delete {
            let below = self.tree.providers.values().any(|other| other.parent == Some(step.provider));
            assert!(used == 0 && !below, "{} is in use", step.name);
            self.tree.providers.remove(&step.provider).expect("the provider exists");
            return;
        }
        let provider = self.tree.providers.get_mut(&step.provider).expect("the provider exists");
        match &step.action {
            Action::Create { .. } | Action::Delete => {}
            Action::Rename { to, .. } => provider.name = to.to_string(),
            Action::SetTraits { to, .. } => provider.traits = to.clone(),
            Action::SetInventories { to, others, .. } => {
                assert!(to.is_some() || used == 0, "{} is in use", provider.name);
                provider.inventories = others.clone();
                if let Some(to) = to {
                    assert!(to.total >= 1 && to.reserved <= to.total, "{to:?}");
                    assert!(to.total >= used, "total {} below the usage {used}", to.total);
                    provider.inventories.insert(ResourceClass::vgpu(), to.clone());
                }
            }
        }
        provider.generation = Generation::new(provider.generation.get() + 1);
    }

    /// One whole cycle; the steps that it took.
    pub(crate) fn cycle(&mut self, snapshot: &HostSnapshot) -> Vec<Step> {
        let steps: Vec<Step> = self.decide(snapshot).plan.groups.into_iter().flat_map(|g| g.steps).collect();
        steps.iter().for_each(|step| self.apply(step));
        steps
    }

    /// A provider of ours.
    pub(crate) fn ours(&self, address: &str, kind: &str) -> Option<&ObservedProvider> {
        let board = "20b0".parse().unwrap();
        let identity = Identity { address: address.parse().unwrap(), board, kind: kind.parse().unwrap() };
        self.tree.providers.get(&identity.uuid(self.tree.root))
    }

    /// Allocates there, if Placement would.
    pub(crate) fn allocate(&mut self, uuid: ProviderUuid) -> bool {
        let used = self.usages.entry(uuid).or_default();
        let offered = self.tree.providers[&uuid].vgpu().map_or(0, Inventory::offered);
        let fits = *used < offered;
        if fits {
            *used += 1;
        }
        fits
    }

    /// `total/reserved` of a provider of ours; `-` where it has no VGPU.
    pub(crate) fn shown(&self, address: &str, kind: &str) -> String {
        let inventory = self.ours(address, kind).expect("exists").vgpu();
        inventory.map_or("-".to_owned(), |i| format!("{}/{}", i.total, i.reserved))
    }
}
