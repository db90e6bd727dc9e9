//! Flavors: the ones that this host's GPUs call for, and what those of the cloud would get here.

mod asked;
mod compare;
mod propose;
mod said;
mod sizes;
mod supply;

use std::collections::BTreeMap;

use super::nova_config::is_lack;
use crate::model::{Finding, Flavor, HostSnapshot, NovaView, TraitName};
use crate::planner::{Policy, hardware_findings};

pub use asked::Asked;
pub use compare::{Comparison, Place, Verdict, traits_to_ask};
pub use propose::{Naming, Proposal};
pub use sizes::{Size, Sizes};
pub use supply::{Shares, Supply, SupplyWay};

/// What the cloud has.
#[derive(Debug, Clone, Copy)]
pub struct Fleet<'a> {
    /// Its flavors.
    pub flavors: &'a [Flavor],
    /// Of traits that were asked for, how many providers have each.
    pub holders: &'a BTreeMap<TraitName, usize>,
}

/// Everything about flavors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flavors {
    /// One for each kind that the host's GPUs give.
    pub proposals: Vec<Proposal>,
    /// The flavors of the cloud that ask for a GPU; none where it was not asked.
    pub compared: Option<Vec<Comparison>>,
    /// What an operator should know.
    pub findings: Vec<Finding>,
}

impl Flavors {
    /// For a host as it is. `compute_node`: Nova runs guests here.
    pub fn of(
        snapshot: &HostSnapshot,
        nova: &NovaView,
        policy: &Policy,
        compute_node: bool,
        naming: Naming,
        sizes: Sizes,
        fleet: Option<Fleet<'_>>,
    ) -> Self {
        let supplies = supply::supplies(snapshot, nova, policy, compute_node);
        let compared = fleet.map(|fleet| compare::compare(&supplies, nova, fleet));
        let mut proposals = propose::proposals(&supplies, snapshot, naming, sizes);
        let mut findings = said::of_proposals(&proposals);
        if let Some(fleet) = fleet {
            findings.extend(propose::settle(&mut proposals, fleet.flavors));
        }
        findings.extend(compared.iter().flatten().filter_map(said::of_comparison));
        // A GPU that gives something lacks nothing, whoever chose what it gives.
        let gives =
            |finding: &Finding| supplies.iter().any(|supply| supply.gpu.to_string() == finding.subject);
        let told = hardware_findings(snapshot, policy);
        findings.extend(told.into_iter().filter(|finding| !(is_lack(finding.code) && gives(finding))));
        Flavors { proposals, compared, findings }
    }

    /// The supplies of a host alone, to know what is to be asked of the cloud.
    pub fn supplies(
        snapshot: &HostSnapshot,
        nova: &NovaView,
        policy: &Policy,
        compute_node: bool,
    ) -> Vec<Supply> {
        supply::supplies(snapshot, nova, policy, compute_node)
    }
}

#[cfg(test)]
mod tests;
