//! Which calls into the driver have not returned, asked from beside whatever waits for them.

use std::sync::Arc;
use std::time::Duration;

use super::scanner::Scans;
use super::wanted::Shared;
use super::{Events, Sampler, Scanner};

/// Looks at whatever has NVML open while it works.
#[derive(Debug, Clone)]
pub struct Pending {
    scans: Scans,
    others: [Arc<Shared>; 2],
}

impl Pending {
    /// Looks at these three.
    pub fn of(scanner: &Scanner, events: &Events, sampler: &Sampler) -> Self {
        Pending { scans: scanner.scans(), others: [events.doing(), sampler.doing()] }
    }

    /// For how long the oldest of them has not returned. A scan that is waited for counts as one call: it has a
    /// deadline, and reading one GPU waits for no other.
    pub fn longest(&self) -> Option<Duration> {
        let stuck = self.scans.stuck().map(|(span, _)| span);
        let others = self.others.iter().filter_map(|other| other.under_way()).map(|(span, _)| span);
        stuck.into_iter().chain(self.scans.under_way()).chain(others).max()
    }
}
