//! What is to be written, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{
    Generation, Inventory, PciAddress, ProviderName, ProviderUuid, Reason, ResourceClass, TraitName,
};

/// Everything to be written in one cycle: first the traits, then the groups, which do not depend on each
/// other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Global traits that some step refers to and that Placement does not have yet.
    pub traits: BTreeSet<TraitName>,
    /// One group for each GPU that needs a write.
    pub groups: Vec<Group>,
}

impl Plan {
    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.traits.is_empty()
    }

    /// How many writes it is.
    pub fn len(&self) -> usize {
        self.traits.len() + self.groups.iter().map(|group| group.steps.len()).sum::<usize>()
    }
}

/// The steps of one GPU, shrink before grow. The first failure ends the group: what grows may rest on what
/// was to shrink.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The GPU.
    pub device: PciAddress,
    /// In the order in which they must happen.
    pub steps: Vec<Step>,
}

/// One write to one provider: one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The provider that is written.
    pub provider: ProviderUuid,
    /// Its name, as it is when the step begins (after its creation, for a step that creates it).
    pub name: String,
    /// What it counts, for people: `1g.5gb`.
    pub plain: String,
    /// The generation that the step was planned against; none when the group itself creates the provider.
    pub generation: Option<Generation>,
    /// The write.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

/// One kind of write.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// `POST /resource_providers`.
    Create {
        /// The name to give it.
        name: ProviderName,
        /// The root.
        parent: ProviderUuid,
    },
    /// `PUT /resource_providers/{uuid}` with another name: the root was renamed.
    Rename {
        /// The name to give it.
        to: ProviderName,
        /// The root.
        parent: ProviderUuid,
    },
    /// `PUT …/traits`: the whole set, foreign traits as they were read.
    SetTraits {
        /// The set to write.
        to: BTreeSet<TraitName>,
        /// Of these, the ones it does not have.
        added: BTreeSet<TraitName>,
        /// Claims of ours that are no longer true.
        removed: BTreeSet<TraitName>,
    },
    /// `PUT …/inventories`: all classes, foreign ones as they were read.
    SetInventories {
        /// The VGPU record as it is, if there is one.
        from: Option<Inventory>,
        /// The VGPU record to be; none parks the provider.
        to: Option<Inventory>,
        /// Records of other classes, kept byte for byte.
        others: BTreeMap<ResourceClass, Inventory>,
    },
    /// `DELETE /resource_providers/{uuid}`, of an empty one, when a person asks for it.
    Delete,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Create { .. } => f.write_str("create"),
            Action::Rename { to, .. } => write!(f, "rename to {to}"),
            Action::SetTraits { added, removed, .. } => {
                f.write_str("traits")?;
                added.iter().try_for_each(|name| write!(f, " +{name}"))?;
                removed.iter().try_for_each(|name| write!(f, " -{name}"))
            }
            Action::Delete => f.write_str("delete"),
            Action::SetInventories { to: None, .. } => f.write_str("no inventory any more"),
            Action::SetInventories { to: Some(to), .. } => {
                write!(f, "inventory {} VGPU, {} reserved", to.total, to.reserved)
            }
        }
    }
}

impl Action {
    /// Whether less (or no more) can be allocated after the step than before.
    pub fn shrinks(&self) -> bool {
        match self {
            Action::SetInventories { from: Some(from), to, .. } => {
                to.as_ref().map_or(0, Inventory::offered) <= from.offered()
            }
            Action::Delete => true,
            _ => false,
        }
    }
}
