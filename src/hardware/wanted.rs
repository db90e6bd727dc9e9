//! What the loop wants of a thread that keeps NVML open, and what is under way there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

/// How long closing NVML is waited for: a slice of waiting for events, and the calls that close it.
pub(super) const CLOSING: Duration = Duration::from_secs(2);

/// What is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Wanted {
    /// NVML closed.
    #[default]
    Closed,
    /// NVML open, with this library, and at work.
    Open(Option<PathBuf>),
    /// The thread's end.
    End,
}

/// What both sides know.
#[derive(Debug)]
pub(super) struct Shared {
    /// What NVML is open for, in a word.
    purpose: &'static str,
    wanted: Mutex<Wanted>,
    changed: Condvar,
    /// The call that each thread makes now; the thread of a GPU by NVML's index.
    doing: Mutex<BTreeMap<Option<u32>, (Instant, String)>>,
}

impl Shared {
    pub(super) fn new(purpose: &'static str) -> Self {
        Shared { purpose, wanted: Mutex::default(), changed: Condvar::default(), doing: Mutex::default() }
    }

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

    /// A thread is about to make a call.
    pub(super) fn calls(&self, thread: Option<u32>, device: Option<u32>, call: &str) {
        let purpose = self.purpose;
        let what = match device {
            Some(index) => format!("{call} of the GPU with NVML index {index}, for {purpose}"),
            None => format!("{call}, for {purpose}"),
        };
        self.doing().insert(thread, (Instant::now(), what));
    }

    /// A thread has no call under way.
    pub(super) fn idle(&self, thread: Option<u32>) {
        self.doing().remove(&thread);
    }

    /// The oldest call that is under way, and for how long.
    pub(super) fn under_way(&self) -> Option<(Duration, String)> {
        let doing = self.doing();
        let oldest = doing.values().min_by_key(|(since, _)| *since)?;
        Some((oldest.0.elapsed(), oldest.1.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn doing(&self) -> MutexGuard<'_, BTreeMap<Option<u32>, (Instant, String)>> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a thread that keeps NVML open, so that nobody is in the library when the process ends.
#[derive(Debug)]
pub struct Ending {
    pub(super) nvml: Arc<Shared>,
    pub(super) open: Option<watch::Receiver<bool>>,
}

impl Ending {
    /// From now on; waits for nothing.
    pub fn begin(&self) {
        self.nvml.want(Wanted::End);
    }

    /// Waits until NVML is closed, for that long at most.
    pub async fn wait(self, patience: Duration) {
        if let Err(what) = closed(self.open, &self.nvml, patience).await {
            tracing::debug!("a call into the driver is left behind: {what}");
        }
    }
}

/// Waits until a thread has closed NVML. `Err` names the call that keeps it open.
pub(super) async fn closed(
    open: Option<watch::Receiver<bool>>,
    nvml: &Shared,
    patience: Duration,
) -> Result<(), String> {
    let Some(mut open) = open else { return Ok(()) };
    match timeout(patience, open.wait_for(|open| !open)).await {
        // Without a thread, NVML is closed too.
        Ok(_) => Ok(()),
        Err(_) => Err(nvml.under_way().map_or_else(|| nvml.purpose.to_owned(), |(_, what)| what)),
    }
}
