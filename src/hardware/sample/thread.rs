//! The threads: one that opens and closes NVML, and in its session one for each GPU.
//!
//! A GPU that hangs keeps its own thread, and with it the session; the others go on. It goes on when the call
//! returns.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::gpu::Reading;
use super::told::Told;
use crate::hardware::device::identify;
use crate::hardware::message::Message;
use crate::hardware::meters::Meter;
use crate::hardware::nvml::Session;
use crate::hardware::scan::DEVICE_LIMIT;
use crate::hardware::wanted::{Shared, Wanted};
use crate::model::{GpuSample, Moment, PciAddress, Samples};

/// After a failure to open NVML.
const PAUSE: Duration = Duration::from_secs(30);
/// How often it is looked whether NVML is to be opened anew, for GPUs that scans see and that were not there, or did
/// not answer, when it was opened here.
const RENEWAL: Duration = Duration::from_secs(300);
/// Before the first scan nothing is known to ask about.
const UNTOLD: Duration = Duration::from_millis(200);

/// The GPUs that are read in a session.
type Known = Mutex<BTreeSet<PciAddress>>;

/// All that the threads need.
pub(super) struct Work {
    pub(super) shared: Arc<Shared>,
    pub(super) told: Arc<Told>,
    pub(super) samples: watch::Sender<Samples>,
    pub(super) meter: Meter,
    pub(super) origin: Instant,
}

impl Work {
    /// Starts. `open` tells whether NVML is open.
    pub(super) fn start(self, open: watch::Sender<bool>) -> std::io::Result<()> {
        thread::Builder::new().name("hardware-sample".to_owned()).spawn(move || self.follow(&open)).map(drop)
    }

    fn follow(&self, open: &watch::Sender<bool>) {
        loop {
            let wanted = self.shared.until(|wanted| *wanted != Wanted::Closed, None);
            let Wanted::Open(library) = &wanted else { return };
            // Said before it is looked once more whether it is wanted: so whoever wants it closed from now on, and
            // then looks whether it is, is not told so too early.
            open.send_replace(true);
            let opened = match self.shared.wanted() == wanted {
                true => self.session(library.as_deref(), &wanted),
                false => true,
            };
            self.shared.idle(None);
            // What is not read any more is not shown any more.
            self.samples.send_modify(|samples| samples.gpus.clear());
            open.send_replace(false);
            if !opened {
                self.shared.until(|now| *now != wanted, Some(PAUSE));
            }
        }
    }

    /// Reads for as long as that is wanted. False: NVML did not open.
    fn session(&self, library: Option<&Path>, wanted: &Wanted) -> bool {
        let sink = |message| {
            if let Message::Calling { device, call } = message {
                self.shared.calls(device, device, call);
            }
        };
        let session = match Session::open(library, &sink) {
            Ok(session) => session.counted(self.meter.clone()),
            Err(error) => {
                tracing::debug!("no figures of GPUs are read: {error}");
                return false;
            }
        };
        let (known, anew) = (Known::default(), AtomicBool::new(false));
        let counted = session.device_count();
        self.shared.idle(None);
        thread::scope(|scope| {
            for index in 0..counted.as_ref().copied().unwrap_or(0).min(DEVICE_LIMIT) {
                let (session, known, anew) = (&session, &known, &anew);
                let read = move || self.gpu(session, index, wanted, known, anew);
                let named = thread::Builder::new().name(format!("hardware-sample-{index}"));
                if let Err(error) = named.spawn_scoped(scope, read) {
                    tracing::warn!("no figures of GPU {index} are read, no thread can be had: {error}");
                }
            }
            while self.shared.until(|now| now != wanted, Some(RENEWAL)) == *wanted {
                // One that hangs would keep the others from being read again.
                let hangs = self.shared.under_way().is_some_and(|(since, _)| since > UNTOLD);
                let known = known.lock().unwrap_or_else(PoisonError::into_inner);
                if !hangs && self.told.has_others_than(&known) {
                    anew.store(true, Ordering::Relaxed);
                    break;
                }
            }
        });
        self.shared.calls(None, None, "nvmlShutdown");
        counted.is_ok()
    }

    fn gpu(&self, session: &Session<'_>, index: u32, wanted: &Wanted, known: &Known, anew: &AtomicBool) {
        let identified = identify(session, index);
        self.shared.idle(Some(index));
        // One that does not say who it is has no figures; why, a scan tells.
        let Ok((handle, gpu)) = identified else { return };
        known.lock().unwrap_or_else(PoisonError::into_inner).insert(gpu.address);
        let mut reading = Reading::new(handle);
        loop {
            let began = Instant::now();
            let (interval, target) = self.told.of(gpu.address);
            let pause = match target {
                None => UNTOLD,
                Some(target) => {
                    let sample = reading.sample(index, &target);
                    self.shared.idle(Some(index));
                    self.publish(gpu.address, sample, interval);
                    interval.saturating_sub(began.elapsed())
                }
            };
            let now = self.shared.until(|now| now != wanted, Some(pause));
            if now != *wanted || anew.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    fn publish(&self, address: PciAddress, sample: GpuSample, interval: Duration) {
        let at = Moment::new(self.origin.elapsed());
        // Two that were missed are a reason to wonder.
        let fresh_for = interval.saturating_mul(3);
        let sample = GpuSample { at, fresh_for, ..sample };
        self.samples.send_modify(|samples| {
            samples.gpus.insert(address, sample);
        });
    }
}
