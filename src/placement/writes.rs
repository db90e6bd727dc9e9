//! What can be written. Each is one request that carries the generation it was planned against, wherever
//! Placement takes one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::model::{Generation, Inventory, ProviderName, ProviderUuid, ResourceClass, TraitName};

use super::request::Request;
use super::wire::{InventoriesBody, InventoryBody, ProviderBody, TraitsBody};
use super::{Client, ListedProvider, PlacementError};

impl Client {
    /// Makes sure that a global trait exists: `PUT /traits/{name}`, which says nothing else when it does.
    ///
    /// # Errors
    /// [`PlacementError::Refused`] for a name without `CUSTOM_`, and what any request can meet.
    pub async fn create_trait(&self, name: &TraitName) -> Result<(), PlacementError> {
        self.send(Request::put(format!("/traits/{name}"), None)).await.map(drop)
    }

    /// Creates a provider: `POST /resource_providers`, whose answer has a body from 1.20 on.
    ///
    /// # Errors
    /// [`PlacementError::DuplicateName`] where the name or the UUID is there already (perhaps from this very
    /// request, whose first answer was lost), [`PlacementError::NoSuchParent`], and what any request can
    /// meet.
    pub async fn create_provider(
        &self,
        uuid: ProviderUuid,
        name: &ProviderName,
        parent: Option<ProviderUuid>,
    ) -> Result<Generation, PlacementError> {
        let mut body = naming(name, parent);
        if let Some(body) = body.as_object_mut() {
            body.insert("uuid".to_owned(), json!(uuid.to_string()));
        }
        let answer = self.send(Request::post("/resource_providers", body)).await?;
        Ok(ListedProvider::from(answer.json::<ProviderBody>()?).generation)
    }

    /// Gives a provider another name. The parent is named again: below microversion 1.37 a provider cannot be
    /// moved, so a parent that is not the present one is refused. Does not move the generation.
    ///
    /// # Errors
    /// [`PlacementError::DuplicateName`], [`PlacementError::NotFound`], [`PlacementError::NoSuchParent`], and
    /// what any request can meet.
    pub async fn rename_provider(
        &self,
        uuid: ProviderUuid,
        name: &ProviderName,
        parent: Option<ProviderUuid>,
    ) -> Result<Generation, PlacementError> {
        let request = Request::put(format!("/resource_providers/{uuid}"), Some(naming(name, parent)));
        let answer = self.send(request).await?;
        Ok(ListedProvider::from(answer.json::<ProviderBody>()?).generation)
    }

    /// Replaces a provider's traits. The generation moves if the set changed.
    ///
    /// # Errors
    /// [`PlacementError::ConcurrentUpdate`] at another generation, [`PlacementError::NoSuchTrait`],
    /// [`PlacementError::LostRace`], [`PlacementError::NotFound`], and what any request can meet.
    pub async fn put_traits(
        &self,
        uuid: ProviderUuid,
        generation: Generation,
        traits: &BTreeSet<TraitName>,
    ) -> Result<Generation, PlacementError> {
        let body = TraitsBody {
            resource_provider_generation: generation.get(),
            traits: traits.iter().map(TraitName::to_string).collect(),
        };
        let path = format!("/resource_providers/{uuid}/traits");
        Ok(self.send(Request::put(path, Some(json!(body)))).await?.traits()?.0)
    }

    /// Replaces a provider's inventories. The generation moves even when they are the same.
    ///
    /// A total below what is allocated is accepted: Placement does not protect from it.
    ///
    /// # Errors
    /// [`PlacementError::ConcurrentUpdate`] at another generation, [`PlacementError::InventoryInUse`] where a
    /// class that is allocated would go, [`PlacementError::NotFound`], and what any request can meet.
    pub async fn put_inventories(
        &self,
        uuid: ProviderUuid,
        generation: Generation,
        inventories: &BTreeMap<ResourceClass, Inventory>,
    ) -> Result<Generation, PlacementError> {
        let body = InventoriesBody {
            resource_provider_generation: generation.get(),
            inventories: inventories
                .iter()
                .map(|(class, inventory)| (class.to_string(), InventoryBody::from(inventory)))
                .collect(),
        };
        let path = format!("/resource_providers/{uuid}/inventories");
        Ok(self.send(Request::put(path, Some(json!(body)))).await?.inventories()?.0)
    }

    /// Deletes a provider. For a person's `purge` alone: a running nova-compute stumbles for minutes over a
    /// provider of its tree that has vanished.
    ///
    /// # Errors
    /// [`PlacementError::ProviderInUse`] where it has allocations or children, [`PlacementError::NotFound`],
    /// and what any request can meet.
    pub async fn delete_provider(&self, uuid: ProviderUuid) -> Result<(), PlacementError> {
        self.send(Request::delete(format!("/resource_providers/{uuid}"))).await.map(drop)
    }
}

fn naming(name: &ProviderName, parent: Option<ProviderUuid>) -> Value {
    match parent {
        Some(parent) => json!({ "name": name.as_str(), "parent_provider_uuid": parent.to_string() }),
        // Left out, a parent stays as it is; null would be a request to take it away.
        None => json!({ "name": name.as_str() }),
    }
}
