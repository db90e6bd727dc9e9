//! What can be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use url::form_urlencoded::Serializer;

use crate::model::{Generation, Inventory, ParseError, ProviderUuid, ResourceClass, RootUuid, TraitName};

use super::answer::Answer;
use super::request::Request;
use super::wire::{
    AllocationsBody, ConsumerBody, InventoriesBody, ProviderBody, ProvidersBody, TraitNamesBody, TraitsBody,
    UsagesBody,
};
use super::{Client, ListedProvider, PlacementError};

/// The longest query that asks for traits by name; servers take 8 KiB for the request line, proxies less.
const LONGEST_QUERY: usize = 3000;

/// Nested providers are among the candidates from 1.29, `same_subtree` is there from 1.36.
const CANDIDATES_MICROVERSION: &str = "1.36";

fn query(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A name in an answer as the model's type.
pub(super) fn name<T: FromStr<Err = ParseError>>(answer: &Answer, text: &str) -> Result<T, PlacementError> {
    text.parse().map_err(|error: ParseError| answer.nonsense(error.to_string()))
}

impl Answer {
    pub(super) fn traits(&self) -> Result<(Generation, BTreeSet<TraitName>), PlacementError> {
        let body: TraitsBody = self.json()?;
        let traits = body.traits.iter().map(|text| name(self, text)).collect::<Result<_, _>>()?;
        Ok((Generation::new(body.resource_provider_generation), traits))
    }

    pub(super) fn inventories(
        &self,
    ) -> Result<(Generation, BTreeMap<ResourceClass, Inventory>), PlacementError> {
        let body: InventoriesBody = self.json()?;
        let inventories = body
            .inventories
            .into_iter()
            .map(|(class, inventory)| Ok((name(self, &class)?, inventory.into())))
            .collect::<Result<_, PlacementError>>()?;
        Ok((Generation::new(body.resource_provider_generation), inventories))
    }
}

impl Client {
    async fn list(&self, query: String) -> Result<Vec<ListedProvider>, PlacementError> {
        let answer = self.send(Request::get("/resource_providers").query(query)).await?;
        let body: ProvidersBody = answer.json()?;
        Ok(body.resource_providers.into_iter().map(ListedProvider::from).collect())
    }

    /// Every provider of a tree, the root among them; none where the root does not exist (Placement answers
    /// 200 with an empty list).
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn list_tree(&self, root: RootUuid) -> Result<Vec<ListedProvider>, PlacementError> {
        self.list(query(&[("in_tree", &root.to_string())])).await
    }

    /// The provider of that name, if there is one: names are unique in the deployment.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn providers_by_name(&self, name: &str) -> Result<Vec<ListedProvider>, PlacementError> {
        if name.is_empty() {
            // No provider has that name, and Placement would answer with all of them.
            return Ok(Vec::new());
        }
        self.list(query(&[("name", name)])).await
    }

    /// The compute nodes: providers with the trait `COMPUTE_NODE`, which nova-compute sets; of that name
    /// alone, where one is given.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn list_compute_nodes(
        &self,
        name: Option<&str>,
    ) -> Result<Vec<ListedProvider>, PlacementError> {
        let mut pairs = vec![("required", "COMPUTE_NODE")];
        pairs.extend(name.filter(|name| !name.is_empty()).map(|name| ("name", name)));
        self.list(query(&pairs)).await
    }

    /// One provider.
    ///
    /// # Errors
    /// [`PlacementError::NotFound`], and what any request can meet.
    pub async fn provider(&self, uuid: ProviderUuid) -> Result<ListedProvider, PlacementError> {
        let answer = self.send(Request::get(format!("/resource_providers/{uuid}"))).await?;
        Ok(answer.json::<ProviderBody>()?.into())
    }

    /// A provider's traits.
    ///
    /// # Errors
    /// [`PlacementError::NotFound`], and what any request can meet.
    pub async fn traits(
        &self,
        uuid: ProviderUuid,
    ) -> Result<(Generation, BTreeSet<TraitName>), PlacementError> {
        self.send(Request::get(format!("/resource_providers/{uuid}/traits"))).await?.traits()
    }

    /// A provider's inventories.
    ///
    /// # Errors
    /// [`PlacementError::NotFound`], and what any request can meet.
    pub async fn inventories(
        &self,
        uuid: ProviderUuid,
    ) -> Result<(Generation, BTreeMap<ResourceClass, Inventory>), PlacementError> {
        self.send(Request::get(format!("/resource_providers/{uuid}/inventories"))).await?.inventories()
    }

    /// What is allocated of a provider. Not to be remembered: deleting a consumer's allocations does not move
    /// the generation.
    ///
    /// # Errors
    /// [`PlacementError::NotFound`], and what any request can meet.
    pub async fn usages(
        &self,
        uuid: ProviderUuid,
    ) -> Result<(Generation, BTreeMap<ResourceClass, u32>), PlacementError> {
        let answer = self.send(Request::get(format!("/resource_providers/{uuid}/usages"))).await?;
        let body: UsagesBody = answer.json()?;
        let usages = body
            .usages
            .into_iter()
            .map(|(class, used)| Ok((name(&answer, &class)?, used)))
            .collect::<Result<_, PlacementError>>()?;
        Ok((Generation::new(body.resource_provider_generation), usages))
    }

    /// The consumers of a provider, each with how much VGPU it holds there. For people: which device a consumer
    /// has is not in Placement.
    ///
    /// # Errors
    /// [`PlacementError::NotFound`], and what any request can meet.
    pub async fn vgpu_consumers(
        &self,
        uuid: ProviderUuid,
    ) -> Result<BTreeMap<uuid::Uuid, u32>, PlacementError> {
        let answer = self.send(Request::get(format!("/resource_providers/{uuid}/allocations"))).await?;
        let body: AllocationsBody = answer.json()?;
        let held = body.allocations.into_iter().filter_map(|(consumer, held)| {
            let units = held.resources.get(ResourceClass::VGPU).copied()?;
            Some((consumer, units))
        });
        Ok(held.collect())
    }

    /// The consumers of a provider, each with the units of whatever class it holds there.
    ///
    /// # Errors
    /// As [`Client::vgpu_consumers`].
    pub async fn consumers(&self, uuid: ProviderUuid) -> Result<BTreeMap<uuid::Uuid, u32>, PlacementError> {
        let answer = self.send(Request::get(format!("/resource_providers/{uuid}/allocations"))).await?;
        let body: AllocationsBody = answer.json()?;
        let held = body.allocations.into_iter();
        Ok(held.map(|(consumer, held)| (consumer, held.resources.values().sum())).collect())
    }

    /// The id of the project that a consumer belongs to; none of one that holds nothing (any more).
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn project_of(&self, consumer: uuid::Uuid) -> Result<Option<String>, PlacementError> {
        let answer = self.send(Request::get(format!("/allocations/{consumer}"))).await?;
        Ok(answer.json::<ConsumerBody>()?.project_id)
    }

    /// Which of these traits exist. As many requests as it takes to keep each URL short.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn existing_traits(
        &self,
        asked: &BTreeSet<TraitName>,
    ) -> Result<BTreeSet<TraitName>, PlacementError> {
        let mut existing = BTreeSet::new();
        for names in chunks(asked) {
            let answer = self.send(Request::get("/traits").query(format!("name=in:{names}"))).await?;
            let body: TraitNamesBody = answer.json()?;
            for text in &body.traits {
                existing.insert(name(&answer, text)?);
            }
        }
        Ok(existing)
    }

    /// How many providers have a trait. None where Placement does not know it.
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn holders_of(&self, name: &TraitName) -> Result<usize, PlacementError> {
        // A trait that does not exist is refused as a query.
        if self.existing_traits(&BTreeSet::from([name.clone()])).await?.is_empty() {
            return Ok(0);
        }
        Ok(self.list(query(&[("required", name.as_str())])).await?.len())
    }

    /// Who has a name or a UUID, in words; for the message about [`PlacementError::DuplicateName`]. `None`
    /// where nobody has either (any more).
    ///
    /// # Errors
    /// What any request can meet.
    pub async fn holder_of(&self, name: &str, uuid: ProviderUuid) -> Result<Option<String>, PlacementError> {
        let by_name = self.providers_by_name(name).await?.into_iter().next();
        let by_uuid = match self.provider(uuid).await {
            Ok(provider) => Some(provider),
            Err(PlacementError::NotFound { .. }) => None,
            Err(error) => return Err(error),
        };
        let place = |provider: &ListedProvider| match provider.parent {
            Some(parent) => format!("a child of {parent}"),
            None => "a root".to_owned(),
        };
        let mut words = Vec::new();
        if let Some(holder) = &by_name {
            words.push(format!("the name {name} belongs to provider {}, {}", holder.uuid, place(holder)));
        }
        if let Some(holder) = by_uuid.filter(|holder| holder.name != name) {
            words.push(format!("the UUID {uuid} belongs to provider {}, {}", holder.name, place(&holder)));
        }
        Ok((!words.is_empty()).then(|| words.join("; ")))
    }

    /// What the scheduler would be offered: `GET /allocation_candidates` with that query, at microversion
    /// 1.36. For demonstrations and tests; the agent itself decides nothing by it.
    ///
    /// # Errors
    /// [`PlacementError::TooOld`] below 1.36, and what any request can meet.
    pub async fn allocation_candidates(&self, query: &str) -> Result<serde_json::Value, PlacementError> {
        let request =
            Request::get("/allocation_candidates").query(query).microversion(CANDIDATES_MICROVERSION);
        self.send(request).await?.json()
    }
}

/// The names, joined by commas, in pieces of bounded length.
fn chunks(names: &BTreeSet<TraitName>) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for name in names {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() + name.as_str().len() < LONGEST_QUERY => {
                chunk.push(',');
                chunk.push_str(name.as_str());
            }
            _ => chunks.push(name.to_string()),
        }
    }
    chunks
}
