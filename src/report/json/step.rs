//! One step of a plan, with its outcome where it was carried out.

use serde::Serialize;

use super::{FindingV1, Published};
use crate::model::{Action, PciAddress, Step, StepOutcome, TraitName};

#[derive(Debug, Serialize)]
pub(super) struct StepV1 {
    device: String,
    provider: String,
    name: String,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traits_added: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traits_removed: Vec<String>,
    #[serde(flatten)]
    record: Option<ChangeV1>,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<OutcomeV1>,
}

/// The VGPU record before and after, null where there is none.
#[derive(Debug, Serialize)]
struct ChangeV1 {
    from: Option<Published>,
    to: Option<Published>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "result", rename_all = "lowercase")]
enum OutcomeV1 {
    Done,
    Replan { said: String },
    Failed { finding: FindingV1 },
    Skipped,
}

impl StepV1 {
    pub(super) fn new(device: PciAddress, step: &Step, outcome: Option<&StepOutcome>) -> Self {
        let (mut traits_added, mut traits_removed) = (Vec::new(), Vec::new());
        let (mut new_name, mut record) = (None, None);
        let action = match &step.action {
            Action::Create { .. } => "create",
            Action::Delete => "delete",
            Action::Rename { to, .. } => {
                new_name = Some(to.to_string());
                "rename"
            }
            Action::SetTraits { added, removed, .. } => {
                (traits_added, traits_removed) = (names(added), names(removed));
                "set-traits"
            }
            Action::SetInventories { from, to, .. } => {
                let published = |record: &Option<_>| record.as_ref().map(Published::from);
                record = Some(ChangeV1 { from: published(from), to: published(to) });
                "set-inventories"
            }
        };
        StepV1 {
            device: device.to_string(),
            provider: step.provider.to_string(),
            name: step.name.clone(),
            action,
            new_name,
            traits_added,
            traits_removed,
            record,
            reason: step.reason.to_string(),
            outcome: outcome.map(OutcomeV1::from),
        }
    }
}

impl From<&StepOutcome> for OutcomeV1 {
    fn from(outcome: &StepOutcome) -> Self {
        match outcome {
            StepOutcome::Done => OutcomeV1::Done,
            StepOutcome::Replan(said) => OutcomeV1::Replan { said: said.clone() },
            StepOutcome::Failed(finding) => OutcomeV1::Failed { finding: finding.into() },
            StepOutcome::Skipped => OutcomeV1::Skipped,
        }
    }
}

pub(super) fn names<'a>(traits: impl IntoIterator<Item = &'a TraitName>) -> Vec<String> {
    traits.into_iter().map(ToString::to_string).collect()
}
