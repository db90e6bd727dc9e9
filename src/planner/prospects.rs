//! What would be reported of each GPU, as far as the hardware and the operator's word tell it.

use std::collections::BTreeMap;

use crate::model::{DeviceDecision, HostSnapshot, Mode, PciAddress, Reason};

use super::{Policy, capacity};

/// The decision for each GPU if nobody else reports it: Placement is not asked, and nothing is waited for.
pub fn prospects(snapshot: &HostSnapshot, policy: &Policy) -> BTreeMap<PciAddress, DeviceDecision> {
    let decision = |mode, reason| DeviceDecision { mode, reason, offers: Vec::new() };
    let gpus = snapshot.gpus.iter().map(|(address, gpu)| {
        let decision = if policy.ignore.contains(address) {
            decision(Mode::Ignore, Reason::Policy)
        } else if let Some(problem) = gpu.blinded_by() {
            decision(Mode::Hold, Reason::Blind { problem: problem.to_string() })
        } else {
            let capacity = capacity::of(gpu, policy);
            let lack = capacity.lacks.into_iter().next().filter(|_| capacity.offers.is_empty());
            let reason = lack.unwrap_or(Reason::NobodyElse);
            DeviceDecision { mode: Mode::Own, reason, offers: capacity.offers }
        };
        (*address, decision)
    });
    gpus.collect()
}
