//! What the loop wants of the thread that watches NVML, and what that thread is doing.

use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Wanted {
    /// NVML closed.
    #[default]
    Closed,
    /// NVML open, with this library, and watched.
    Open(Option<PathBuf>),
    /// The thread's end.
    End,
}

/// What both sides know.
#[derive(Debug, Default)]
pub(in crate::hardware) struct Shared {
    wanted: Mutex<Wanted>,
    changed: Condvar,
    doing: Mutex<Option<(Instant, String)>>,
}

impl Shared {
    /// Wants something else from now on.
    pub(super) fn want(&self, wanted: Wanted) {
        let mut now = self.lock();
        // Nothing comes after the end.
        if *now != Wanted::End {
            *now = wanted;
        }
        self.changed.notify_all();
    }

    pub(super) fn wanted(&self) -> Wanted {
        self.lock().clone()
    }

    /// Waits until what is wanted is as it should be, for that long at most; what is wanted then.
    pub(super) fn until(&self, is: impl Fn(&Wanted) -> bool, most: Option<Duration>) -> Wanted {
        let most = most.unwrap_or(Duration::MAX);
        let waited = self.changed.wait_timeout_while(self.lock(), most, |wanted| !is(wanted));
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// A call is about to be made.
    pub(super) fn calls(&self, device: Option<u32>, call: &str) {
        let what = match device {
            Some(index) => format!("{call} of the GPU with NVML index {index}, for events"),
            None => format!("{call}, for events"),
        };
        *self.doing() = Some((Instant::now(), what));
    }

    /// No call is under way.
    pub(super) fn idle(&self) {
        *self.doing() = None;
    }

    /// The call that is under way, and for how long.
    pub(in crate::hardware) fn under_way(&self) -> Option<(Duration, String)> {
        self.doing().as_ref().map(|(since, what)| (since.elapsed(), what.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn doing(&self) -> MutexGuard<'_, Option<(Instant, String)>> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
