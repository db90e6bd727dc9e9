//! What moves by itself, read again and again for telemetry: on threads of its own, with a session of its own, and
//! a thread for each GPU in it, so that one that is slow or hangs keeps nobody waiting: not the loop, not a scrape,
//! not the other GPUs.
//!
//! Nothing is decided by it, and it finds nothing out by itself: which GPU instances and vGPUs there are to ask about
//! is what the last scan saw.

mod gpu;
mod thread;
mod told;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::wanted::{CLOSING, Ending, Shared, Wanted, closed};
use super::{Options, Purpose};
use crate::model::{HostSnapshot, Samples};
use told::Told;

/// Samples, as they are taken.
#[derive(Debug)]
pub struct Sampler {
    options: Options,
    /// None: the configuration wants no samples.
    interval: Option<Duration>,
    released: bool,
    nvml: Arc<Shared>,
    told: Arc<Told>,
    /// Whether NVML is open for samples; none before they are wanted for the first time.
    open: Option<watch::Receiver<bool>>,
    samples: watch::Sender<Samples>,
    /// What times are counted from.
    origin: Instant,
}

impl Sampler {
    /// Nothing is read before [`Sampler::configure`].
    pub fn new(samples: watch::Sender<Samples>, origin: Instant) -> Self {
        Sampler {
            options: Options::default(),
            interval: None,
            released: false,
            nvml: Arc::new(Shared::new("telemetry")),
            told: Arc::default(),
            open: None,
            samples,
            origin,
        }
    }

    /// How often to read (none: never), with which library, and how long a call of it may take.
    pub fn configure(&mut self, interval: Option<Duration>, options: Options) {
        (self.interval, self.options) = (interval, options);
        if let Some(interval) = interval {
            self.told.every(interval);
        }
        self.want();
    }

    /// What there is on each GPU from now on.
    pub fn see(&self, snapshot: &HostSnapshot) {
        self.told.see(snapshot);
    }

    /// Closes NVML until [`Sampler::resume`], and waits for that. `Err` names the call that keeps it open.
    ///
    /// # Errors
    ///
    /// A call that has not returned.
    pub async fn release(&mut self) -> Result<(), String> {
        self.released = true;
        self.want();
        closed(self.open.clone(), &self.nvml, CLOSING).await
    }

    /// Opens NVML again, if it was open.
    pub fn resume(&mut self) {
        self.released = false;
        self.want();
    }

    /// For how long a call hangs, and which it is.
    pub fn stuck(&self) -> Option<(Duration, String)> {
        self.nvml.under_way().filter(|(since, _)| *since > self.options.deadline)
    }

    /// What its threads are doing, for whoever asks while something else has it.
    pub(super) fn doing(&self) -> Arc<Shared> {
        Arc::clone(&self.nvml)
    }

    /// What ends it, usable while something else has it.
    pub fn ending(&self) -> Ending {
        Ending { nvml: Arc::clone(&self.nvml), open: self.open.clone() }
    }

    fn want(&mut self) {
        let open = self.interval.is_some() && !self.released;
        if open && self.open.is_none() {
            let (say, open) = watch::channel(false);
            let work = thread::Work {
                shared: Arc::clone(&self.nvml),
                told: Arc::clone(&self.told),
                samples: self.samples.clone(),
                meter: self.options.meters.of(Purpose::Sample),
                origin: self.origin,
            };
            match work.start(say) {
                Ok(()) => self.open = Some(open),
                Err(error) => tracing::warn!("no figures of GPUs are read, no thread can be had: {error}"),
            }
        }
        self.nvml.want(if open { Wanted::Open(self.options.library.clone()) } else { Wanted::Closed });
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.nvml.want(Wanted::End);
    }
}

#[cfg(test)]
mod tests;
