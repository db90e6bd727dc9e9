//! What of a tree is of interest to whoever reads it.

use crate::model::{Named, ObservedProvider};

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

impl Depth {
    pub(super) fn wanted(self, named: Named) -> Wanted {
        let whole = match named {
            Named::Ours(_) | Named::NovaFunction(..) => true,
            Named::Root | Named::Other => self == Depth::Whole,
        };
        Wanted { traits: whole || named == Named::Root, inventories: whole }
    }
}

impl Wanted {
    /// What is shown of a provider, whatever memory holds beyond it: equal trees are equal values.
    pub(super) fn of(&self, known: &Known) -> ObservedProvider {
        let Known { listed, named, traits, inventories } = known.clone();
        ObservedProvider {
            uuid: listed.uuid,
            name: listed.name,
            parent: listed.parent,
            named,
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
