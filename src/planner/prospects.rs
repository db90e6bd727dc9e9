//! What would be reported of each GPU, as far as the hardware, Nova's configuration and the operator's word tell it.

use std::collections::BTreeMap;

use crate::model::{DeviceDecision, Gpu, HostSnapshot, Mode, NovaView, PciAddress, Reason};

use super::{ModeRule, Policy, capacity, health, mode};

/// The decision for each GPU, as far as it does not depend on Placement: that is not asked, and nothing is waited
/// for.
pub fn prospects(
    snapshot: &HostSnapshot,
    nova: &NovaView,
    policy: &Policy,
) -> BTreeMap<PciAddress, DeviceDecision> {
    snapshot.gpus.iter().map(|(address, gpu)| (*address, prospect(gpu, nova, policy))).collect()
}

fn prospect(gpu: &Gpu, nova: &NovaView, policy: &Policy) -> DeviceDecision {
    let without = |mode, reason| DeviceDecision { mode, reason, offers: Vec::new() };
    if policy.ignore.contains(&gpu.address) {
        return without(Mode::Ignore, Reason::Policy);
    }
    if let Some(problem) = gpu.blinded_by() {
        return without(Mode::Hold, Reason::Blind { problem: problem.to_string() });
    }
    let (mode, reason) = match ModeRule::choose(&policy.modes, gpu.address) {
        Some(Mode::Own) => (Mode::Own, Reason::NobodyElse),
        Some(mode) => (mode, Reason::Pinned),
        None => mode::configured(nova, gpu).unwrap_or((Mode::Own, Reason::NobodyElse)),
    };
    if mode != Mode::Own {
        return without(mode, reason);
    }
    if let Some(what) = health::reserved_for(gpu, &policy.health) {
        return without(Mode::Reserve, Reason::Ill { what });
    }
    let capacity = capacity::of(gpu, policy);
    let lack = capacity.lacks.into_iter().next().filter(|_| capacity.offers.is_empty());
    DeviceDecision { mode, reason: lack.unwrap_or(reason), offers: capacity.offers }
}
