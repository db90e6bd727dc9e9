//! What the flavors of the cloud would get here.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::Group;
use super::{Asked, Fleet, Supply, SupplyWay};
use crate::model::{Flavor, NovaView, PciAddress, TraitName};

/// A flavor of the cloud that asks for a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Nova's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What becomes of it here.
    pub verdict: Verdict,
}

/// What a flavor would get on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A GPU of the kind that it asks for.
    Lands(Vec<Place>),
    /// A GPU of any kind: no trait or alias says which.
    AnyKind(Vec<Place>),
    /// Something that nothing attaches.
    Unattached(Vec<Place>),
    /// Nothing: the host lacks what it asks for.
    NotHere {
        /// What is lacking.
        lacks: String,
    },
    /// Nothing, here or anywhere: nobody has these traits.
    Nowhere {
        /// The traits.
        traits: BTreeSet<TraitName>,
    },
    /// Nothing: Nova does not know the alias here.
    UnknownAlias {
        /// The alias.
        alias: String,
    },
}

/// Where a flavor can land.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Place {
    pub gpu: PciAddress,
    pub plain: String,
    pub units: u32,
}

impl From<&Supply> for Place {
    fn from(supply: &Supply) -> Self {
        Place { gpu: supply.gpu, plain: supply.plain.clone(), units: supply.units }
    }
}

/// The traits of flavors that this host does not have: whether anybody does, only Placement knows.
pub fn traits_to_ask(flavors: &[Flavor], supplies: &[Supply]) -> BTreeSet<TraitName> {
    let asked = flavors.iter().flat_map(|flavor| Asked::of(&flavor.properties).claims());
    asked.filter(|name| !supplies.iter().any(|supply| supply.traits.contains(name))).collect()
}

/// Every flavor that asks for a GPU, by name.
pub(super) fn compare(supplies: &[Supply], nova: &NovaView, fleet: Fleet<'_>) -> Vec<Comparison> {
    let mut all: Vec<Comparison> = fleet
        .flavors
        .iter()
        .filter_map(|flavor| {
            let verdict =
                Case { supplies, nova, holders: fleet.holders }.verdict(&Asked::of(&flavor.properties))?;
            Some(Comparison { id: flavor.id.clone(), name: flavor.name.clone(), verdict })
        })
        .collect();
    all.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    all
}

struct Case<'a> {
    supplies: &'a [Supply],
    nova: &'a NovaView,
    holders: &'a BTreeMap<TraitName, usize>,
}

impl Case<'_> {
    /// `None` for a flavor that has nothing to do with GPUs.
    fn verdict(&self, asked: &Asked) -> Option<Verdict> {
        let nobody = asked.claims().into_iter().filter(|name| self.holders.get(name) == Some(&0));
        let nobody: BTreeSet<TraitName> = nobody.collect();
        if !nobody.is_empty() {
            return Some(Verdict::Nowhere { traits: nobody });
        }
        let mut all = Vec::new();
        for (suffix, group) in &asked.groups {
            all.extend(self.of_group(suffix, group));
        }
        for (alias, count) in &asked.aliases {
            all.extend(self.of_alias(alias, *count));
        }
        // The worst of its groups is what becomes of it.
        all.into_iter().max_by_key(|verdict| match verdict {
            Verdict::Lands(_) => 0,
            Verdict::AnyKind(_) => 1,
            Verdict::Unattached(_) => 2,
            Verdict::NotHere { .. } | Verdict::UnknownAlias { .. } => 3,
            Verdict::Nowhere { .. } => 4,
        })
    }

    fn of_group(&self, suffix: &str, group: &Group) -> Option<Verdict> {
        let required: BTreeSet<TraitName> = group.of_gpus(&group.required).collect();
        let forbidden: BTreeSet<TraitName> = group.of_gpus(&group.forbidden).collect();
        let classes: Vec<(&String, u64)> = group
            .resources
            .iter()
            .filter(|(class, _)| self.of_gpus(class))
            .map(|(class, n)| (class, *n))
            .collect();
        let Some((class, amount)) = classes.first().copied() else {
            // Traits of GPUs, and no GPU: nothing of it is on any other provider.
            let lacks = || Verdict::NotHere { lacks: "it asks for a GPU's traits and for no GPU".to_owned() };
            return (!required.is_empty()).then(lacks);
        };
        let reported: Vec<&Supply> =
            self.supplies.iter().filter(|supply| supply.class().as_deref() == Some(class)).collect();
        if reported.is_empty() {
            return Some(Verdict::NotHere { lacks: format!("nothing here is reported as {class}") });
        }
        let kind =
            |supply: &&Supply| required.is_subset(&supply.traits) && supply.traits.is_disjoint(&forbidden);
        let found: Vec<&Supply> = reported.into_iter().filter(kind).collect();
        if found.is_empty() {
            return Some(Verdict::NotHere { lacks: lacking(&required, &forbidden) });
        }
        // What comes from one provider is bounded by what one gives to a guest; without a number it may be spread.
        let most =
            |supply: &Supply| if suffix.is_empty() { u64::from(supply.units) } else { supply.at_once() };
        let enough = if suffix.is_empty() {
            found.iter().map(|supply| most(supply)).sum::<u64>() >= amount
        } else {
            found.iter().any(|supply| most(supply) >= amount)
        };
        if !enough {
            let of = if suffix.is_empty() { "" } else { " of one provider" };
            return Some(Verdict::NotHere {
                lacks: format!("it asks for {amount} {class}{of}, which is more than there is"),
            });
        }
        let places = |all: &[&Supply]| all.iter().map(|supply| Place::from(*supply)).collect();
        // A passed-through function that is taken by its class is in no guest: that takes an alias.
        if found.iter().any(|supply| !supply.way.attached() || matches!(supply.way, SupplyWay::Passed { .. }))
        {
            return Some(Verdict::Unattached(places(&found)));
        }
        let chosen = required.iter().filter_map(crate::model::Claim::decode).any(|claim| claim.is_offer());
        let own_class = class != "VGPU";
        Some(if chosen || own_class {
            Verdict::Lands(places(&found))
        } else {
            Verdict::AnyKind(places(&found))
        })
    }

    fn of_alias(&self, name: &str, count: u32) -> Option<Verdict> {
        let asks = |supply: &&Supply| matches!(&supply.way, SupplyWay::Passed { alias, known: true, .. } if alias == name);
        let mut found: Vec<&Supply> = self.supplies.iter().filter(asks).collect();
        if found.is_empty() {
            let known = self.nova.pci_aliases.iter().filter(|alias| alias.name == name).collect::<Vec<_>>();
            if known.is_empty() {
                // Without Nova's configuration nobody knows what it means; it may be a network card.
                let unknown = || Verdict::UnknownAlias { alias: name.to_owned() };
                return (!self.nova.files.is_empty()).then(unknown);
            }
            let nvidia = known.iter().any(|alias| alias.vendor == Some(0x10de));
            let lacks =
                || Verdict::NotHere { lacks: format!("nothing here is what the alias {name} asks for") };
            return nvidia.then(lacks);
        }
        found.sort_by_key(|supply| supply.gpu);
        let there: u64 = found.iter().map(|supply| u64::from(supply.units)).sum();
        if there < u64::from(count) {
            return Some(Verdict::NotHere {
                lacks: format!("it asks for {count} of {name}, and there are {there}"),
            });
        }
        Some(Verdict::Lands(found.into_iter().map(Place::from).collect()))
    }

    fn of_gpus(&self, class: &str) -> bool {
        class == "VGPU"
            || self.supplies.iter().any(|supply| supply.class().as_deref() == Some(class))
            || self.nova.mdev_types.iter().any(|setting| setting.class == class)
            || class.parse::<TraitName>().is_ok_and(|name| crate::model::Claim::decode(&name).is_some())
    }
}

impl Supply {
    /// What Placement counts it as.
    fn class(&self) -> Option<String> {
        match &self.way {
            SupplyWay::Own { .. } => Some("VGPU".to_owned()),
            SupplyWay::Mediated { class, .. } => Some(class.clone()),
            SupplyWay::Passed { class, .. } => class.clone(),
        }
    }

    /// How much of it one provider gives to one guest.
    fn at_once(&self) -> u64 {
        match self.way {
            SupplyWay::Own { .. } | SupplyWay::Mediated { .. } => 1,
            SupplyWay::Passed { .. } => u64::from(self.units),
        }
    }
}

fn lacking(required: &BTreeSet<TraitName>, forbidden: &BTreeSet<TraitName>) -> String {
    let list =
        |names: &BTreeSet<TraitName>| names.iter().map(TraitName::as_str).collect::<Vec<_>>().join(" and ");
    match (required.is_empty(), forbidden.is_empty()) {
        (false, true) => format!("nothing here has {}", list(required)),
        (true, _) => format!("everything here has {}, which it forbids", list(forbidden)),
        (false, false) => format!("nothing here has {} without {}", list(required), list(forbidden)),
    }
}
