//! Carries a plan out, step by step, and makes no choice of its own.
//!
//! A failed step ends its group: what grows there may rest on what was to shrink. The other groups go on,
//! because they are about other GPUs, unless the failure is of the service itself: then everything would
//! fail alike.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{
    Action, Code, Finding, Generation, Plan, ProviderUuid, ResourceClass, Step, StepOutcome, StepRecord,
    TraitName,
};
use crate::placement::{Class, Client, Observer, PlacementError};

/// Is told what happens, as it happens.
pub trait Progress {
    /// That many writes are to come.
    fn begin(&mut self, writes: usize);
    /// A global trait was created.
    fn trait_created(&mut self, name: &TraitName);
    /// A step was done, failed or skipped.
    fn step(&mut self, record: &StepRecord);
}

/// Nobody watches.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _: usize) {}
    fn trait_created(&mut self, _: &TraitName) {}
    fn step(&mut self, _: &StepRecord) {}
}

/// Providers whose creation met `duplicate_name` in this cycle. Once may be our own interrupted run; when it
/// happens again after a fresh look, somebody else has the name or the UUID.
#[derive(Debug, Default)]
pub(super) struct RefusedNames(BTreeSet<ProviderUuid>);

/// What became of a plan.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub(super) traits_created: Vec<TraitName>,
    pub(super) steps: Vec<StepRecord>,
    pub(super) stopped_by: Option<Finding>,
    pub(super) retry_after: Option<Duration>,
    /// Somebody else was at the same global trait at the same moment.
    pub(super) trait_conflict: Option<TraitName>,
}

impl Applied {
    pub(super) fn met_conflict(&self) -> bool {
        self.trait_conflict.is_some()
            || self.steps.iter().any(|record| matches!(record.outcome, StepOutcome::Replan(_)))
    }
}

/// A plan on its way.
pub(super) struct Applying<'a> {
    client: &'a Client,
    observer: &'a mut Observer,
    names: &'a mut RefusedNames,
    progress: &'a mut dyn Progress,
    /// Generations that our own writes moved.
    generations: BTreeMap<ProviderUuid, Generation>,
    applied: Applied,
}

impl<'a> Applying<'a> {
    pub(super) fn new(
        client: &'a Client,
        observer: &'a mut Observer,
        names: &'a mut RefusedNames,
        progress: &'a mut dyn Progress,
    ) -> Self {
        let (generations, applied) = (BTreeMap::new(), Applied::default());
        Applying { client, observer, names, progress, generations, applied }
    }

    pub(super) async fn run(mut self, plan: &Plan) -> Applied {
        if !plan.is_empty() {
            self.progress.begin(plan.len());
        }
        self.create_traits(&plan.traits).await;
        for group in &plan.groups {
            let mut stopped = self.applied.stopped_by.is_some() || self.applied.trait_conflict.is_some();
            for step in &group.steps {
                let outcome = if stopped { StepOutcome::Skipped } else { self.attempt(step).await };
                stopped |= outcome != StepOutcome::Done;
                let record = StepRecord { device: group.device, step: step.clone(), outcome };
                self.progress.step(&record);
                self.applied.steps.push(record);
            }
        }
        self.applied
    }

    async fn create_traits(&mut self, names: &BTreeSet<TraitName>) {
        for name in names {
            if let Err(error) = self.client.create_trait(name).await {
                match error.class() {
                    Class::Replan => {
                        self.observer.forget();
                        tracing::debug!("the trait {name} was not created, looking again: {error}");
                        self.applied.trait_conflict = Some(name.clone());
                    }
                    _ => self.stop(&error),
                }
                return;
            }
            self.observer.absorb_trait(name.clone());
            self.progress.trait_created(name);
            self.applied.traits_created.push(name.clone());
        }
    }

    /// The service itself is in trouble: whatever came next would fail alike.
    fn stop(&mut self, error: &PlacementError) {
        self.observer.forget();
        self.applied.stopped_by = Some(error.finding("Placement"));
        self.applied.retry_after = error.retry_after();
    }

    async fn attempt(&mut self, step: &Step) -> StepOutcome {
        let error = match self.write(step).await {
            Ok(()) => return StepOutcome::Done,
            Err(error) => error,
        };
        // Whatever it was, what was remembered of Placement may be wrong now.
        self.observer.forget();
        tracing::debug!(provider = step.name, "a step of {name} did not succeed: {error}", name = step.name);
        match (&error, error.class()) {
            (PlacementError::DuplicateName { .. }, _) if !self.names.0.insert(step.provider) => {
                self.taken(step).await
            }
            (_, Class::Replan) => StepOutcome::Replan(error.to_string()),
            (PlacementError::Refused { .. } | PlacementError::NoSuchParent { .. }, _) => {
                StepOutcome::Failed(error.finding(&step.name))
            }
            _ => {
                self.stop(&error);
                StepOutcome::Failed(error.finding(&step.name))
            }
        }
    }

    async fn taken(&self, step: &Step) -> StepOutcome {
        let name = match &step.action {
            Action::Create { name, .. } | Action::Rename { to: name, .. } => name.as_str(),
            Action::SetTraits { .. } | Action::SetInventories { .. } | Action::Delete => &step.name,
        };
        let holder = match self.client.holder_of(name, step.provider).await {
            Ok(holder) => holder.unwrap_or_else(|| "nobody can be seen who has it now".to_owned()),
            Err(error) => format!("who has it could not be read: {error}"),
        };
        StepOutcome::Failed(Finding::new(
            Code::Taken,
            &step.name,
            format!("Placement says that the name or the UUID is taken: {holder}"),
            "see `openstack resource provider show <uuid>`: rename or delete it if nobody needs it",
        ))
    }

    async fn write(&mut self, step: &Step) -> Result<(), PlacementError> {
        let uuid = step.provider;
        let now = self.generations.get(&uuid).copied().or(step.generation).unwrap_or(Generation::new(0));
        let generation = match &step.action {
            Action::Delete => return self.delete(uuid).await,
            Action::Create { name, parent } => {
                let generation = self.client.create_provider(uuid, name, Some(*parent)).await?;
                self.observer.absorb_created(uuid, name, *parent, generation);
                generation
            }
            Action::Rename { to, parent } => {
                let generation = self.client.rename_provider(uuid, to, Some(*parent)).await?;
                self.observer.absorb_renamed(uuid, to);
                generation
            }
            Action::SetTraits { to, .. } => {
                let generation = self.client.put_traits(uuid, now, to).await?;
                self.observer.absorb_traits(uuid, generation, to.clone());
                generation
            }
            Action::SetInventories { to, others, .. } => {
                let mut all = others.clone();
                all.extend(to.clone().map(|inventory| (ResourceClass::vgpu(), inventory)));
                let generation = self.client.put_inventories(uuid, now, &all).await?;
                self.observer.absorb_inventories(uuid, generation, all);
                generation
            }
        };
        self.generations.insert(uuid, generation);
        Ok(())
    }

    /// One that is gone already was deleted by a run whose answer was lost, or by somebody else.
    async fn delete(&mut self, uuid: ProviderUuid) -> Result<(), PlacementError> {
        match self.client.delete_provider(uuid).await {
            Err(PlacementError::NotFound { .. }) | Ok(()) => {
                self.observer.absorb_deleted(uuid);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
