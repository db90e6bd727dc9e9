//! What GPUs this host has, what they can be cut into, and what they are cut into: one scan, one
//! [`HostSnapshot`].
//!
//! NVML's calls block and may never return, and files of sysfs can be such calls too. So a scan runs on two std
//! threads of its own, one for NVML and one for sysfs, each with a thread per GPU beside it, says everything it learns over a channel, and is waited for until one
//! deadline. A GPU that hangs hides no other. A thread that hangs is left behind: unlike one of a runtime's
//! pool, it does not keep the process from ending.

mod anonymise;
mod case;
mod device;
mod error;
mod events;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod message;
mod meters;
mod names;
mod note;
mod nvml;
mod once;
mod pending;
mod sample;
mod scan;
mod scanner;
mod sysfs;
mod wanted;
mod watch;

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

pub use anonymise::Anonymiser;
pub use case::{Case, CaseError};
pub use error::HardwareError;
pub use events::{Event, Events};
use message::{Assembly, End, Message, Skip};
pub use meters::Meters;
use meters::Purpose;
pub use note::HealthNote;
pub use nvml::Answer;
pub use once::figures_within;
pub use pending::Pending;
pub use sample::Sampler;
pub use scanner::Scanner;
use sysfs::Word;
pub use wanted::Ending;
pub use watch::Watch;

use crate::model::HostSnapshot;

/// How to scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The NVML library. `None`: `libnvidia-ml.so.1`, wherever the dynamic loader finds it.
    pub library: Option<PathBuf>,
    /// Where sysfs is; `None`: it is not read.
    pub sysfs: Option<PathBuf>,
    /// How long [`scan_within`] waits for all of it.
    pub deadline: Duration,
    /// What counts its calls.
    pub meters: Meters,
}

impl Default for Options {
    /// The loader's library, `/sys`, and 20 s: a GPU that is not kept initialised takes a few seconds to wake up.
    fn default() -> Self {
        Options {
            library: None,
            sysfs: Some("/sys".into()),
            deadline: Duration::from_secs(20),
            meters: Meters::default(),
        }
    }
}

/// One whole scan on this thread: reads sysfs, opens NVML, reads, closes. Waits as long as they do, without a
/// deadline.
///
/// # Errors
///
/// When there is nothing to scan with. What is wrong with single GPUs is in the snapshot, and no GPU at all is
/// an empty snapshot.
pub fn scan(options: &Options) -> Result<HostSnapshot, HardwareError> {
    let started = Instant::now();
    let (sender, receiver) = mpsc::channel();
    // The receiver outlives the scan.
    let say = |message| drop(sender.send(message));
    let skip = Skip::default();
    if let Some(root) = &options.sysfs {
        say(Message::Bus(Word::Begun));
        sysfs::host(root, &skip.bus, &|word| say(Message::Bus(word)));
    }
    let meter = options.meters.of(Purpose::Scan);
    let outcome = scan::host(options.library.as_deref(), meter, &skip.devices, &say);
    say(Message::Closed(outcome));
    let mut assembly = Assembly::default();
    receiver.try_iter().any(|message| assembly.absorb(message));
    finished(&assembly, End::Closed, started)
}

/// One whole scan on a thread of its own, waited for until the deadline. What had answered by then is in the
/// snapshot; what had not is there as unreadable, with the call that did not return.
///
/// # Errors
///
/// As [`scan`], and [`HardwareError::Unresponsive`] when NVML does not even come up within the deadline.
pub async fn scan_within(options: Options) -> Result<HostSnapshot, HardwareError> {
    Scanner::new(options).scan().await
}

fn finished(assembly: &Assembly, end: End, started: Instant) -> Result<HostSnapshot, HardwareError> {
    let calls = assembly.calls;
    let outcome = assembly.finish(end);
    let elapsed = started.elapsed();
    match &outcome {
        Ok(snapshot) => {
            let (devices, problems) = (snapshot.gpus.len(), snapshot.problems.len());
            tracing::debug!("scanned {devices} GPUs in {elapsed:.1?}: {calls} calls, {problems} problems");
        }
        Err(error) => tracing::debug!("the GPUs could not be scanned, {calls} calls, {elapsed:.1?}: {error}"),
    }
    outcome
}

#[cfg(test)]
mod tests;
