//! Which calls into the driver have not returned, asked from beside whatever waits for them.

use std::sync::Arc;
use std::time::Duration;

use super::events::Shared;
use super::scanner::Scans;
use super::{Events, Scanner};

/// Looks at a scanner and at the watch for events while they work.
#[derive(Debug, Clone)]
pub struct Pending {
    scans: Scans,
    events: Arc<Shared>,
}

impl Pending {
    /// Looks at these two.
    pub fn of(scanner: &Scanner, events: &Events) -> Self {
        Pending { scans: scanner.scans(), events: events.doing() }
    }

    /// For how long the oldest of them has not returned. A scan that is waited for counts as one call: it has a
    /// deadline, and reading one GPU waits for no other.
    pub fn longest(&self) -> Option<Duration> {
        let stuck = self.scans.stuck().map(|(span, _)| span);
        let event = self.events.under_way().map(|(span, _)| span);
        [stuck, self.scans.under_way(), event].into_iter().flatten().max()
    }
}
