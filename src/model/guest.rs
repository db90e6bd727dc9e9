//! Who holds allocations, for people. Nothing is decided by it.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::ProviderUuid;

/// The consumers of VGPU, provider by provider.
pub type Guests = BTreeMap<ProviderUuid, Vec<Guest>>;

/// A consumer of VGPU on one provider: a Nova server, or a migration of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The consumer.
    pub consumer: Uuid,
    /// How many VGPU it holds there.
    pub units: u32,
    /// What Nova calls it, where Nova told.
    pub server: Option<GuestServer>,
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
