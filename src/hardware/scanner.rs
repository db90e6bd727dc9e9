//! Scan after scan without ever waiting twice for the same call.
//!
//! A thread that hangs in NVML is left where it is, and remembered: the next scan asks every other device
//! and says of this one that there is still no answer. So one hung device costs one thread, however long it
//! hangs, and no other device notices.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::message::{Assembly, End, Message, Skip};
use super::sysfs::{self, Word};
use super::{HardwareError, Options, Purpose, finished, scan};
use crate::model::HostSnapshot;

/// Scans one host again and again.
#[derive(Debug)]
pub struct Scanner {
    options: Options,
    scans: Scans,
}

/// Scans that have not ended, for whoever asks while one is under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Scans(Arc<Mutex<Unended>>);

#[derive(Debug, Default)]
struct Unended {
    /// Since when one is waited for.
    waited_for: Option<Instant>,
    leftovers: Vec<Leftover>,
}

/// A scan that was left behind.
#[derive(Debug)]
struct Leftover {
    since: Instant,
    assembly: Assembly,
    messages: UnboundedReceiver<Message>,
}

impl Leftover {
    /// Whether it still waits. Takes in what it has said since.
    fn hangs(&mut self) -> bool {
        loop {
            match self.messages.try_recv() {
                Ok(message) => {
                    if self.assembly.absorb(message) {
                        return false;
                    }
                }
                Err(error) => return error == tokio::sync::mpsc::error::TryRecvError::Empty,
            }
        }
    }
}

impl Scans {
    fn lock(&self) -> MutexGuard<'_, Unended> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For how long the oldest call that has not returned is waited for, and which device and call it is.
    pub(super) fn stuck(&self) -> Option<(Duration, String)> {
        let leftovers = &mut self.lock().leftovers;
        leftovers.retain_mut(Leftover::hangs);
        let oldest = leftovers.iter().min_by_key(|leftover| leftover.since)?;
        let what = oldest.assembly.waiting().and_then(|waiting| waiting.first());
        let what = what.unwrap_or_else(|| oldest.assembly.under_way(None).to_owned());
        Some((oldest.since.elapsed(), what))
    }

    /// For how long the scan under way has been waited for.
    pub(super) fn under_way(&self) -> Option<Duration> {
        self.lock().waited_for.map(|since| since.elapsed())
    }

    /// What those that were left behind still wait for. `Err`: NVML itself does not answer in that call.
    fn skip(&self) -> Result<Skip, &'static str> {
        let leftovers = &mut self.lock().leftovers;
        leftovers.retain_mut(Leftover::hangs);
        let mut skip = Skip::default();
        for leftover in leftovers.iter() {
            skip.extend(leftover.assembly.waiting().ok_or_else(|| leftover.assembly.under_way(None))?);
        }
        Ok(skip)
    }

    fn waits(&self, since: Instant) -> Waits<'_> {
        self.lock().waited_for = Some(since);
        Waits(self)
    }
}

/// Until it is dropped, a scan is waited for.
struct Waits<'a>(&'a Scans);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.lock().waited_for = None;
    }
}

impl Scanner {
    /// Prepares it; no thread runs yet.
    pub fn new(options: Options) -> Self {
        Scanner { options, scans: Scans::default() }
    }

    pub(super) fn scans(&self) -> Scans {
        self.scans.clone()
    }

    /// From the next scan on. A call that hangs in the library of before is waited for still.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
    }

    /// For how long the oldest call that has not returned is waited for, and which device and call it is.
    pub fn stuck(&self) -> Option<(Duration, String)> {
        self.scans.stuck()
    }

    /// One whole scan on a thread of its own, waited for until the deadline. What had answered by then is in
    /// the snapshot; what had not is there as unreadable, with the call that did not return.
    ///
    /// # Errors
    ///
    /// When there is nothing to scan with, and [`HardwareError::Unresponsive`] when NVML itself does not come
    /// up, in this scan or still in an earlier one; then no further scan is begun.
    pub async fn scan(&mut self) -> Result<HostSnapshot, HardwareError> {
        let skip = self.scans.skip().map_err(|call| {
            // The same words at every scan, so that it is one problem; `stuck` tells for how long.
            HardwareError::Unresponsive { call, patience: self.options.deadline }
        })?;
        let started = Instant::now();
        let _waits = self.scans.waits(started);
        let mut scan = self.begin(skip, started)?;
        let listen = async {
            while let Some(message) = scan.messages.recv().await {
                if scan.assembly.absorb(message) {
                    return End::Closed;
                }
            }
            End::Broken
        };
        let patience = self.options.deadline;
        let end = timeout(patience, listen).await.unwrap_or(End::Overdue(patience));
        let outcome = finished(&scan.assembly, end, started);
        if let End::Overdue(_) = end {
            self.scans.lock().leftovers.push(scan);
        }
        outcome
    }

    fn begin(&self, skip: Skip, since: Instant) -> Result<Leftover, HardwareError> {
        let (sender, messages) = unbounded_channel();
        let options = self.options.clone();
        let spawned = spawn(sender, options, skip);
        match spawned {
            Ok(()) => Ok(Leftover { since, assembly: Assembly::default(), messages }),
            Err(error) => Err(HardwareError::Aborted { cause: format!("its thread did not start: {error}") }),
        }
    }
}

/// NVML on one thread and sysfs on another, so that a file that hangs does not keep NVML open.
fn spawn(sender: UnboundedSender<Message>, options: Options, skip: Skip) -> io::Result<()> {
    let Skip { devices, bus } = skip;
    let Options { library, sysfs, meters, .. } = options;
    // Nobody listens any more when the process is about to end, and nobody needs to.
    let say = move |message| drop(sender.send(message));
    if let Some(root) = sysfs {
        let say = say.clone();
        say(Message::Bus(Word::Begun));
        let named = thread::Builder::new().name("hardware-bus".to_owned());
        named.spawn(move || sysfs::host(&root, &bus, &|word| say(Message::Bus(word))))?;
    }
    let named = thread::Builder::new().name("hardware-scan".to_owned());
    named.spawn(move || {
        let outcome = scan::host(library.as_deref(), meters.of(Purpose::Scan), &devices, &say);
        say(Message::Closed(outcome));
    })?;
    Ok(())
}
