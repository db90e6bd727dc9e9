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
}
