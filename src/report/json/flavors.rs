//! `flavors/v1`: the flavors that a host calls for, and what those of the cloud get here.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::text::{flavor_command, flavor_verdict};
use super::{FindingV1, findings};
use crate::advice::{Comparison, Flavors as Advised, Place, Proposal, Shares, Supply, SupplyWay, Verdict};
use crate::geometry::Fraction;

/// `flavors/v1`.
#[derive(Debug, Serialize)]
pub struct Flavors {
    schema: &'static str,
    flavors: Vec<FlavorV1>,
    /// Null where the cloud was not asked.
    compared: Option<Vec<ComparedV1>>,
    findings: Vec<FindingV1>,
}

impl Flavors {
    /// The document.
    pub fn new(advised: &Advised) -> Self {
        Flavors {
            schema: "flavors/v1",
            flavors: advised.proposals.iter().map(FlavorV1::from).collect(),
            compared: advised.compared.as_ref().map(|all| all.iter().map(ComparedV1::from).collect()),
            findings: findings(&advised.findings),
        }
    }
}

#[derive(Debug, Serialize)]
struct FlavorV1 {
    name: String,
    ram_mib: u64,
    vcpus: u32,
    disk_gib: u32,
    properties: BTreeMap<String, String>,
    command: String,
    /// What it gives: `1g.5gb`.
    gives: String,
    shares: SharesV1,
    /// How many the host has.
    units: u32,
    /// Whether a guest that lands here has its GPU.
    attached: bool,
    gpus: Vec<GpuV1>,
    /// Flavors of the cloud that ask for exactly this.
    exists_as: Vec<String>,
}

impl From<&Proposal> for FlavorV1 {
    fn from(proposal: &Proposal) -> Self {
        FlavorV1 {
            name: proposal.name.clone(),
            ram_mib: proposal.size.ram_mib,
            vcpus: proposal.size.vcpus,
            disk_gib: proposal.size.disk_gib,
            properties: proposal.properties.clone(),
            command: flavor_command(proposal),
            gives: proposal.plain.clone(),
            shares: SharesV1::from(proposal.shares()),
            units: proposal.units(),
            attached: proposal.attached(),
            gpus: proposal.supplies.iter().map(GpuV1::from).collect(),
            exists_as: proposal.exists_as.clone(),
        }
    }
}

/// What is not known is null.
#[derive(Debug, Serialize)]
struct SharesV1 {
    compute: Option<FractionV1>,
    multiprocessors: Option<u32>,
    memory: Option<FractionV1>,
    memory_mib: Option<u64>,
    /// How many guests take turns on the multiprocessors; null: none but one.
    turns: Option<u32>,
}

#[derive(Debug, Serialize)]
struct FractionV1 {
    part: u32,
    whole: u32,
}

impl From<Fraction> for FractionV1 {
    fn from(fraction: Fraction) -> Self {
        FractionV1 { part: fraction.part, whole: fraction.whole }
    }
}

impl From<Shares> for SharesV1 {
    fn from(shares: Shares) -> Self {
        SharesV1 {
            compute: shares.compute.map(FractionV1::from),
            multiprocessors: shares.multiprocessors,
            memory: shares.memory.map(FractionV1::from),
            memory_mib: shares.memory_mib,
            turns: shares.turns,
        }
    }
}

#[derive(Debug, Serialize)]
struct GpuV1 {
    address: String,
    product: String,
    kind: String,
    units: u32,
    /// `own`, `mdev`, `pci`: who hands it out.
    way: &'static str,
    /// Null: Nova makes a class from the ids.
    resource_class: Option<String>,
    /// With `pci`.
    alias: Option<String>,
    /// With `pci`: whether Nova's configuration here has the alias.
    alias_known: Option<bool>,
    traits: Vec<String>,
}

impl From<&Supply> for GpuV1 {
    fn from(supply: &Supply) -> Self {
        let (way, resource_class, alias, alias_known) = match &supply.way {
            SupplyWay::Own { .. } => ("own", Some("VGPU".to_owned()), None, None),
            SupplyWay::Mediated { class, .. } => ("mdev", Some(class.clone()), None, None),
            SupplyWay::Passed { class, alias, known } => {
                ("pci", class.clone(), Some(alias.clone()), Some(*known))
            }
        };
        GpuV1 {
            address: supply.gpu.to_string(),
            product: supply.product.clone(),
            kind: supply.kind.to_string(),
            units: supply.units,
            way,
            resource_class,
            alias,
            alias_known,
            traits: supply.traits.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ComparedV1 {
    id: String,
    name: String,
    /// `yes`, `any`, `empty`, `no`, `nowhere`, `unknown`.
    here: &'static str,
    why: String,
    places: Vec<PlaceV1>,
}

impl From<&Comparison> for ComparedV1 {
    fn from(compared: &Comparison) -> Self {
        let (here, why) = flavor_verdict(&compared.verdict);
        let places = match &compared.verdict {
            Verdict::Lands(places) | Verdict::AnyKind(places) | Verdict::Unattached(places) => {
                places.as_slice()
            }
            Verdict::NotHere { .. } | Verdict::Nowhere { .. } | Verdict::UnknownAlias { .. } => &[],
        };
        ComparedV1 {
            id: compared.id.clone(),
            name: compared.name.clone(),
            here,
            why,
            places: places.iter().map(PlaceV1::from).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct PlaceV1 {
    gpu: String,
    gives: String,
    units: u32,
}

impl From<&Place> for PlaceV1 {
    fn from(place: &Place) -> Self {
        PlaceV1 { gpu: place.gpu.to_string(), gives: place.plain.clone(), units: place.units }
    }
}
