//! `tree/v1`: a compute node's providers as Placement has them.

use serde::Serialize;

use crate::model::{
    Claim, Guest, Guests, Inventory, ObservedProvider, ObservedTree, Owner, ResourceClass, TraitName,
};
use crate::report::words::{in_order, owner_word, state_word};

/// The document. Providers are a flat list, parents before children.
#[derive(Debug, Serialize)]
pub struct Tree {
    schema: &'static str,
    root: String,
    providers: Vec<ProviderV1>,
}

#[derive(Debug, Serialize)]
struct ProviderV1 {
    uuid: String,
    name: String,
    parent: Option<String>,
    generation: u64,
    /// `root`, `agent`, `nova`, `cyborg` or `unknown`.
    owner: &'static str,
    /// Ours only: `serve`, `reserved`, `park`.
    state: Option<&'static str>,
    /// Ours only, these three: the GPU, what is counted, and its plain name where the traits tell it.
    device: Option<String>,
    kind: Option<String>,
    profile: Option<String>,
    inventories: Vec<InventoryV1>,
    traits: Vec<TraitV1>,
    /// Consumers of VGPU.
    guests: Vec<GuestV1>,
}

#[derive(Debug, Serialize)]
struct InventoryV1 {
    class: String,
    total: u32,
    reserved: u32,
    /// Null where it was not read, which happens to the running agent's tree alone.
    used: Option<u32>,
    min_unit: u32,
    max_unit: u32,
    step_size: u32,
    allocation_ratio: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct GuestV1 {
    consumer: String,
    units: u32,
    /// Name and status: null where Nova was not asked or did not tell.
    name: Option<String>,
    /// Null where neither Nova nor Placement was asked for it.
    project: Option<String>,
    status: Option<String>,
}

impl From<&Guest> for GuestV1 {
    fn from(guest: &Guest) -> Self {
        let server = guest.server.as_ref();
        GuestV1 {
            consumer: guest.consumer.to_string(),
            units: guest.units,
            name: server.map(|server| server.name.clone()),
            project: guest.project().map(str::to_owned),
            status: server.map(|server| server.status.clone()),
        }
    }
}

#[derive(Debug, Serialize)]
struct TraitV1 {
    name: String,
    /// What it says, for a trait of our grammar.
    plain: Option<String>,
}

impl Tree {
    /// The document.
    pub fn new(tree: &ObservedTree, guests: &Guests) -> Self {
        let held = |provider: &ObservedProvider| guests.get(&provider.uuid).map_or(&[][..], Vec::as_slice);
        let providers = in_order(tree).into_iter().map(|(_, p)| ProviderV1::new(tree, p, held(p)));
        Tree { schema: "tree/v1", root: tree.root.to_string(), providers: providers.collect() }
    }
}

impl ProviderV1 {
    fn new(tree: &ObservedTree, provider: &ObservedProvider, guests: &[Guest]) -> Self {
        let owner = tree.owner(provider);
        let ours = if let Owner::Agent(identity) = owner { Some(identity) } else { None };
        let used =
            |class: &ResourceClass| provider.usages.as_ref().map(|u| u.get(class).copied().unwrap_or(0));
        ProviderV1 {
            uuid: provider.uuid.to_string(),
            name: provider.name.clone(),
            parent: provider.parent.map(|uuid| uuid.to_string()),
            generation: provider.generation.get(),
            owner: owner_word(owner),
            state: ours.map(|_| state_word(provider)),
            device: ours.map(|identity| identity.address.to_string()),
            kind: ours.map(|identity| identity.kind.to_string()),
            profile: ours.and_then(|identity| identity.kind.claimed_name(&provider.traits)),
            inventories: provider.inventories.iter().map(|(c, i)| InventoryV1::new(c, i, used(c))).collect(),
            traits: provider.traits.iter().map(TraitV1::from).collect(),
            guests: guests.iter().map(GuestV1::from).collect(),
        }
    }
}

impl InventoryV1 {
    fn new(class: &ResourceClass, inventory: &Inventory, used: Option<u32>) -> Self {
        InventoryV1 {
            class: class.to_string(),
            total: inventory.total,
            reserved: inventory.reserved,
            used,
            min_unit: inventory.min_unit,
            max_unit: inventory.max_unit,
            step_size: inventory.step_size,
            allocation_ratio: inventory.allocation_ratio.0,
        }
    }
}

impl From<&TraitName> for TraitV1 {
    fn from(name: &TraitName) -> Self {
        TraitV1 { name: name.to_string(), plain: Claim::decode(name).map(|claim| claim.plain().to_owned()) }
    }
}

/// `trees/v1`: every compute node of the deployment.
#[derive(Debug, Serialize)]
pub struct Trees {
    schema: &'static str,
    trees: Vec<Tree>,
}

impl Trees {
    /// The document.
    pub fn new(trees: Vec<Tree>) -> Self {
        Trees { schema: "trees/v1", trees }
    }
}
