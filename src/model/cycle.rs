//! What one cycle saw, decided and did. Failure is data here: a cycle cannot return an error.

use std::time::Duration;

use super::{Decision, Finding, PciAddress, Severity, Step, TraitName};

/// One run of observe, decide, apply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cycle {
    /// Every decision of the cycle with what became of it: one, or more where a conflict made the cycle look
    /// again.
    pub rounds: Vec<Round>,
    /// What stopped the cycle, where something did.
    pub stopped_by: Option<Finding>,
    /// What the service that stopped it asks to wait.
    pub retry_after: Option<Duration>,
}

impl Cycle {
    /// Whether everything that was decided is done, and everything could be decided: nothing stopped the
    /// cycle, no step failed, and no finding is an error.
    pub fn converged(&self) -> bool {
        self.findings().iter().all(|finding| finding.code.severity() < Severity::Error)
    }

    /// The findings that hold at the end: those of the last decision, failed steps, and what stopped it.
    pub fn findings(&self) -> Vec<Finding> {
        let mut all: Vec<Finding> =
            self.rounds.last().map(|r| r.decision.findings.clone()).unwrap_or_default();
        all.extend(self.failures());
        all
    }

    /// What did not succeed: failed steps of the last round, and what stopped it.
    pub fn failures(&self) -> Vec<Finding> {
        let failed = self.rounds.last().into_iter().flat_map(|round| &round.steps);
        let failed = failed.filter_map(|record| match &record.outcome {
            // What stopped the cycle is told once, not once more of the step that met it.
            StepOutcome::Failed(f)
                if self.stopped_by.as_ref().is_some_and(|s| (s.code, &s.seen) == (f.code, &f.seen)) =>
            {
                None
            }
            StepOutcome::Failed(finding) => Some(finding.clone()),
            StepOutcome::Done | StepOutcome::Replan(_) | StepOutcome::Skipped => None,
        });
        failed.chain(self.stopped_by.clone()).collect()
    }

    /// How many writes reached Placement and were accepted.
    pub fn written(&self) -> usize {
        let done = |round: &Round| round.steps.iter().filter(|r| r.outcome == StepOutcome::Done).count();
        self.rounds.iter().map(|round| done(round) + round.traits_created.len()).sum()
    }
}

/// One decision and its application.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// What was decided.
    pub decision: Decision,
    /// Global traits that were created.
    pub traits_created: Vec<TraitName>,
    /// A global trait that somebody else was at in the same moment: nothing after it was tried.
    pub trait_conflict: Option<TraitName>,
    /// Every step of the plan, in order, with its outcome.
    pub steps: Vec<StepRecord>,
}

impl Round {
    /// A decision of which nothing was applied.
    pub fn decided(decision: Decision) -> Self {
        Round { decision, traits_created: Vec::new(), trait_conflict: None, steps: Vec::new() }
    }
}

/// A step and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRecord {
    /// The group it belongs to.
    pub device: PciAddress,
    /// The step.
    pub step: Step,
    /// What became of it.
    pub outcome: StepOutcome,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// Placement accepted it.
    Done,
    /// Placement knows better than the plan: look again. Carries what it said.
    Replan(String),
    /// It failed, and looking again would not help.
    Failed(Finding),
    /// An earlier step of its group did not succeed.
    Skipped,
}
