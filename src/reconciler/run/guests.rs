//! Who holds the agent's providers, asked of Placement now and then, for people and for metrics. No decision rests on
//! it, and no cycle waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use uuid::Uuid;

use super::Agent;
use crate::model::{Cycle, Guest, Guests, Held, Moment, ProviderUuid};
use crate::placement::{Client, PlacementError};

/// Consumers whose project is asked for at once. On a host where everything is new, the rest follows at the next
/// asking: a fleet that starts must not keep Placement busy with what nobody waits for.
const NEW_MOST: usize = 50;

/// The projects of consumers that are known. A consumer does not change its project.
type Projects = BTreeMap<Uuid, String>;

/// When they were asked for last, and whether that is under way still.
#[derive(Debug, Default)]
pub(super) struct Asked {
    at: Option<Moment>,
    under_way: Option<JoinHandle<()>>,
    /// An outage empties what is shown, not this.
    projects: Arc<Mutex<Projects>>,
}

impl Asked {
    fn is_due(&self, every: Duration, now: Moment) -> bool {
        let free = self.under_way.as_ref().is_none_or(JoinHandle::is_finished);
        free && self.at.is_none_or(|at| now.since(at) >= every)
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(task) = &self.under_way {
            task.abort();
        }
    }
}

impl Agent {
    /// Asks, beside the loop, where that is wanted and due: one request for each provider with an inventory, and
    /// where projects are wanted one for each consumer that is new.
    pub(super) fn ask_guests(&mut self, cycle: &Cycle, now: Moment) {
        let Some(every) = self.parts.guests else {
            // A reload may have switched it off.
            self.status.send_if_modified(|status| status.held.take().is_some());
            return;
        };
        let Some(round) = cycle.rounds.last().filter(|_| cycle.stopped_by.is_none()) else { return };
        if !self.asked.is_due(every, now) {
            return;
        }
        let published = round.decision.providers.iter().filter(|provider| provider.to.is_some());
        let uuids: Vec<ProviderUuid> = published.map(|provider| provider.uuid).collect();
        let (client, status) = (Arc::clone(&self.parts.client), self.status.clone());
        let projects = self.parts.project_ids.then(|| Arc::clone(&self.asked.projects));
        let origin = self.origin;
        // It is asked again at the first cycle after `every`.
        let fresh_for = every.saturating_add(self.fresh_for());
        self.asked.at = Some(now);
        self.asked.under_way = Some(tokio::spawn(async move {
            let mut guests = match guests(&client, uuids).await {
                Ok(guests) => guests,
                // What was told before is shown until it is too old.
                Err(error) => {
                    return tracing::debug!("who holds the providers was not told: {error}");
                }
            };
            if let Some(projects) = projects {
                add_projects(&client, &mut guests, &projects).await;
            }
            let at = Moment::new(origin.elapsed());
            let held = Arc::new(Held { guests, at, fresh_for });
            status.send_modify(|status| status.held = Some(held));
        }));
    }
}

async fn guests(client: &Client, uuids: Vec<ProviderUuid>) -> Result<Guests, PlacementError> {
    let mut guests = Guests::new();
    for uuid in uuids {
        let held = match client.vgpu_consumers(uuid).await {
            Ok(held) => held,
            // It was not made after all, or is gone.
            Err(PlacementError::NotFound { .. }) => continue,
            Err(error) => return Err(error),
        };
        guests.insert(uuid, held.into_iter().map(|(id, units)| Guest::new(id, units)).collect());
    }
    Ok(guests)
}

/// Fills in the projects, asks for those of consumers that are new, and forgets those of consumers that are gone.
async fn add_projects(client: &Client, guests: &mut Guests, known: &Mutex<Projects>) {
    let consumers: BTreeSet<Uuid> = guests.values().flatten().map(|guest| guest.consumer).collect();
    let mut projects = known.lock().unwrap_or_else(PoisonError::into_inner).clone();
    projects.retain(|consumer, _| consumers.contains(consumer));
    let new: Vec<Uuid> = consumers.into_iter().filter(|id| !projects.contains_key(id)).collect();
    for consumer in new.into_iter().take(NEW_MOST) {
        match client.project_of(consumer).await {
            Ok(Some(project)) => drop(projects.insert(consumer, project)),
            // It has let go of everything meanwhile.
            Ok(None) => {}
            Err(error) => {
                // The others would go alike; the next asking tries again.
                tracing::debug!("the project of {consumer} is not known: {error}");
                break;
            }
        }
    }
    for guest in guests.values_mut().flatten() {
        guest.project = projects.get(&guest.consumer).cloned();
    }
    *known.lock().unwrap_or_else(PoisonError::into_inner) = projects;
}
