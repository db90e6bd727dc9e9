//! What is known of providers, each valid for one generation.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Generation, Inventory, Named, ProviderUuid, ResourceClass, RootUuid, TraitName};

use super::ListedProvider;

/// What is known of one provider at `listed.generation`.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) listed: ListedProvider,
    pub(super) named: Named,
    pub(super) traits: Option<BTreeSet<TraitName>>,
    pub(super) inventories: Option<BTreeMap<ResourceClass, Inventory>>,
}

/// What is known of the tree under one root.
///
/// A provider's traits and inventories change only together with its generation, so what was read at one
/// generation holds as long as the listing shows that generation. Usages do not follow that rule and are not
/// here.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// The root and its name.
    root: Option<(RootUuid, String)>,
    known: BTreeMap<ProviderUuid, Known>,
    traits: BTreeSet<TraitName>,
}

impl Cache {
    /// Takes in a listing: forgets who is not in it, and what was known of whoever is not the same in it. A
    /// generation that went down is a provider deleted and made again; it is not the same either.
    pub(super) fn take_listing(&mut self, root: RootUuid, root_name: &str, listing: Vec<ListedProvider>) {
        let same_root = self.root.as_ref().is_some_and(|(uuid, name)| *uuid == root && name == root_name);
        if !same_root {
            self.root = Some((root, root_name.to_owned()));
        }
        let mut before = std::mem::take(&mut self.known);
        for listed in listing {
            let known = match before.remove(&listed.uuid).filter(|known| known.listed == listed) {
                Some(known) if same_root => known,
                Some(known) => Known { named: named(root, root_name, &listed), ..known },
                None => {
                    let named = named(root, root_name, &listed);
                    Known { listed, named, traits: None, inventories: None }
                }
            };
            self.known.insert(known.listed.uuid, known);
        }
    }

    /// Our own POST succeeded: it has no traits and no inventories.
    pub(super) fn created(&mut self, listed: ListedProvider) {
        let Some((root, root_name)) = &self.root else { return };
        let named = named(*root, root_name, &listed);
        self.insert(Known {
            listed,
            named,
            traits: Some(BTreeSet::new()),
            inventories: Some(BTreeMap::new()),
        });
    }

    pub(super) fn providers(&self) -> impl Iterator<Item = &Known> {
        self.known.values()
    }

    pub(super) fn get(&self, uuid: ProviderUuid) -> Option<&Known> {
        self.known.get(&uuid)
    }

    pub(super) fn insert(&mut self, known: Known) {
        self.known.insert(known.listed.uuid, known);
    }

    pub(super) fn remove(&mut self, uuid: ProviderUuid) {
        self.known.remove(&uuid);
    }

    pub(super) fn rename(&mut self, uuid: ProviderUuid, name: &str) {
        if let (Some(known), Some((root, root_name))) = (self.known.get_mut(&uuid), &self.root) {
            known.listed.name = name.to_owned();
            known.named = named(*root, root_name, &known.listed);
        }
    }

    /// Our own PUT of traits succeeded. If the generation is not the one that this change leads to from what
    /// is known, something else happened between, and nothing is known any more.
    pub(super) fn wrote_traits(&mut self, uuid: ProviderUuid, now: Generation, traits: BTreeSet<TraitName>) {
        self.traits.extend(traits.iter().cloned());
        let Some(known) = self.known.get_mut(&uuid) else { return };
        // Placement leaves the generation alone when the set is the one that it has.
        let moved = u64::from(known.traits.as_ref() != Some(&traits));
        if known.traits.is_some() && now.get() == known.listed.generation.get() + moved {
            known.listed.generation = now;
            known.traits = Some(traits);
        } else {
            self.known.remove(&uuid);
        }
    }

    /// Our own PUT of inventories succeeded: as for traits, but the generation moves always.
    pub(super) fn wrote_inventories(
        &mut self,
        uuid: ProviderUuid,
        now: Generation,
        inventories: BTreeMap<ResourceClass, Inventory>,
    ) {
        let Some(known) = self.known.get_mut(&uuid) else { return };
        if now.get() == known.listed.generation.get() + 1 {
            known.listed.generation = now;
            known.inventories = Some(inventories);
        } else {
            self.known.remove(&uuid);
        }
    }

    pub(super) fn trait_exists(&self, name: &TraitName) -> bool {
        self.traits.contains(name)
    }

    pub(super) fn add_traits(&mut self, names: impl IntoIterator<Item = TraitName>) {
        self.traits.extend(names);
    }

    pub(super) fn clear(&mut self) {
        *self = Cache::default();
    }
}

fn named(root: RootUuid, root_name: &str, listed: &ListedProvider) -> Named {
    Named::of(root, root_name, listed.uuid, &listed.name, listed.parent)
}
