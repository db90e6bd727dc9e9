//! The flavors that a host's GPUs call for, with a name each.

use std::collections::{BTreeMap, BTreeSet};

use super::super::names::{plain_of, slug};
use super::{Shares, Size, Sizes, Supply, SupplyWay};
use crate::model::{Claim, Code, Finding, Flavor, HostSnapshot, Kind, TraitName};

/// How flavors are called, and how closely they ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Naming {
    /// `gpu.mig.1g.5gb` for `gpu.mig.1g`.
    pub long: bool,
    /// Each asks for its board as well.
    pub board: bool,
}

/// A flavor that the host's GPUs call for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What it is to be called.
    pub name: String,
    /// What it gives: `1g.5gb`.
    pub plain: String,
    /// Memory, processors and disk of the guest.
    pub size: Size,
    /// Its extra specs.
    pub properties: BTreeMap<String, String>,
    /// What the host gives of it, one entry for each GPU. Never empty.
    pub supplies: Vec<Supply>,
    /// Flavors of the cloud that ask for exactly this.
    pub exists_as: Vec<String>,
}

impl Proposal {
    /// How many of it the host has.
    pub fn units(&self) -> u32 {
        self.supplies.iter().map(|supply| supply.units).fold(0, u32::saturating_add)
    }

    /// Whether a guest gets its GPU.
    pub fn attached(&self) -> bool {
        self.supplies.iter().all(|supply| supply.way.attached())
    }

    /// The alias that Nova's configuration here lacks.
    pub fn alias_missing(&self) -> Option<&str> {
        self.supplies.iter().find_map(|supply| match &supply.way {
            SupplyWay::Passed { alias, known: false, .. } => Some(alias.as_str()),
            _ => None,
        })
    }

    /// How much of a GPU it is.
    pub fn shares(&self) -> Shares {
        self.supplies.first().map(|supply| supply.shares.clone()).unwrap_or_default()
    }
}

impl SupplyWay {
    /// Whether a guest that is given one has it.
    pub fn attached(&self) -> bool {
        match self {
            SupplyWay::Own { attached } | SupplyWay::Mediated { attached, .. } => *attached,
            SupplyWay::Passed { .. } => true,
        }
    }
}

/// One for each thing that can be asked for. Where boards give something of the same name that is another part of
/// the GPU, each asks for its board.
pub(super) fn proposals(
    supplies: &[Supply],
    snapshot: &HostSnapshot,
    naming: Naming,
    sizes: Sizes,
) -> Vec<Proposal> {
    let mut groups: BTreeMap<BTreeMap<String, String>, Vec<&Supply>> = BTreeMap::new();
    for supply in supplies {
        let boards = naming.board || differs(supply, supplies);
        groups.entry(properties(supply, boards)).or_default().push(supply);
    }
    let mut drafts: Vec<Draft<'_>> = groups
        .into_iter()
        .map(|(properties, supplies)| Draft { properties, supplies, name: String::new() })
        .collect();
    // Smaller parts first, as they are read.
    drafts.sort_by_key(|draft| draft.first().map(|one| (order(one), one.plain.clone(), one.product.clone())));
    name(&mut drafts, snapshot, naming);
    let proposal = |draft: Draft<'_>| {
        let first = draft.first()?;
        Some(Proposal {
            name: draft.name.clone(),
            plain: first.plain.clone(),
            size: sizes.of(&first.shares),
            properties: draft.properties.clone(),
            supplies: draft.supplies.into_iter().cloned().collect(),
            exists_as: Vec::new(),
        })
    };
    drafts.into_iter().filter_map(proposal).collect()
}

struct Draft<'a> {
    properties: BTreeMap<String, String>,
    supplies: Vec<&'a Supply>,
    name: String,
}

impl<'a> Draft<'a> {
    fn first(&self) -> Option<&'a Supply> {
        self.supplies.first().copied()
    }
}

fn order(supply: &Supply) -> (bool, u32, u64) {
    let compute = supply.shares.compute.map_or(0, |share| share.part);
    (supply.shares.compute.is_none(), compute, supply.shares.memory_mib.unwrap_or(0))
}

/// Whether another board gives something of the same name that is another part of it.
fn differs(supply: &Supply, all: &[Supply]) -> bool {
    let mut same = all.iter().filter(|other| properties(other, false) == properties(supply, false));
    let part = |shares: &Shares| (shares.compute, shares.memory);
    same.any(|other| other.product != supply.product && part(&other.shares) != part(&supply.shares))
}

fn properties(supply: &Supply, board: bool) -> BTreeMap<String, String> {
    let class = match &supply.way {
        SupplyWay::Passed { alias, .. } => {
            return BTreeMap::from([("pci_passthrough:alias".to_owned(), format!("{alias}:1"))]);
        }
        SupplyWay::Own { .. } => "VGPU",
        SupplyWay::Mediated { class, .. } => class,
    };
    let required = |name: TraitName| (format!("trait:{name}"), "required".to_owned());
    let mut all =
        BTreeMap::from([(format!("resources:{class}"), "1".to_owned()), required(supply.wanted.clone())]);
    if board && !supply.product.is_empty() {
        all.extend([required(Claim::trait_of_board(&supply.product))]);
    }
    all
}

/// Names: short where that is unique, else long, else with the board, else with a number.
fn name(drafts: &mut [Draft<'_>], snapshot: &HostSnapshot, naming: Naming) {
    let long = |supply: &Supply| format!("gpu.{}", long_name(supply));
    let board = |supply: &Supply| format!("{}.{}", long(supply), slug(&board_of(&supply.product)));
    let short = |supply: &Supply| {
        let name = if naming.long { None } else { short_name(supply, snapshot) };
        let name = name.map_or_else(|| long(supply), |short| format!("gpu.mig.{short}"));
        if naming.board { format!("{name}.{}", slug(&board_of(&supply.product))) } else { name }
    };
    let ways: [&dyn Fn(&Supply) -> String; 3] = [&short, &long, &board];
    for way in ways {
        let again = repeated(drafts);
        for draft in drafts.iter_mut().filter(|draft| draft.name.is_empty() || again.contains(&draft.name)) {
            draft.name = draft.supplies.first().map(|supply| way(supply)).unwrap_or_default();
        }
    }
    let again = repeated(drafts);
    for (number, draft) in drafts.iter_mut().enumerate().filter(|(_, draft)| again.contains(&draft.name)) {
        draft.name = format!("{}.{}", draft.name, number + 1);
    }
}

fn repeated(drafts: &[Draft<'_>]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    drafts.iter().filter(|draft| !seen.insert(&draft.name)).map(|draft| draft.name.clone()).collect()
}

fn board_of(product: &str) -> String {
    match Claim::decode(&Claim::trait_of_board(product)) {
        Some(claim @ Claim::Board(_)) => claim.plain().to_owned(),
        _ => product.to_owned(),
    }
}

/// `mig.1g.5gb.me`, `vgpu.a100-10c`.
fn long_name(supply: &Supply) -> String {
    match Claim::decode(&supply.wanted) {
        Some(Claim::Profile(name)) => {
            format!("mig.{}", slug(&name.replace('+', ".").replace("-me", ".nome")))
        }
        _ => format!("vgpu.{}", slug(&plain_of(&supply.plain))),
    }
}

/// `1g`, for the plainest profile of one compute slice that the GPU has.
fn short_name(supply: &Supply, snapshot: &HostSnapshot) -> Option<String> {
    let Some(Claim::Profile(name)) = Claim::decode(&supply.wanted) else { return None };
    let plainest = |name: &str| {
        let (slices, memory) = name.split_once("g.")?;
        Some((slices.parse::<u32>().ok()?, memory.strip_suffix("gb")?.parse::<u32>().ok()?))
    };
    let (slices, memory) = plainest(&name)?;
    let gpu = snapshot.gpus.get(&supply.gpu)?;
    let others = gpu.profiles.values().filter_map(|profile| plainest(&profile.name));
    let least = others.filter(|(other, _)| *other == slices).map(|(_, memory)| memory).min();
    least.is_none_or(|least| memory <= least).then(|| format!("{slices}g"))
}

/// What the cloud has of it already. A name that another flavor has cannot be given again.
pub(super) fn settle(proposals: &mut [Proposal], flavors: &[Flavor]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for proposal in proposals {
        let same = flavors.iter().filter(|flavor| asks_alike(flavor, &proposal.properties));
        proposal.exists_as = same.map(|flavor| flavor.name.clone()).collect();
        let taken = flavors.iter().find(|flavor| flavor.name == proposal.name);
        if let Some(flavor) = taken.filter(|_| proposal.exists_as.is_empty()) {
            findings.push(Finding::new(
                Code::FlavorNameTaken,
                format!("flavor {}", flavor.name),
                format!(
                    "the cloud has one of that name, which asks for something else than a {}",
                    proposal.plain
                ),
                "create it under another name: `--names long` gives names that are unique over boards",
            ));
        }
    }
    findings
}

/// Whether a flavor asks for the same GPU; what else it says is its own.
fn asks_alike(flavor: &Flavor, properties: &BTreeMap<String, String>) -> bool {
    let of_gpu = |name: &str| {
        let custom = name.strip_prefix("trait:").and_then(|name| name.parse().ok());
        let claim = custom.is_some_and(|name: TraitName| Claim::decode(&name).is_some());
        claim
            || name == "resources:VGPU"
            || name.starts_with("resources:CUSTOM_")
            || name == "pci_passthrough:alias"
    };
    let theirs: BTreeMap<&String, &String> =
        flavor.properties.iter().filter(|(name, _)| of_gpu(name)).collect();
    theirs == properties.iter().collect()
}

impl Supply {
    /// Whether it is a GPU instance of its own, or a vGPU in one.
    pub fn is_mig(&self) -> bool {
        matches!(self.kind, Kind::Mig(_)) || self.shares.compute.is_some()
    }
}
