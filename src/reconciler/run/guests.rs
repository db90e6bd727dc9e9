//! Who holds the agent's providers, asked of Placement now and then, for people and for metrics. No decision rests on
//! it, and no cycle waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::Agent;
use crate::model::{Cycle, Guest, Guests, Moment, ProviderUuid};
use crate::placement::{Client, PlacementError};

/// When they were asked for last, and whether that is under way still.
#[derive(Debug, Default)]
pub(super) struct Asked {
    at: Option<Moment>,
    under_way: Option<JoinHandle<()>>,
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
    /// Asks, beside the loop, where that is wanted and due: one request for each provider with an inventory.
    pub(super) fn ask_guests(&mut self, cycle: &Cycle, now: Moment) {
        let Some(every) = self.parts.guests else { return };
        let Some(round) = cycle.rounds.last().filter(|_| cycle.stopped_by.is_none()) else { return };
        if !self.asked.is_due(every, now) {
            return;
        }
        let published = round.decision.providers.iter().filter(|provider| provider.to.is_some());
        let uuids: Vec<ProviderUuid> = published.map(|provider| provider.uuid).collect();
        let (client, status) = (Arc::clone(&self.parts.client), self.status.clone());
        self.asked.at = Some(now);
        self.asked.under_way = Some(tokio::spawn(async move {
            let told = guests(&client, uuids).await;
            if let Err(error) = &told {
                tracing::debug!("who holds the providers is not known: {error}");
            }
            // What is not known any more is not shown any more.
            status.send_modify(|status| status.guests = told.ok().map(Arc::new));
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
        let guest = |(consumer, units)| Guest { consumer, units, server: None };
        guests.insert(uuid, held.into_iter().map(guest).collect());
    }
    Ok(guests)
}
