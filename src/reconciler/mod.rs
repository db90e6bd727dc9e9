//! Joins the edges and the planner: observe, decide, apply; once, or in a loop.
//!
//! What this room never does: write to a provider that the plan does not name (and the plan names only ours),
//! touch an allocation, delete a provider, or return an error from a cycle. Failure is data in [`Cycle`].

mod apply;
mod backoff;
mod journal;
mod root;
mod run;

use std::sync::Arc;

use apply::{Applying, RefusedNames};

pub use apply::{Progress, Silent};
pub use root::{COMMAND_LINE, RootChoice, RootError, find_root, root_by_name};
pub use run::{Agent, FULL_READ, Parts, Reload, Request};

use crate::model::{
    Code, Cycle, Decision, Finding, HostSnapshot, Moment, NovaView, ObservedTree, RootUuid, Round,
};
use crate::placement::{Class, Client, Depth, Observer, PlacementError};
use crate::planner::{self, Facts, Memory, Patience, Policy};

/// How often one cycle looks again when somebody else writes at the same time. More would only fight.
const ROUNDS: usize = 4;

/// How often the planner may ask for more before it decides. It needs two readings at most; the rest is a net.
const READINGS: usize = 5;

/// Whether a cycle waits for things to settle.
#[derive(Debug)]
pub enum Pace<'a> {
    /// No: a person looks at the hardware and says so.
    AtOnce,
    /// Yes, with this memory, at this time.
    Settling(&'a mut Memory, Moment),
}

impl Pace<'_> {
    fn patience(&self) -> Patience<'_> {
        match self {
            Pace::AtOnce => Patience::AtOnce,
            Pace::Settling(memory, now) => Patience::Settling { memory, now: *now },
        }
    }
}

/// Keeps one root's tree true about one host.
#[derive(Debug)]
pub struct Reconciler {
    client: Arc<Client>,
    observer: Observer,
    root: RootUuid,
    policy: Policy,
    nova: NovaView,
    seen: Option<ObservedTree>,
}

impl Reconciler {
    /// For the tree under that root.
    pub fn new(client: Arc<Client>, root: RootUuid, policy: Policy) -> Self {
        Reconciler {
            observer: Observer::new(Arc::clone(&client)),
            client,
            root,
            policy,
            nova: NovaView::default(),
            seen: None,
        }
    }

    /// The tree as the last cycle left it: as it was read, with what was written since. None before the first
    /// reading.
    pub fn tree(&self) -> Option<ObservedTree> {
        let seen = self.seen.as_ref()?;
        Some(self.observer.known(seen).unwrap_or_else(|| seen.clone()))
    }

    /// What Nova is told on this host, as it was read last.
    pub fn see_nova(&mut self, view: NovaView) {
        self.nova = view;
    }

    /// Forgets what was read of Placement, so that the next cycle reads all of it.
    pub fn forget(&mut self) {
        self.observer.forget();
    }

    /// Reads what is needed and decides; writes nothing.
    ///
    /// # Errors
    /// Placement could not be read.
    pub async fn decide(
        &mut self,
        snapshot: &HostSnapshot,
        pace: &mut Pace<'_>,
    ) -> Result<(ObservedTree, Decision), PlacementError> {
        let mut tree = self.observer.observe(self.root, Depth::Ours).await?;
        if let Pace::Settling(memory, now) = pace {
            memory.see_tree(&tree, *now);
        }
        for _ in 0..READINGS {
            let patience = pace.patience();
            let needs = planner::needs(self.facts(snapshot, &tree, patience));
            if needs.is_empty() {
                break;
            }
            self.observer.read_usages(&mut tree, &needs.usages).await?;
            self.observer.ask_traits(&mut tree, &needs.traits).await?;
        }
        let patience = pace.patience();
        let decision = planner::decide(self.facts(snapshot, &tree, patience));
        Ok((tree, decision))
    }

    fn facts<'a>(
        &'a self,
        snapshot: &'a HostSnapshot,
        tree: &'a ObservedTree,
        patience: Patience<'a>,
    ) -> Facts<'a> {
        Facts { snapshot, tree, nova: &self.nova, policy: &self.policy, patience }
    }

    /// One cycle: observes, decides and applies, and does so again while somebody else writes in between.
    pub async fn cycle(
        &mut self,
        snapshot: &HostSnapshot,
        mut pace: Pace<'_>,
        progress: &mut dyn Progress,
    ) -> Cycle {
        let mut cycle = Cycle::default();
        let mut names = RefusedNames::default();
        for _ in 0..ROUNDS {
            let decision = match self.decide(snapshot, &mut pace).await {
                Ok((tree, decision)) => {
                    self.seen = Some(tree);
                    decision
                }
                Err(error) => {
                    // A provider that went away, or moved, while it was read: the next listing tells. Somebody
                    // who does not answer has said nothing about what is remembered, and generations tell what
                    // changed meanwhile; a fleet that read everything again after each restart of Placement
                    // would keep it busy for minutes.
                    if !matches!(error.class(), Class::Retry | Class::Reauthenticate) {
                        self.observer.forget();
                    }
                    cycle.stopped_by = Some(error.finding("Placement"));
                    cycle.retry_after = error.retry_after();
                    if error.class() == Class::Replan {
                        continue;
                    }
                    return cycle;
                }
            };
            let applying = Applying::new(&self.client, &mut self.observer, &mut names, progress);
            let applied = applying.run(&decision.plan).await;
            if let Pace::Settling(memory, now) = &mut pace {
                memory.wrote(&decision, &applied.steps, *now);
            }
            let again = applied.met_conflict();
            cycle.rounds.push(Round {
                decision,
                traits_created: applied.traits_created,
                steps: applied.steps,
            });
            cycle.stopped_by = applied.stopped_by;
            cycle.retry_after = applied.retry_after;
            if cycle.stopped_by.is_some() || !again {
                return cycle;
            }
        }
        let kept_writing = || {
            Finding::new(
                Code::Conflict,
                self.root,
                format!("somebody else kept writing: {ROUNDS} attempts met conflicts"),
                "run it again; if it stays, find the other writer in Placement's log by the request ids in ours",
            )
        };
        // A reading that failed to the last says more.
        cycle.stopped_by.get_or_insert_with(kept_writing);
        cycle
    }
}
