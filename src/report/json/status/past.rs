//! What happened lately.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{CycleNote, Moment, StepOutcome, StepRecord};

/// One of the last cycles.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Past {
    /// Since it ended.
    pub seconds_ago: f64,
    pub wake: String,
    pub seconds: f64,
    pub written: usize,
    pub outcome: String,
    /// The code of what stopped it.
    pub stopped_by: Option<String>,
    #[serde(default)]
    pub steps: Vec<PastStep>,
    /// How many more there were.
    #[serde(default)]
    pub steps_left_out: usize,
}

/// A write that was tried.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PastStep {
    pub device: String,
    pub profile: String,
    /// In words.
    pub action: String,
    pub reason: String,
    /// `done`, `replan`, `failed`, `skipped`.
    pub result: String,
    /// What Placement said, where that was a refusal.
    pub said: Option<String>,
}

impl Past {
    pub(super) fn new(note: &CycleNote, now: Moment) -> Self {
        let milliseconds = |span: Duration| (span.as_secs_f64() * 1000.0).round() / 1000.0;
        Past {
            seconds_ago: milliseconds(now.since(note.ended)),
            wake: note.wake.to_string(),
            seconds: milliseconds(note.took),
            written: note.written,
            outcome: note.outcome.to_string(),
            stopped_by: note.stopped_by.as_ref().map(|finding| finding.code.to_string()),
            steps: note.steps.iter().map(PastStep::from).collect(),
            steps_left_out: note.steps_left_out,
        }
    }
}

impl From<&StepRecord> for PastStep {
    fn from(record: &StepRecord) -> Self {
        let (result, said) = match &record.outcome {
            StepOutcome::Done => ("done", None),
            StepOutcome::Replan(said) => ("replan", Some(said.clone())),
            StepOutcome::Failed(finding) => ("failed", Some(format!("{}: {}", finding.code, finding.seen))),
            StepOutcome::Skipped => ("skipped", None),
        };
        PastStep {
            device: record.device.to_string(),
            profile: record.step.plain.clone(),
            action: record.step.action.to_string(),
            reason: record.step.reason.to_string(),
            result: result.to_owned(),
            said,
        }
    }
}
