//! Reading one compute node's tree, with as few requests as the truth allows.
//!
//! One listing per observation. Whose name, parent and generation did not move is taken from memory; the
//! answers of our own writes are absorbed, so that they cost no second look.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Generation, Inventory, Named, ObservedProvider, ObservedTree, ProviderName, ProviderUuid, ResourceClass,
    RootUuid, TraitName,
};

use super::cache::{Cache, Known};
use super::view::Depth;
use super::{Call, Client, ListedProvider, PlacementError};

/// How often a provider that keeps changing is read again before giving up.
const LOOKS: usize = 3;

/// Reads trees and remembers.
#[derive(Debug)]
pub struct Observer {
    client: Arc<Client>,
    cache: Cache,
}

impl Observer {
    /// One that remembers nothing yet.
    pub fn new(client: Arc<Client>) -> Self {
        Observer { client, cache: Cache::default() }
    }

    /// Reads the tree under a root: one request when nothing changed.
    ///
    /// # Errors
    /// [`PlacementError::RootMissing`], [`PlacementError::NotFound`] for a provider that went away meanwhile,
    /// [`PlacementError::ConcurrentUpdate`] for one that keeps changing, and what any request can meet.
    pub async fn observe(&mut self, root: RootUuid, depth: Depth) -> Result<ObservedTree, PlacementError> {
        let listing = self.client.list_tree(root).await?;
        // The listing of a child is the tree that it is in: what is built under a child would be neither found
        // again nor guarded.
        let root_name = match listing.iter().find(|listed| listed.uuid == root.provider()) {
            None => return Err(PlacementError::RootMissing { root }),
            Some(ListedProvider { parent: Some(parent), .. }) => {
                return Err(PlacementError::NotARoot { root, parent: *parent });
            }
            Some(listed) => listed.name.clone(),
        };
        let uuids: BTreeSet<ProviderUuid> = listing.iter().map(|listed| listed.uuid).collect();
        self.cache.take_listing(root, &root_name, listing);
        let mut providers = BTreeMap::new();
        for uuid in &uuids {
            if let Some(provider) = self.refresh(*uuid, depth).await? {
                providers.insert(*uuid, provider);
            }
        }
        let mut tree = ObservedTree { root, providers, asked_traits: BTreeMap::new() };
        if depth == Depth::Whole {
            self.read_usages(&mut tree, &uuids).await?;
        }
        Ok(tree)
    }

    /// Reads what is allocated on these providers into the tree. Where a generation moved since the tree was
    /// read, the provider is read again, so that its numbers belong together.
    ///
    /// # Errors
    /// As [`Observer::observe`].
    pub async fn read_usages(
        &mut self,
        tree: &mut ObservedTree,
        which: &BTreeSet<ProviderUuid>,
    ) -> Result<(), PlacementError> {
        for uuid in which {
            let Some(provider) = tree.providers.get_mut(uuid) else { continue };
            let mut looks = 0;
            loop {
                let (generation, usages) = self.client.usages(*uuid).await?;
                provider.usages = Some(usages);
                if generation == provider.generation {
                    break;
                }
                looks += 1;
                if looks > LOOKS {
                    return Err(keeps_changing(*uuid));
                }
                let known = self.read_both(self.listed(provider), provider.named).await?;
                provider.generation = known.listed.generation;
                provider.traits = known.traits.clone().unwrap_or_default();
                provider.inventories = known.inventories.clone().unwrap_or_default();
                self.cache.insert(known);
            }
        }
        Ok(())
    }

    /// What is known of a tree that was read with [`Depth::Ours`], our own writes since included, without asking
    /// anybody; usages as they were read. `None` where something of it would have to be read again.
    pub fn known(&self, read: &ObservedTree) -> Option<ObservedTree> {
        let root = read.root;
        let mut providers = BTreeMap::new();
        for known in self.cache.providers() {
            let wanted = Depth::Ours.wanted(known.named);
            if wanted.lacks(known) {
                return None;
            }
            let usages = read.providers.get(&known.listed.uuid).and_then(|before| before.usages.clone());
            providers.insert(known.listed.uuid, ObservedProvider { usages, ..wanted.of(known) });
        }
        let complete = providers.contains_key(&root.provider());
        complete.then(|| ObservedTree { root, providers, asked_traits: read.asked_traits.clone() })
    }

    /// Asks whether these traits exist, and notes it in the tree. Those that are known to exist cost nothing.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn ask_traits(
        &mut self,
        tree: &mut ObservedTree,
        which: &BTreeSet<TraitName>,
    ) -> Result<(), PlacementError> {
        let known =
            |name: &&TraitName| self.cache.trait_exists(name) || tree.trait_exists(name) == Some(true);
        let unknown: BTreeSet<TraitName> = which.iter().filter(|name| !known(name)).cloned().collect();
        if !unknown.is_empty() {
            let existing = self.client.existing_traits(&unknown).await?;
            self.cache.add_traits(existing.iter().cloned());
        }
        for name in which {
            let exists = tree.trait_exists(name) == Some(true) || self.cache.trait_exists(name);
            tree.asked_traits.insert(name.clone(), exists);
        }
        Ok(())
    }

    /// We created this global trait.
    pub fn absorb_trait(&mut self, name: TraitName) {
        self.cache.add_traits([name]);
    }

    /// We created this provider; it has no traits and no inventories.
    pub fn absorb_created(
        &mut self,
        uuid: ProviderUuid,
        name: &ProviderName,
        parent: ProviderUuid,
        generation: Generation,
    ) {
        let listed = ListedProvider { uuid, name: name.to_string(), parent: Some(parent), generation };
        self.cache.created(listed);
    }

    /// We gave this provider another name.
    pub fn absorb_renamed(&mut self, uuid: ProviderUuid, name: &ProviderName) {
        self.cache.rename(uuid, name.as_str());
    }

    /// We deleted this provider.
    pub fn absorb_deleted(&mut self, uuid: ProviderUuid) {
        self.cache.remove(uuid);
    }

    /// We wrote these traits, and this is the generation that it led to.
    pub fn absorb_traits(&mut self, uuid: ProviderUuid, generation: Generation, traits: BTreeSet<TraitName>) {
        self.cache.wrote_traits(uuid, generation, traits);
    }

    /// We wrote these inventories, and this is the generation that it led to.
    pub fn absorb_inventories(
        &mut self,
        uuid: ProviderUuid,
        generation: Generation,
        inventories: BTreeMap<ResourceClass, Inventory>,
    ) {
        self.cache.wrote_inventories(uuid, generation, inventories);
    }

    /// Forgets everything: the next observation reads all. After any error, and every few minutes as a net
    /// under the rules of generations.
    pub fn forget(&mut self) {
        self.cache.clear();
    }

    fn listed(&self, provider: &ObservedProvider) -> ListedProvider {
        ListedProvider {
            uuid: provider.uuid,
            name: provider.name.clone(),
            parent: provider.parent,
            generation: provider.generation,
        }
    }

    /// Reads what this depth wants of a provider and memory does not have; what is then to be shown of it.
    async fn refresh(
        &mut self,
        uuid: ProviderUuid,
        depth: Depth,
    ) -> Result<Option<ObservedProvider>, PlacementError> {
        let Some(known) = self.cache.get(uuid) else { return Ok(None) };
        let wanted = depth.wanted(known.named);
        if !wanted.lacks(known) {
            return Ok(Some(wanted.of(known)));
        }
        let (listed, named) = (known.listed.clone(), known.named);
        let read = if wanted.inventories {
            self.read_both(listed, named).await?
        } else {
            let (generation, traits) = self.client.traits(uuid).await?;
            let listed = ListedProvider { generation, ..listed };
            Known { listed, named, traits: Some(traits), inventories: None }
        };
        let provider = wanted.of(&read);
        self.cache.insert(read);
        Ok(Some(provider))
    }

    /// Traits and inventories at one and the same generation.
    async fn read_both(&self, listed: ListedProvider, named: Named) -> Result<Known, PlacementError> {
        for _ in 0..LOOKS {
            let (before, traits) = self.client.traits(listed.uuid).await?;
            let (generation, inventories) = self.client.inventories(listed.uuid).await?;
            if before == generation {
                let listed = ListedProvider { generation, ..listed };
                return Ok(Known { listed, named, traits: Some(traits), inventories: Some(inventories) });
            }
        }
        Err(keeps_changing(listed.uuid))
    }
}

fn keeps_changing(uuid: ProviderUuid) -> PlacementError {
    let path = format!("/resource_providers/{uuid}");
    let call = Box::new(Call { method: "GET".to_owned(), path, request_id: "several requests".to_owned() });
    PlacementError::ConcurrentUpdate { call, detail: format!("it changed {LOOKS} times while it was read") }
}
