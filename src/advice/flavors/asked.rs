//! What a flavor asks for, read from its extra specs.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Claim, TraitName};

/// What a flavor asks of GPUs, or of anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// By suffix; the group without one may be answered by several providers together.
    pub(super) groups: BTreeMap<String, Group>,
    /// Aliases of `[pci]alias`, each with how many.
    pub(super) aliases: Vec<(String, u32)>,
}

/// One group of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) resources: BTreeMap<String, u64>,
    pub(super) required: BTreeSet<String>,
    pub(super) forbidden: BTreeSet<String>,
}

impl Asked {
    /// Reads extra specs, as Nova's scheduler does. What it would refuse is left out.
    pub fn of(properties: &BTreeMap<String, String>) -> Self {
        let mut asked = Asked::default();
        for (key, value) in properties {
            if key == "pci_passthrough:alias" {
                asked.aliases = aliases(value);
                continue;
            }
            let Some((word, name)) = key.split_once(':') else { continue };
            if let Some(suffix) = suffix(word, "resources") {
                // 0 takes a resource out of what the flavor asks for.
                let amount = value.trim().parse().unwrap_or(0);
                if amount > 0 {
                    asked.group(suffix).resources.insert(name.to_owned(), amount);
                }
            } else if let Some(suffix) = suffix(word, "trait") {
                match value.trim() {
                    "required" => asked.group(suffix).required.insert(name.to_owned()),
                    "forbidden" => asked.group(suffix).forbidden.insert(name.to_owned()),
                    _ => false,
                };
            }
        }
        asked
    }

    /// The traits in our grammar that it cannot do without.
    pub(super) fn claims(&self) -> BTreeSet<TraitName> {
        let names = self.groups.values().flat_map(|group| &group.required);
        names.filter_map(|name| name.parse().ok()).filter(|name| Claim::decode(name).is_some()).collect()
    }

    fn group(&mut self, suffix: &str) -> &mut Group {
        self.groups.entry(suffix.to_owned()).or_default()
    }
}

impl Group {
    /// The traits of it that say something of a GPU.
    pub(super) fn of_gpus<'a>(&'a self, names: &'a BTreeSet<String>) -> impl Iterator<Item = TraitName> + 'a {
        let names = names.iter().filter_map(|name| name.parse::<TraitName>().ok());
        names.filter(|name| Claim::decode(name).is_some())
    }
}

/// `resources`, `resources1`, `resources_GPU`.
fn suffix<'a>(word: &'a str, stem: &str) -> Option<&'a str> {
    let suffix = word.strip_prefix(stem)?;
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (suffix.len() <= 64 && suffix.chars().all(fine)).then_some(suffix)
}

fn aliases(value: &str) -> Vec<(String, u32)> {
    let one = |text: &str| {
        let (name, count) = text.split_once(':')?;
        Some((name.trim().to_owned(), count.trim().parse().ok()?))
    };
    value.split(',').filter_map(one).collect()
}
