//! The loop, counted: what woke it, how its cycles ended, what they found different and what they wrote.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::drift::{Field, differences};
use crate::model::{Action, Cycle, Outcome, StepOutcome, Wake};

/// From a cycle that finds nothing to do to one that a scan's deadline and an outage stretch.
const BUCKETS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0];

const KINDS: [&str; 5] = ["trait", "create", "rename", "traits", "inventories"];
const OUTCOMES: [&str; 4] = ["done", "conflict", "failed", "skipped"];

type Labels<const N: usize> = [(&'static str, String); N];

/// The loop's counters.
#[derive(Debug, Clone)]
pub struct Meters {
    cycles: Family<Labels<1>, Counter>,
    seconds: Histogram,
    wakes: Family<Labels<1>, Counter>,
    steps: Family<Labels<2>, Counter>,
    drift: Family<Labels<1>, Counter>,
    conflicts: Counter,
}

impl Default for Meters {
    /// Counts, and shows nobody.
    fn default() -> Self {
        Meters {
            cycles: Family::default(),
            seconds: Histogram::new(BUCKETS),
            wakes: Family::default(),
            steps: Family::default(),
            drift: Family::default(),
            conflicts: Counter::default(),
        }
    }
}

impl Meters {
    /// Counts into that registry, with every series there from the beginning.
    pub fn new(registry: &mut Registry) -> Self {
        let meters = Meters::default();
        for outcome in Outcome::ALL {
            drop(meters.cycles.get_or_create(&[("outcome", outcome.to_string())]));
        }
        for wake in Wake::ALL {
            drop(meters.wakes.get_or_create(&[("wake", wake.to_string())]));
        }
        for kind in KINDS {
            // What fails of a trait stops the cycle, and nothing is before it.
            let outcomes = if kind == "trait" { &OUTCOMES[..2] } else { &OUTCOMES[..] };
            for outcome in outcomes {
                drop(meters.steps.get_or_create(&step(kind, outcome)));
            }
        }
        for field in Field::ALL {
            drop(meters.drift.get_or_create(&[("field", field.to_string())]));
        }
        registry.register("cycles", "Cycles, by how they ended", meters.cycles.clone());
        let help = "How long a cycle took, from the beginning of its scan";
        registry.register("cycle_duration_seconds", help, meters.seconds.clone());
        registry.register("wakes", "Why cycles were begun", meters.wakes.clone());
        registry.register("steps", "Writes that were planned, by what became of them", meters.steps.clone());
        let help = "Fields in which Placement was found to differ from what was decided";
        registry.register("drift", help, meters.drift.clone());
        let help = "Writes that somebody else's write at the same time refused";
        registry.register("conflicts", help, meters.conflicts.clone());
        meters
    }

    /// A cycle is over.
    pub(super) fn cycle(&self, wake: Wake, outcome: Outcome, took: Duration, cycle: &Cycle) {
        self.cycles.get_or_create(&[("outcome", outcome.to_string())]).inc();
        self.wakes.get_or_create(&[("wake", wake.to_string())]).inc();
        self.seconds.observe(took.as_secs_f64());
        for round in &cycle.rounds {
            let traits = u64::try_from(round.traits_created.len()).unwrap_or(0);
            self.steps.get_or_create(&step("trait", "done")).inc_by(traits);
            if round.trait_conflict.is_some() {
                self.conflicts.inc();
                self.steps.get_or_create(&step("trait", "conflict")).inc();
            }
            for record in &round.steps {
                let outcome = match &record.outcome {
                    StepOutcome::Done => "done",
                    StepOutcome::Replan(_) => "conflict",
                    StepOutcome::Failed(_) => "failed",
                    StepOutcome::Skipped => "skipped",
                };
                if outcome == "conflict" {
                    self.conflicts.inc();
                }
                self.steps.get_or_create(&step(kind(&record.step.action), outcome)).inc();
                for field in differences(&record.step.action) {
                    self.drift.get_or_create(&[("field", field.to_string())]).inc();
                }
            }
        }
    }
}

fn step(kind: &str, outcome: &str) -> Labels<2> {
    [("kind", kind.to_owned()), ("outcome", outcome.to_owned())]
}

fn kind(action: &Action) -> &'static str {
    match action {
        Action::Create { .. } => "create",
        Action::Rename { .. } => "rename",
        Action::SetTraits { .. } => "traits",
        Action::SetInventories { .. } => "inventories",
        // Never in the loop: a person's `purge` alone deletes.
        Action::Delete => "delete",
    }
}
