//! Joins the edges and the planner: observe, decide, apply.
//!
//! What this room never does: write to a provider that the plan does not name (and the plan names only ours),
//! touch an allocation, delete a provider, or return an error from a cycle. Failure is data in [`Cycle`].

mod apply;
mod root;

use std::sync::Arc;

use apply::{Applying, RefusedNames};

pub use apply::{Progress, Silent};
pub use root::{RootChoice, RootError, find_root, root_by_name};

use crate::model::{Code, Cycle, Decision, Finding, HostSnapshot, ObservedTree, RootUuid, Round};
use crate::placement::{Client, Depth, Observer, PlacementError};
use crate::planner::{self, Facts, Patience, Policy};

/// How often one cycle looks again when somebody else writes at the same time. More would only fight.
const ROUNDS: usize = 4;

/// How often the planner may ask for more before it decides. It needs two readings at most; the rest is a net.
const READINGS: usize = 5;

/// Keeps one root's tree true about one host.
#[derive(Debug)]
pub struct Reconciler {
    client: Arc<Client>,
    observer: Observer,
    root: RootUuid,
    policy: Policy,
}

impl Reconciler {
    /// For the tree under that root.
    pub fn new(client: Arc<Client>, root: RootUuid, policy: Policy) -> Self {
        Reconciler { observer: Observer::new(Arc::clone(&client)), client, root, policy }
    }

    /// Reads what is needed and decides; writes nothing.
    ///
    /// # Errors
    /// Placement could not be read.
    pub async fn decide(
        &mut self,
        snapshot: &HostSnapshot,
    ) -> Result<(ObservedTree, Decision), PlacementError> {
        let mut tree = self.observer.observe(self.root, Depth::Ours).await?;
        for _ in 0..READINGS {
            let needs = planner::needs(Facts {
                snapshot,
                tree: &tree,
                policy: &self.policy,
                patience: Patience::AtOnce,
            });
            if needs.is_empty() {
                break;
            }
            self.observer.read_usages(&mut tree, &needs.usages).await?;
            self.observer.ask_traits(&mut tree, &needs.traits).await?;
        }
        let decision = planner::decide(Facts {
            snapshot,
            tree: &tree,
            policy: &self.policy,
            patience: Patience::AtOnce,
        });
        Ok((tree, decision))
    }

    /// One cycle: observes, decides and applies, and does so again while somebody else writes in between.
    pub async fn cycle(&mut self, snapshot: &HostSnapshot, progress: &mut dyn Progress) -> Cycle {
        let mut cycle = Cycle { rounds: Vec::new(), stopped_by: None };
        let mut names = RefusedNames::default();
        for _ in 0..ROUNDS {
            let decision = match self.decide(snapshot).await {
                Ok((_, decision)) => decision,
                Err(error) => {
                    cycle.stopped_by = Some(error.finding(self.root));
                    return cycle;
                }
            };
            let applied = Applying::new(&self.client, &mut self.observer, &mut names, progress)
                .run(&decision.plan)
                .await;
            let again = applied.met_conflict();
            cycle.rounds.push(Round {
                decision,
                traits_created: applied.traits_created,
                steps: applied.steps,
            });
            cycle.stopped_by = applied.stopped_by;
            if cycle.stopped_by.is_some() || !again {
                return cycle;
            }
        }
        cycle.stopped_by = Some(Finding::new(
            Code::Conflict,
            self.root,
            format!("somebody else kept writing: {ROUNDS} attempts met conflicts"),
            "run it again; if it stays, find the other writer in Placement's log by the request ids in ours",
        ));
        cycle
    }
}
