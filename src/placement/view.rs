//! What of a tree is of interest to whoever reads it.

use crate::model::{Identity, ObservedProvider, RootUuid, nova_function};

use super::ListedProvider;
use super::cache::Known;

/// How much of a tree is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Traits and inventories of our own providers and of Nova's for PCI functions, and the root's traits; of the
    /// others what the listing says.
    Ours,
    /// Traits, inventories and usages of everyone.
    Whole,
}

/// What is to be known of one provider.
pub(super) struct Wanted {
    traits: bool,
    pub(super) inventories: bool,
}

impl Wanted {
    /// What is shown of a provider, whatever memory holds beyond it: equal trees are equal values.
    pub(super) fn of(&self, known: &Known) -> ObservedProvider {
        let Known { listed, traits, inventories } = known.clone();
        ObservedProvider {
            uuid: listed.uuid,
            name: listed.name,
            parent: listed.parent,
            generation: listed.generation,
            traits: traits.filter(|_| self.traits).unwrap_or_default(),
            inventories: inventories.filter(|_| self.inventories).unwrap_or_default(),
            usages: None,
        }
    }

    /// Whether memory lacks something of it.
    pub(super) fn lacks(&self, known: &Known) -> bool {
        self.traits && known.traits.is_none() || self.inventories && known.inventories.is_none()
    }
}

/// What of a tree is of interest.
pub(super) struct View {
    pub(super) root: RootUuid,
    pub(super) root_name: String,
    pub(super) depth: Depth,
}

impl View {
    /// To be asked once for a provider: whose it is costs a hash.
    pub(super) fn wanted(&self, listed: &ListedProvider) -> Wanted {
        let child = listed.parent == Some(self.root.provider());
        let whole = self.depth == Depth::Whole || child && (self.is_ours(listed) || self.is_novas(listed));
        Wanted { traits: whole || listed.uuid == self.root.provider(), inventories: whole }
    }

    /// Ours if and only if the UUID is the one that the name gives, and the parent is the root.
    fn is_ours(&self, listed: &ListedProvider) -> bool {
        Identity::from_name(&listed.name).is_some_and(|identity| identity.uuid(self.root) == listed.uuid)
    }

    /// Nova's, for a PCI function.
    fn is_novas(&self, listed: &ListedProvider) -> bool {
        nova_function(&self.root_name, &listed.name).is_some()
    }
}
