//! Who holds allocations, for people. Nothing is decided by it.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use super::{Moment, ObservedTree, ProviderUuid, ResourceClass};

/// The consumers of VGPU, provider by provider.
pub type Guests = BTreeMap<ProviderUuid, Vec<Guest>>;

/// A consumer of VGPU on one provider: a Nova server, or a migration of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The consumer.
    pub consumer: Uuid,
    /// How many VGPU it holds there.
    pub units: u32,
    /// The id of its project, where Placement was asked for it.
    pub project: Option<String>,
    /// What Nova calls it, where Nova told.
    pub server: Option<GuestServer>,
}

impl Guest {
    /// One of whom nothing else is known.
    pub fn new(consumer: Uuid, units: u32) -> Self {
        Guest { consumer, units, project: None, server: None }
    }

    /// The id of its project, whoever told it.
    pub fn project(&self) -> Option<&str> {
        let of_server = self.server.as_ref().map(|server| server.project.as_str());
        of_server.or(self.project.as_deref())
    }
}

/// Who holds the agent's providers, as Placement told a running agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Who.
    pub guests: Guests,
    /// When Placement had told it.
    pub at: Moment,
    /// How old it may be before it says nothing any more.
    pub fresh_for: Duration,
}

impl Held {
    /// Whether it still says something.
    pub fn is_fresh(&self, now: Moment) -> bool {
        now.since(self.at) <= self.fresh_for
    }
}

impl ObservedTree {
    /// The tree with what these guests hold, where usages were not read themselves.
    #[must_use]
    pub fn held_by(&self, guests: &Guests) -> ObservedTree {
        let mut tree = self.clone();
        for (uuid, held) in guests {
            let units = held.iter().map(|guest| guest.units).sum();
            if let Some(provider) = tree.providers.get_mut(uuid) {
                provider.usages.get_or_insert_with(|| [(ResourceClass::vgpu(), units)].into());
            }
        }
        tree
    }
}

/// A Nova server, as far as a person wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestServer {
    /// Its name.
    pub name: String,
    /// Its project's id.
    pub project: String,
    /// `ACTIVE`, `SHUTOFF`, …
    pub status: String,
    /// The compute node that Nova has it on, for those to whom Nova tells it.
    pub host: Option<String>,
}

/// What Nova says of a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consumer {
    /// A server.
    Server(GuestServer),
    /// A migration: while a server moves, it holds what the server leaves.
    Migration {
        /// The server.
        server: Uuid,
        /// `running`, `finished` (a resize that waits to be confirmed), `completed`, …
        status: String,
    },
    /// Neither, and Nova was asked by somebody from whom it hides nothing.
    Nobody,
}

impl Consumer {
    /// Whether nobody needs the allocation any more: it was leaked.
    pub fn is_gone(&self) -> bool {
        match self {
            Consumer::Server(_) => false,
            Consumer::Nobody => true,
            Consumer::Migration { status, .. } => {
                ["completed", "confirmed", "reverted", "failed", "cancelled"].contains(&status.as_str())
            }
        }
    }
}

/// What Nova tells of a compute node and the consumers there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NovaTold {
    /// Whether it has a compute node with the root's UUID. `None`: it does not tell us.
    pub node: Option<bool>,
    /// The consumers that it tells of.
    pub consumers: BTreeMap<Uuid, Consumer>,
}
