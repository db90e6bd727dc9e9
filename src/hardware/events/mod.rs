//! Why to look at the hardware before it is time: events of NVML, and uevents of the kernel.
//!
//! Both only wake. What is true is what a scan says, and without any of this the interval finds it.

pub(super) mod kernel;
mod nvml;
pub(super) mod queue;
pub(super) mod uevent;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use kernel::KernelWatch;
pub use queue::Event;
use queue::Queue;

use super::Options;
use super::meters::Purpose;
use super::wanted::{CLOSING, Ending, Shared, Wanted, closed};

/// What happens to the hardware, as it happens.
#[derive(Debug)]
pub struct Events {
    queue: Queue,
    options: Options,
    /// Whether the configuration wants NVML's events.
    enabled: bool,
    released: bool,
    nvml: Arc<Shared>,
    /// Whether NVML is open for events; none before they are wanted for the first time.
    open: Option<watch::Receiver<bool>>,
    _kernel: Option<KernelWatch>,
}

impl Events {
    /// Begins to listen to the kernel. NVML is not watched before [`Events::configure`].
    pub fn new() -> Self {
        let queue = Queue::default();
        let kernel = KernelWatch::start(queue.clone(), |uevent| uevent.concerns_gpus());
        if let Err(error) = &kernel {
            tracing::warn!(
                "uevents of the kernel cannot be received, the interval finds what changes: {error}"
            );
        }
        Events {
            queue,
            options: Options::default(),
            enabled: false,
            released: false,
            nvml: Arc::new(Shared::new("events")),
            open: None,
            _kernel: kernel.ok(),
        }
    }

    /// Whether to watch NVML, with which library, and how long a call of it may take.
    pub fn configure(&mut self, enabled: bool, options: Options) {
        (self.enabled, self.options) = (enabled, options);
        self.want();
    }

    /// What happened next. What happened several times since it was asked for is told once.
    pub async fn changed(&self) -> Event {
        let event = self.queue.next().await;
        self.options.meters.happened(&event);
        event
    }

    /// Closes NVML until [`Events::resume`], and waits for that. `Err` names the call that keeps it open.
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

    /// What its thread is doing, for whoever asks while something else has it.
    pub(super) fn doing(&self) -> Arc<Shared> {
        Arc::clone(&self.nvml)
    }

    /// What ends it, usable while something else has it.
    pub fn ending(&self) -> Ending {
        Ending { nvml: Arc::clone(&self.nvml), open: self.open.clone() }
    }

    fn want(&mut self) {
        let open = self.enabled && !self.released;
        if open && self.open.is_none() {
            let (say, open) = watch::channel(false);
            match nvml::start(
                Arc::clone(&self.nvml),
                say,
                self.queue.clone(),
                self.options.meters.of(Purpose::Events),
            ) {
                Ok(()) => self.open = Some(open),
                Err(error) => {
                    tracing::warn!("NVML's events are not watched, the interval finds what changes: {error}");
                }
            }
        }
        self.nvml.want(if open { Wanted::Open(self.options.library.clone()) } else { Wanted::Closed });
    }
}

impl Default for Events {
    fn default() -> Self {
        Events::new()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.nvml.want(Wanted::End);
    }
}
