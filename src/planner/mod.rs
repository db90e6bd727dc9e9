//! What should be in Placement, and which writes lead there. Pure: values in, values out.
//!
//! [`decide`] makes a decision and says what must be read first. It is one chain: mode of each GPU → what it
//! offers → what its providers should be → the difference, as a plan.
//!
//! The promise that this room keeps: nothing that is not ours is ever in a plan; nothing is planned for a
//! GPU that could not be read; a provider with guests is drained, never retagged and never emptied; at no
//! point of a plan, carried out in order and stopped anywhere, may more be allocated than the GPU has slots.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod attach;
mod budget;
mod capacity;
mod carriers;
mod decorate;
mod desired;
mod device;
mod diff;
mod findings;
mod health;
mod kept;
mod lacks;
mod mediated;
mod memory;
mod mode;
mod patience;
mod pattern;
mod pins;
mod policy;
mod pools;
mod prospects;
mod purge;
mod verify;
mod vgpu_types;
mod xid_log;
mod xid_table;

use std::collections::{BTreeMap, BTreeSet};

pub use capacity::{room, vgpu_claims};
pub use findings::hardware_findings;
pub use health::{HealthAction, HealthPolicy};
pub use kept::Kept;
pub use mediated::mediated;
pub use memory::Memory;
pub use pins::ModeRule;
pub use policy::{Attachable, Patience, Policy, Timing};
pub use prospects::prospects;
pub use purge::{purge, purge_needs};
pub use vgpu_types::VgpuRule;
pub use xid_log::XidLog;

use crate::model::{
    Decision, DeviceDecision, Group, HostSnapshot, NovaView, ObservedTree, PciAddress, Plan, ProviderUuid,
    Step, TraitName,
};
use decorate::Decorated;
use desired::Desired;
use device::{Device, Existing};

/// Everything that a decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What the hardware is.
    pub snapshot: &'a HostSnapshot,
    /// What Placement holds.
    pub tree: &'a ObservedTree,
    /// What Nova is told on this host.
    pub nova: &'a NovaView,
    /// What the operator wants.
    pub policy: &'a Policy,
    /// Whether to wait for things to settle.
    pub patience: Patience<'a>,
}

/// What must be read from Placement before a decision can be relied on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Providers whose usages are needed.
    pub usages: BTreeSet<ProviderUuid>,
    /// Traits of which it is not known whether they exist.
    pub traits: BTreeSet<TraitName>,
}

impl Needs {
    /// Whether a decision can be relied on.
    pub fn is_empty(&self) -> bool {
        self.usages.is_empty() && self.traits.is_empty()
    }

    fn of_device(&mut self, facts: Facts<'_>, device: &Device<'_>, steps: &[Step]) {
        let unsettled = device.desired.iter().filter(|desired| desired.is_unsettled());
        let first: Vec<ProviderUuid> = unsettled.filter_map(Desired::unread_usage).collect();
        if !first.is_empty() {
            self.usages.extend(first);
            return;
        }
        if !steps.is_empty() {
            self.usages.extend(device.desired.iter().filter_map(Desired::unread_usage));
            self.usages.extend(device.decorated.iter().filter_map(Decorated::unread_usage));
        }
        let wanted = steps.iter().flat_map(diff::wanted_traits);
        self.traits.extend(wanted.filter(|name| facts.tree.trait_exists(name).is_none()).cloned());
    }
}

/// Decides, and says what is still to be read before that can be relied on: usages that were not read count as
/// none. To be asked again after each reading, until nothing is needed.
///
/// Usages cost a request each, so they are read only where they can change something: for providers that
/// drain or whose total is not what exists, and, where anything is to be written, for all of that GPU.
pub fn decide(facts: Facts<'_>) -> (Decision, Needs) {
    let mut needs = Needs::default();
    let mut decision = Decision {
        devices: BTreeMap::new(),
        providers: Vec::new(),
        nova_providers: Vec::new(),
        findings: findings::of_host(facts),
        plan: Plan::default(),
        next: None,
    };
    for (address, device) in devices(facts) {
        decision.findings.extend(findings::of_device(facts, address, &device));
        let steps = diff::steps(&device, facts.tree);
        needs.of_device(facts, &device, &steps);
        let missing =
            steps.iter().flat_map(diff::wanted_traits).filter(|t| facts.tree.trait_exists(t) == Some(false));
        decision.plan.traits.extend(missing.cloned());
        decision.providers.extend(device.desired.iter().map(|d| d.decision(&steps)));
        decision.nova_providers.extend(device.decorated.iter().map(|d| d.decision(address)));
        if !steps.is_empty() {
            decision.plan.groups.push(Group { device: address, steps });
        }
        decision.next = decision.next.into_iter().chain(device.next.iter().copied()).min();
        let Device { mode, reason, offers, .. } = device;
        decision.devices.insert(address, DeviceDecision { mode, reason, offers });
    }
    (decision, needs)
}

fn devices(facts: Facts<'_>) -> BTreeMap<PciAddress, Device<'_>> {
    // A function of a GPU that is not seen stands for the GPU: it sits on the same bus.
    let seen = |function: PciAddress| facts.snapshot.gpus.keys().find(|gpu| gpu.same_bus(function)).copied();
    let novas =
        facts.tree.nova_functions().map(|(function, _, _)| seen(function).unwrap_or(function.of_gpu()));
    let addresses = facts.snapshot.gpus.keys().copied().chain(novas);
    let mut existing: BTreeMap<PciAddress, Existing<'_>> =
        addresses.map(|address| (address, Existing::new())).collect();
    for (identity, provider) in facts.tree.ours() {
        existing.entry(identity.address).or_default().insert(identity, provider);
    }
    let device = |(address, existing)| (address, device::device(facts, address, &existing));
    existing.into_iter().map(device).collect()
}

#[cfg(test)]
pub(crate) mod tests;
