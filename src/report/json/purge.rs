//! `purge/v1`: what would be taken out of Placement, or what was and what is left.

use serde::Serialize;

use super::plan::RootV1;
use super::step::StepV1;
use super::tree::GuestV1;
use super::{FindingV1, Published, findings};
use crate::model::{Action, NovaProviderDecision, ProviderDecision};
use crate::report::Purged;

/// `purge/v1`.
#[derive(Debug, Serialize)]
pub struct Purge {
    schema: &'static str,
    root: RootV1,
    /// Whether it is only shown.
    dry_run: bool,
    delete: bool,
    /// Writes that were accepted; 0 in a dry run.
    written: usize,
    /// Writes that are still to be made.
    writes: usize,
    /// What is there, or what is left.
    providers: Vec<ProviderV1>,
    nova_providers: Vec<NovaProviderV1>,
    /// In a dry run those to make, else those of every round, with their outcome.
    steps: Vec<StepV1>,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize)]
struct ProviderV1 {
    uuid: String,
    name: String,
    device: String,
    kind: String,
    profile: String,
    /// `drain`, `park` or `delete`.
    state: String,
    reason: String,
    from: Option<Published>,
    to: Option<Published>,
    used: u32,
    writes: usize,
    guests: Vec<GuestV1>,
}

#[derive(Debug, Serialize)]
struct NovaProviderV1 {
    uuid: String,
    name: String,
    device: String,
    function: String,
    traits_removed: Vec<String>,
}

impl From<&Purged<'_>> for Purge {
    fn from(purged: &Purged<'_>) -> Self {
        let decision = purged.decision;
        let planned = decision
            .plan
            .groups
            .iter()
            .flat_map(|group| group.steps.iter().map(|step| StepV1::new(group.device, step, None)));
        let steps = match purged.cycle {
            None => planned.collect(),
            Some(cycle) => {
                let records = cycle.rounds.iter().flat_map(|round| &round.steps);
                records.map(|one| StepV1::new(one.device, &one.step, Some(&one.outcome))).collect()
            }
        };
        Purge {
            schema: "purge/v1",
            root: purged.tree.into(),
            dry_run: purged.cycle.is_none(),
            delete: purged.delete,
            written: purged.cycle.map_or(0, |cycle| cycle.written()),
            writes: decision.plan.len(),
            providers: decision.providers.iter().map(|provider| one(purged, provider)).collect(),
            nova_providers: decision.nova_providers.iter().map(|nova| novas(purged, nova)).collect(),
            steps,
            findings: findings(purged.findings),
        }
    }
}

fn one(purged: &Purged<'_>, provider: &ProviderDecision) -> ProviderV1 {
    let held = purged.guests.get(&provider.uuid);
    ProviderV1 {
        uuid: provider.uuid.to_string(),
        name: provider.name.clone(),
        device: provider.identity.address.to_string(),
        kind: provider.identity.kind.to_string(),
        profile: provider.plain.clone(),
        state: provider.state.to_string(),
        reason: provider.reason.to_string(),
        from: provider.from.as_ref().map(Published::from),
        to: provider.to.as_ref().map(Published::from),
        used: provider.used.unwrap_or(0),
        writes: provider.writes,
        guests: held.into_iter().flatten().map(GuestV1::from).collect(),
    }
}

fn novas(purged: &Purged<'_>, nova: &NovaProviderDecision) -> NovaProviderV1 {
    let mut steps = purged.decision.plan.groups.iter().flat_map(|group| &group.steps);
    let removed = steps.find_map(|step| match &step.action {
        Action::SetTraits { removed, .. } if step.provider == nova.uuid => Some(removed),
        _ => None,
    });
    NovaProviderV1 {
        uuid: nova.uuid.to_string(),
        name: nova.name.clone(),
        device: nova.device.to_string(),
        function: nova.function.to_string(),
        traits_removed: removed.into_iter().flatten().map(ToString::to_string).collect(),
    }
}
