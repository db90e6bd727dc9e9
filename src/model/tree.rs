//! What Placement holds for one compute node.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{
    Generation, Identity, Named, NovaWay, PciAddress, ProviderUuid, ResourceClass, RootUuid, TraitName,
};

/// The providers under one root, as observed.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedTree {
    /// Whose tree it is.
    pub root: RootUuid,
    /// Every provider of the tree, the root among them.
    pub providers: BTreeMap<ProviderUuid, ObservedProvider>,
    /// Traits that Placement was asked about by name: whether they exist there.
    pub asked_traits: BTreeMap<TraitName, bool>,
}

impl ObservedTree {
    /// The root's name. Empty only for a tree without its root, which the observer refuses.
    pub fn root_name(&self) -> &str {
        self.providers.get(&self.root.provider()).map_or("", |root| root.name.as_str())
    }

    /// Whether Nova's scheduler takes the root for a compute node.
    pub fn is_compute_node(&self) -> bool {
        let root = self.providers.get(&self.root.provider());
        root.is_some_and(|root| root.traits.iter().any(|t| t.as_str() == "COMPUTE_NODE"))
    }

    /// Whether a trait exists in Placement: asked for, or carried by somebody here. `None`: not known.
    pub fn trait_exists(&self, name: &TraitName) -> Option<bool> {
        let carried = self.providers.values().any(|provider| provider.traits.contains(name));
        if carried { Some(true) } else { self.asked_traits.get(name).copied() }
    }

    /// The providers that are ours, with what each stands for.
    pub fn ours(&self) -> impl Iterator<Item = (Identity, &ObservedProvider)> {
        self.providers.values().filter_map(|provider| match provider.named {
            Named::Ours(identity) => Some((identity, provider)),
            _ => None,
        })
    }

    /// The root's children that Nova reports PCI functions with, by their names.
    pub fn nova_functions(&self) -> impl Iterator<Item = (PciAddress, NovaWay, &ObservedProvider)> {
        self.providers.values().filter_map(|provider| match provider.named {
            Named::NovaFunction(function, way) => Some((function, way, provider)),
            _ => None,
        })
    }

    /// Who keeps a provider.
    pub fn owner(&self, provider: &ObservedProvider) -> Owner {
        match provider.named {
            Named::Root => return Owner::Root,
            Named::Ours(identity) => return Owner::Agent(identity),
            Named::NovaFunction(..) | Named::Other => {}
        }
        let carries = |name: &str| provider.traits.iter().any(|t| t.as_str() == name);
        // A listing without traits still tells Cyborg's names from Nova's: `<host>_<0000:84:00.0>`.
        let angled = provider.name.ends_with('>') && provider.name.contains("_<");
        if carries("OWNER_CYBORG") || angled {
            Owner::Cyborg
        } else if carries("OWNER_NOVA") || provider.name.starts_with(&format!("{}_", self.root_name())) {
            Owner::Nova
        } else {
            Owner::Unknown
        }
    }
}

/// Who keeps a provider: us only by identity, the others by what they are known to leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The compute node itself: nova-compute's.
    Root,
    /// This agent.
    Agent(Identity),
    /// Nova: its trait, or a name as its drivers give.
    Nova,
    /// Cyborg, by its trait.
    Cyborg,
    /// Nobody we can name.
    Unknown,
}

/// One provider.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedProvider {
    /// Its UUID.
    pub uuid: ProviderUuid,
    /// Its name; anything, for a provider of somebody else's.
    pub name: String,
    /// Its parent, none for the root.
    pub parent: Option<ProviderUuid>,
    /// What these three tell.
    pub named: Named,
    /// The generation at which the rest was read.
    pub generation: Generation,
    /// Its traits.
    pub traits: BTreeSet<TraitName>,
    /// Its inventories.
    pub inventories: BTreeMap<ResourceClass, Inventory>,
    /// What is allocated, where that was asked for. Never cached by generation.
    pub usages: Option<BTreeMap<ResourceClass, u32>>,
}

impl ObservedProvider {
    /// Its VGPU inventory.
    pub fn vgpu(&self) -> Option<&Inventory> {
        self.inventories.get(ResourceClass::VGPU)
    }

    /// How many VGPU are allocated on it, where that was asked for.
    pub fn vgpu_used(&self) -> Option<u32> {
        let usages = self.usages.as_ref()?;
        Some(usages.get(ResourceClass::VGPU).copied().unwrap_or(0))
    }
}

/// One inventory record, all six of Placement's fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// Units that exist.
    pub total: u32,
    /// Units that must not be allocated.
    pub reserved: u32,
    /// Least units in one allocation.
    pub min_unit: u32,
    /// Most units in one allocation.
    pub max_unit: u32,
    /// Allocations are multiples of it.
    pub step_size: u32,
    /// Units that may be allocated for each that exists.
    pub allocation_ratio: AllocationRatio,
}

impl Inventory {
    /// Units that may be allocated altogether, as far as we publish them (the ratio is 1).
    pub fn offered(&self) -> u32 {
        self.total.saturating_sub(self.reserved)
    }
}

/// Placement's overcommit factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AllocationRatio(pub f64);

impl AllocationRatio {
    /// One unit for each that exists: hardware is not overcommitted.
    pub const ONE: AllocationRatio = AllocationRatio(1.0);
}

impl fmt::Display for AllocationRatio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
