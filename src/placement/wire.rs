//! What Placement sends and takes, and its conversion from and to the model. Unknown fields are skipped: a
//! newer Placement may say more.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::model::{AllocationRatio, Generation, Inventory, ParseError, ProviderUuid};

/// One provider, as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProvider {
    /// Its UUID.
    pub uuid: ProviderUuid,
    /// Its name.
    pub name: String,
    /// Its parent, none for a root.
    pub parent: Option<ProviderUuid>,
    /// The generation of its inventories, traits and aggregates.
    pub generation: Generation,
}

#[derive(Debug, Deserialize)]
pub(super) struct ProvidersBody {
    pub(super) resource_providers: Vec<ProviderBody>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ProviderBody {
    uuid: uuid::Uuid,
    name: String,
    // Absent before 1.14, null for a root.
    #[serde(default)]
    parent_provider_uuid: Option<uuid::Uuid>,
    generation: u64,
}

impl From<ProviderBody> for ListedProvider {
    fn from(body: ProviderBody) -> Self {
        ListedProvider {
            uuid: ProviderUuid::new(body.uuid),
            name: body.name,
            parent: body.parent_provider_uuid.map(ProviderUuid::new),
            generation: Generation::new(body.generation),
        }
    }
}

/// `…/traits` of a provider, both ways.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct TraitsBody {
    pub(super) resource_provider_generation: u64,
    pub(super) traits: Vec<String>,
}

/// `/traits`.
#[derive(Debug, Deserialize)]
pub(super) struct TraitNamesBody {
    pub(super) traits: Vec<String>,
}

/// `…/inventories`, both ways.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct InventoriesBody {
    pub(super) resource_provider_generation: u64,
    pub(super) inventories: BTreeMap<String, InventoryBody>,
}

/// One inventory. All six are always sent; a floating-point ratio, since others may have set one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct InventoryBody {
    total: u32,
    reserved: u32,
    min_unit: u32,
    max_unit: u32,
    step_size: u32,
    allocation_ratio: f64,
}

impl From<InventoryBody> for Inventory {
    fn from(body: InventoryBody) -> Self {
        let InventoryBody { total, reserved, min_unit, max_unit, step_size, allocation_ratio } = body;
        let allocation_ratio = AllocationRatio(allocation_ratio);
        Inventory { total, reserved, min_unit, max_unit, step_size, allocation_ratio }
    }
}

impl From<&Inventory> for InventoryBody {
    fn from(inventory: &Inventory) -> Self {
        let Inventory { total, reserved, min_unit, max_unit, step_size, allocation_ratio } = *inventory;
        InventoryBody { total, reserved, min_unit, max_unit, step_size, allocation_ratio: allocation_ratio.0 }
    }
}

/// `…/usages` of a provider.
#[derive(Debug, Deserialize)]
pub(super) struct UsagesBody {
    pub(super) resource_provider_generation: u64,
    pub(super) usages: BTreeMap<String, u32>,
}

/// `…/allocations` of a provider.
#[derive(Debug, Deserialize)]
pub(super) struct AllocationsBody {
    pub(super) allocations: BTreeMap<uuid::Uuid, AllocationBody>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AllocationBody {
    pub(super) resources: BTreeMap<String, u32>,
}

/// `/allocations/…` of a consumer. Without an allocation it has no project.
#[derive(Debug, Deserialize)]
pub(super) struct ConsumerBody {
    #[serde(default)]
    pub(super) project_id: Option<String>,
}

/// The body of a refusal.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorsBody {
    pub(super) errors: Vec<ErrorBody>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorBody {
    #[serde(default)]
    detail: String,
    pub(super) code: Option<String>,
    // Of a 406 alone.
    pub(super) min_version: Option<String>,
    pub(super) max_version: Option<String>,
}

impl ErrorBody {
    /// What it says, without the sentence that all refusals of one status begin with. Whole: what matters may
    /// stand behind a long name.
    pub(super) fn said(&self) -> &str {
        let own = self.detail.split_once("\n\n").map(|(_, own)| own.trim()).filter(|own| !own.is_empty());
        own.unwrap_or(&self.detail)
    }
}

/// The root document.
#[derive(Debug, Deserialize)]
pub(super) struct VersionsBody {
    pub(super) versions: Vec<VersionBody>,
}

#[derive(Debug, Deserialize)]
pub(super) struct VersionBody {
    pub(super) min_version: String,
    pub(super) max_version: String,
}

/// A version of Placement's API: `1.28`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Microversion(u32, u32);

impl FromStr for Microversion {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let parts = text
            .split_once('.')
            .and_then(|(major, minor)| Some(Microversion(major.parse().ok()?, minor.parse().ok()?)));
        parts.ok_or_else(|| ParseError::new("microversion", text, "two numbers, as in 1.28"))
    }
}

impl fmt::Display for Microversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// The versions that a Placement speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionRange {
    /// The lowest.
    pub min: Microversion,
    /// The highest.
    pub max: Microversion,
}
