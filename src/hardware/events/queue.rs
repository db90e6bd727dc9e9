//! What has happened and was not asked for yet. Each thing once, so that a storm of one thing is one thing.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::model::{PciAddress, Xid};

/// Different things that wait at most. What comes then is one look at everything.
const LIMIT: usize = 1024;

/// Why to look at the hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// An XID on the GPU at this address.
    Xid(PciAddress, Xid),
    /// The GPU at this address is cut otherwise than before.
    Changed(PciAddress),
    /// The kernel says something of an NVIDIA device, a mediated device or VFIO.
    Kernel,
    /// Something may have happened unseen: NVML is watched only from now on, or not any more.
    Unseen,
}

/// Where threads leave events and the loop takes them.
#[derive(Debug, Clone, Default)]
pub(in crate::hardware) struct Queue(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<BTreeSet<Event>>,
    added: Notify,
}

impl Queue {
    pub(in crate::hardware) fn push(&self, event: Event) {
        {
            let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let full = waiting.len() >= LIMIT;
            waiting.insert(if full { Event::Unseen } else { event });
        }
        self.0.added.notify_one();
    }

    /// The next one, as soon as there is one. XIDs come first: what is decided may rest on them.
    pub(in crate::hardware) async fn next(&self) -> Event {
        loop {
            let next = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_first();
            match next {
                Some(event) => return event,
                // One that was added in between has left a permit.
                None => self.0.added.notified().await,
            }
        }
    }
}
