//! Joins the edges and the planner: observe, decide, apply; once, or in a loop.
//!
//! What this room never does: write to a provider that the plan does not name (and the plan names only ours, and
//! Nova's that it decorates), touch an allocation, delete a provider unless a person's `purge` says so, or return an
//! error from a cycle. Failure is data in [`Cycle`].

mod apply;
mod backoff;
mod drift;
mod journal;
mod meters;
mod root;
mod run;

use std::fmt;
use std::sync::Arc;

use apply::{Applying, RefusedNames};

pub use apply::{Progress, Silent};
pub use meters::Meters;
pub use root::{COMMAND_LINE, RootChoice, RootError, find_root, find_root_and_how, root_by_name};
pub use run::{Agent, FULL_READ, HUNG, Parts, Pulse, Reload, Request, Told};

use crate::model::{
    Code, Cycle, Decision, Finding, HostSnapshot, Moment, NovaView, ObservedTree, RootUuid, Round,
};
use crate::placement::{Class, Client, Depth, Observer, PlacementError};
use crate::planner::{self, Facts, Kept, Memory, Patience, Policy};

/// How often one cycle looks again when somebody else writes at the same time. More would only fight.
const ROUNDS: usize = 4;

/// How often the planner may ask for more before it decides. It needs two readings at most; the rest is a net.
const READINGS: usize = 5;

/// Whether a cycle waits for things to settle.
pub enum Pace<'a> {
    /// No: a person looks at the hardware and says so.
    AtOnce,
    /// Yes, with this memory, at the time of the scan. The clock tells when the tree was seen, which may be much
    /// later: what vanished meanwhile must not count as gone for as long.
    Settling(&'a mut Memory, Moment, &'a dyn Fn() -> Moment),
}

impl fmt::Debug for Pace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pace::AtOnce => f.write_str("AtOnce"),
            Pace::Settling(memory, now, _) => f.debug_tuple("Settling").field(memory).field(now).finish(),
        }
    }
}

impl Pace<'_> {
    fn patience(&self) -> Patience<'_> {
        match self {
            Pace::AtOnce => Patience::AtOnce,
            Pace::Settling(memory, now, _) => Patience::Settling { memory, now: *now },
        }
    }
}

/// What a cycle is for.
enum Task<'a> {
    /// To bring the tree in line with the hardware.
    Follow(&'a HostSnapshot, Pace<'a>),
    /// To take what is ours out of it.
    Purge { delete: bool },
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
    kept: Option<Kept>,
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
            kept: None,
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
        if let Pace::Settling(memory, _, clock) = pace {
            memory.see_tree(&tree, clock());
        }
        let facts = self.facts(snapshot, &tree, pace.patience());
        if let Some(decision) = self.kept.as_ref().and_then(|kept| kept.on(facts)) {
            let decision = decision.clone();
            return Ok((tree, decision));
        }
        let mut readings = 0;
        loop {
            let facts = self.facts(snapshot, &tree, pace.patience());
            let (decision, needs) = planner::decide(facts);
            // What is written, or had to be asked, is another thing in the next cycle.
            if needs.is_empty() && readings == 0 && decision.plan.is_empty() {
                self.kept = Some(Kept::new(facts, decision.clone()));
            }
            if needs.is_empty() || readings == READINGS {
                return Ok((tree, decision));
            }
            self.observer.read_usages(&mut tree, &needs.usages).await?;
            self.observer.ask_traits(&mut tree, &needs.traits).await?;
            readings += 1;
        }
    }

    /// Everything of the tree, everybody's usages among it, and what is decided about it. Costs some requests for each
    /// provider, for a person who asks once.
    ///
    /// # Errors
    /// Placement could not be read.
    pub async fn inspect(
        &mut self,
        snapshot: &HostSnapshot,
    ) -> Result<(ObservedTree, Decision), PlacementError> {
        let (_, decision) = self.decide(snapshot, &mut Pace::AtOnce).await?;
        Ok((self.observer.observe(self.root, Depth::Whole).await?, decision))
    }

    /// Reads what is needed and decides what a purge would do; writes nothing.
    ///
    /// # Errors
    /// Placement could not be read.
    pub async fn decide_purge(&mut self, delete: bool) -> Result<(ObservedTree, Decision), PlacementError> {
        let mut tree = self.observer.observe(self.root, Depth::Ours).await?;
        let needs = planner::purge_needs(&tree);
        self.observer.read_usages(&mut tree, &needs).await?;
        let decision = planner::purge(&tree, delete);
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
        pace: Pace<'_>,
        progress: &mut dyn Progress,
    ) -> Cycle {
        self.rounds(Task::Follow(snapshot, pace), progress).await
    }

    /// Takes what is ours out of the tree, as far as it is not used; looks again as [`Reconciler::cycle`] does.
    pub async fn purge(&mut self, delete: bool, progress: &mut dyn Progress) -> Cycle {
        self.rounds(Task::Purge { delete }, progress).await
    }

    async fn rounds(&mut self, mut task: Task<'_>, progress: &mut dyn Progress) -> Cycle {
        let mut cycle = Cycle::default();
        let mut names = RefusedNames::default();
        for _ in 0..ROUNDS {
            let decided = match &mut task {
                Task::Follow(snapshot, pace) => self.decide(snapshot, pace).await,
                Task::Purge { delete } => self.decide_purge(*delete).await,
            };
            let decision = match decided {
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
            if let Task::Follow(_, Pace::Settling(memory, now, _)) = &mut task {
                memory.wrote(&decision, &applied.steps, *now);
            }
            let again = applied.met_conflict();
            cycle.rounds.push(Round {
                decision,
                traits_created: applied.traits_created,
                trait_conflict: applied.trait_conflict,
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
