//! `plan/v1` and `apply/v1`: what would be done, and what was done.

use serde::Serialize;

use super::step::{StepV1, names};
use super::{FindingV1, Published, findings};
use crate::model::{Cycle, Decision, NovaProviderDecision, ObservedTree, ProviderDecision, StepRecord};

/// `plan/v1`.
#[derive(Debug, Serialize)]
pub struct Plan {
    schema: &'static str,
    root: RootV1,
    /// Writes that `apply` would make; 0 when Placement is as it should be.
    writes: usize,
    devices: Vec<DeviceV1>,
    providers: Vec<ProviderV1>,
    /// Nova's own, for mediated devices.
    nova_providers: Vec<NovaProviderV1>,
    traits_to_create: Vec<String>,
    groups: Vec<GroupV1>,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize)]
pub(super) struct RootV1 {
    uuid: String,
    name: String,
}

impl From<&ObservedTree> for RootV1 {
    fn from(tree: &ObservedTree) -> Self {
        RootV1 { uuid: tree.root.to_string(), name: tree.root_name().to_owned() }
    }
}

#[derive(Debug, Serialize)]
struct DeviceV1 {
    address: String,
    mode: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct ProviderV1 {
    uuid: String,
    name: String,
    device: String,
    kind: String,
    profile: String,
    exists: bool,
    state: String,
    reason: String,
    from: Option<Published>,
    to: Option<Published>,
    /// Null where it did not have to be read.
    used: Option<u32>,
    writes: usize,
}

#[derive(Debug, Serialize)]
struct NovaProviderV1 {
    uuid: String,
    name: String,
    device: String,
    function: String,
    /// Null where it is not known what Nova makes there.
    vgpu_type: Option<String>,
    in_use: bool,
    /// Claims of this agent's grammar that it is to carry; all its other traits stay.
    claims: Vec<String>,
    reason: String,
    writes: usize,
}

impl From<&NovaProviderDecision> for NovaProviderV1 {
    fn from(provider: &NovaProviderDecision) -> Self {
        NovaProviderV1 {
            uuid: provider.uuid.to_string(),
            name: provider.name.clone(),
            device: provider.device.to_string(),
            function: provider.function.to_string(),
            vgpu_type: provider.plain.clone(),
            in_use: provider.in_use,
            claims: names(&provider.claims),
            reason: provider.reason.to_string(),
            writes: provider.writes,
        }
    }
}

#[derive(Debug, Serialize)]
struct GroupV1 {
    device: String,
    steps: Vec<StepV1>,
}

impl Plan {
    /// The document.
    pub fn new(tree: &ObservedTree, decision: &Decision) -> Self {
        let devices = decision.devices.iter().map(|(address, device)| DeviceV1 {
            address: address.to_string(),
            mode: device.mode.to_string(),
            reason: device.reason.to_string(),
        });
        let groups = decision.plan.groups.iter().map(|group| GroupV1 {
            device: group.device.to_string(),
            steps: group.steps.iter().map(|step| StepV1::new(group.device, step, None)).collect(),
        });
        Plan {
            schema: "plan/v1",
            root: tree.into(),
            writes: decision.plan.len(),
            devices: devices.collect(),
            providers: decision.providers.iter().map(ProviderV1::from).collect(),
            nova_providers: decision.nova_providers.iter().map(NovaProviderV1::from).collect(),
            traits_to_create: names(&decision.plan.traits),
            groups: groups.collect(),
            findings: findings(&decision.findings),
        }
    }
}

impl From<&ProviderDecision> for ProviderV1 {
    fn from(provider: &ProviderDecision) -> Self {
        ProviderV1 {
            uuid: provider.uuid.to_string(),
            name: provider.name.clone(),
            device: provider.identity.address.to_string(),
            kind: provider.identity.kind.to_string(),
            profile: provider.plain.clone(),
            exists: provider.exists,
            state: provider.state.to_string(),
            reason: provider.reason.to_string(),
            from: provider.from.as_ref().map(Published::from),
            to: provider.to.as_ref().map(Published::from),
            used: provider.used,
            writes: provider.writes,
        }
    }
}

/// `apply/v1`.
#[derive(Debug, Serialize)]
pub struct Apply {
    schema: &'static str,
    converged: bool,
    /// Writes that Placement accepted.
    written: usize,
    rounds: Vec<RoundV1>,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize)]
struct RoundV1 {
    traits_created: Vec<String>,
    steps: Vec<StepV1>,
}

impl From<&Cycle> for Apply {
    fn from(cycle: &Cycle) -> Self {
        let step = |record: &StepRecord| StepV1::new(record.device, &record.step, Some(&record.outcome));
        let rounds = cycle.rounds.iter().map(|round| RoundV1 {
            traits_created: names(&round.traits_created),
            steps: round.steps.iter().map(step).collect(),
        });
        Apply {
            schema: "apply/v1",
            converged: cycle.converged(),
            written: cycle.written(),
            rounds: rounds.collect(),
            findings: findings(&cycle.findings()),
        }
    }
}
