//! One reading beside the scans of the loop, for a person or for telemetry: what moves by itself, or everything
//! with every answer kept.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;

use super::message::{Assembly, End, Message, Sink};
use super::nvml::{Recording, Session};
use super::sysfs::{self, Recording as Files, Word};
use super::{HardwareError, Options, device, finished, scan};
use crate::model::{Figures, HostSnapshot, PciAddress};

/// What moves by itself, of each GPU that answered by the deadline: temperature, power, clocks, use. Never part of
/// a scan that decides something.
///
/// # Errors
///
/// As [`super::scan_within`].
pub async fn figures_within(options: Options) -> Result<BTreeMap<PciAddress, Figures>, HardwareError> {
    let library = options.library;
    let heard = listen(options.deadline, None, move |sink| {
        let session = Session::open(library.as_deref(), sink)?;
        scan::devices(&session, &BTreeMap::new(), device::figures, sink)
    });
    let heard = heard.await?;
    // Whatever became of single GPUs is not told here.
    heard.snapshot.map(|_| heard.figures)
}

/// A scan with every answer kept, and the figures with it.
pub(super) async fn kept(options: Options) -> Result<Heard, HardwareError> {
    let library = options.library;
    let work = move |sink: &Sink<'_>| {
        let session = Session::open_kept(library.as_deref(), sink)?;
        scan::devices(&session, &BTreeMap::new(), everything, sink)
    };
    listen(options.deadline, options.sysfs, work).await
}

/// The same with recordings that answer. Not beside this thread: they do not hang.
pub(super) fn replayed(recording: Recording, files: Option<&Files>) -> Heard {
    let (sender, receiver) = std::sync::mpsc::channel();
    let started = Instant::now();
    // The receiver outlives it.
    let sink = |message| drop(sender.send(message));
    if let Some(files) = files {
        sink(Message::Bus(Word::Begun));
        sysfs::replayed(files, &|word| sink(Message::Bus(word)));
    }
    let outcome = Session::replay(recording, &sink)
        .and_then(|session| scan::devices(&session, &BTreeMap::new(), everything, &sink));
    sink(Message::Closed(outcome));
    let mut gathering = Gathering::default();
    receiver.try_iter().any(|message| gathering.absorb(message));
    gathering.heard(End::Closed, started)
}

fn everything(session: &Session<'_>, index: u32, sink: &Sink<'_>) {
    device::read(session, index, sink);
    device::figures(session, index, sink);
}

/// What came of it.
pub(super) struct Heard {
    pub(super) snapshot: Result<HostSnapshot, HardwareError>,
    pub(super) figures: BTreeMap<PciAddress, Figures>,
    pub(super) recording: Recording,
    /// What sysfs answered, where it was read and kept.
    pub(super) files: Option<Files>,
}

#[derive(Default)]
struct Gathering {
    assembly: Assembly,
    figures: BTreeMap<u32, (PciAddress, Figures)>,
    recording: Recording,
    files: Option<Files>,
}

impl Gathering {
    /// True when it was the last word.
    fn absorb(&mut self, message: Message) -> bool {
        match message {
            Message::Answered { device, call, of, answer } => {
                self.recording.keep(device, call, of, answer);
                false
            }
            Message::Moving { index, address, figures } => {
                self.figures.insert(index, (address, figures));
                false
            }
            Message::Bus(Word::Answered { ask, path, outcome }) => {
                self.files.get_or_insert_default().keep(ask, path, outcome);
                false
            }
            other => self.assembly.absorb(other),
        }
    }

    fn heard(self, end: End, started: Instant) -> Heard {
        let snapshot = finished(&self.assembly, end, started);
        // Two devices of one address: the first is the GPU, as in the snapshot.
        let figures = self.figures.into_values().rev().collect();
        Heard { snapshot, figures, recording: self.recording, files: self.files }
    }
}

/// Lets a thread of its own work, and listens until the deadline. A call that hangs is left behind with it.
async fn listen(
    deadline: Duration,
    kept_files: Option<PathBuf>,
    work: impl FnOnce(&Sink<'_>) -> Result<(), HardwareError> + Send + 'static,
) -> Result<Heard, HardwareError> {
    let (sender, mut messages) = unbounded_channel();
    let started = Instant::now();
    let aborted = |error| HardwareError::Aborted { cause: format!("its thread did not start: {error}") };
    if let Some(root) = kept_files {
        let sender = sender.clone();
        // Nobody listens any more after the deadline, and nobody needs to.
        let say = move |word| drop(sender.send(Message::Bus(word)));
        say(Word::Begun);
        let named = thread::Builder::new().name("hardware-bus".to_owned());
        named.spawn(move || sysfs::kept(&root, &say)).map_err(aborted)?;
    }
    let spawned = thread::Builder::new().name("hardware-once".to_owned()).spawn(move || {
        let sink = |message| drop(sender.send(message));
        let outcome = work(&sink);
        sink(Message::Closed(outcome));
    });
    spawned.map_err(aborted)?;
    let mut gathering = Gathering::default();
    let listening = async {
        while let Some(message) = messages.recv().await {
            if gathering.absorb(message) {
                return End::Closed;
            }
        }
        End::Broken
    };
    let end = timeout(deadline, listening).await.unwrap_or(End::Overdue(deadline));
    Ok(gathering.heard(end, started))
}
