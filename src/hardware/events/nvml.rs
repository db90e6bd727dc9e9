//! NVML's events, on a thread of its own with a session of its own.
//!
//! The thread lives as long as the program and follows what is wanted: open, closed, ended. A call of it that
//! hangs costs this one thread; nothing is begun in its place, and it goes on when the call returns.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::queue::{Event, Queue};
use crate::hardware::HardwareError;
use crate::hardware::message::Message;
use crate::hardware::meters::Meter;
use crate::hardware::nvml::{Answer, CallError, Happened, Session, SessionEvents};
use crate::hardware::scan::DEVICE_LIMIT;
use crate::hardware::wanted::{Shared, Wanted};

/// How long one wait is: as long as closing may be waited for.
pub(super) const SLICE: Duration = Duration::from_millis(200);
/// No event comes faster: a driver that says the same again and again, or does not wait, keeps no processor busy.
const PACE: Duration = Duration::from_millis(5);
/// After a failure, and twice as long after each further one.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause. Also how long a session is kept open: then it is opened anew, for GPUs that were not there
/// or did not answer.
const RENEWAL: Duration = Duration::from_secs(300);

/// How a time of watching ended.
#[derive(Debug)]
enum End {
    /// Something else is wanted, or it is time to open NVML anew.
    Anew,
    /// Nothing here has events.
    Nothing,
    /// It could not begin.
    Failed(String),
    /// It was going on, and failed.
    Lost(String),
}

impl From<HardwareError> for End {
    fn from(error: HardwareError) -> Self {
        End::Failed(error.to_string())
    }
}

impl From<CallError> for End {
    fn from(error: CallError) -> Self {
        End::Failed(error.to_string())
    }
}

/// Starts the thread. `open` tells whether NVML is open in it.
pub(super) fn start(
    shared: Arc<Shared>,
    open: watch::Sender<bool>,
    queue: Queue,
    meter: Meter,
) -> std::io::Result<()> {
    let follow = move || follow(&shared, &open, &queue, &meter);
    thread::Builder::new().name("hardware-events".to_owned()).spawn(follow).map(drop)
}

fn follow(shared: &Shared, open: &watch::Sender<bool>, queue: &Queue, meter: &Meter) {
    let mut pause = PAUSE;
    loop {
        let wanted = shared.until(|wanted| *wanted != Wanted::Closed, None);
        let Wanted::Open(library) = &wanted else { return };
        // Said before it is looked once more whether it is wanted: so whoever wants it closed from now on, and
        // then looks whether it is, is not told so too early.
        open.send_replace(true);
        let end = match shared.wanted() == wanted {
            true => watch(library.as_deref(), shared, &wanted, queue, meter),
            false => End::Anew,
        };
        shared.idle(None);
        open.send_replace(false);
        let rest = match end {
            End::Anew => {
                pause = PAUSE;
                continue;
            }
            End::Nothing => RENEWAL,
            End::Failed(why) | End::Lost(why) => {
                tracing::debug!("NVML's events are not watched, again in {pause:?}: {why}");
                let longer = (pause * 2).min(RENEWAL);
                std::mem::replace(&mut pause, longer)
            }
        };
        shared.until(|now| *now != wanted, Some(rest));
    }
}

/// Watches until something else is wanted. NVML is closed when this returns.
fn watch(library: Option<&Path>, shared: &Shared, wanted: &Wanted, queue: &Queue, meter: &Meter) -> End {
    let sink = |message| {
        if let Message::Calling { device, call } = message {
            shared.calls(None, device, call);
        }
    };
    let session = match Session::open(library, &sink) {
        Ok(session) => session.counted(meter.clone()),
        Err(error) => return error.into(),
    };
    let end = watched(&session, shared, wanted, queue).unwrap_or_else(|end| end);
    if let End::Lost(_) = end {
        // What it failed of may be what there is to see.
        queue.push(Event::Unseen);
    }
    shared.calls(None, None, "nvmlShutdown");
    drop(session);
    end
}

fn watched(session: &Session<'_>, shared: &Shared, wanted: &Wanted, queue: &Queue) -> Result<End, End> {
    let events = match SessionEvents::new(session) {
        Ok(events) => events,
        Err(CallError { answer: Answer::NoSymbol, .. }) => return Ok(End::Nothing),
        Err(error) => return Err(error.into()),
    };
    let mut registered = 0;
    for index in 0..session.device_count()?.min(DEVICE_LIMIT) {
        if shared.wanted() != *wanted {
            return Ok(End::Anew);
        }
        match events.register(index) {
            Ok(has) => registered += u32::from(has),
            // `nvml.h`: the set is in an undefined state then.
            Err(error) if error.answer == Answer::UNKNOWN => return Err(error.into()),
            Err(error) => tracing::debug!("GPU {index} has no events: {error}"),
        }
    }
    if registered == 0 {
        return Ok(End::Nothing);
    }
    tracing::debug!("NVML's events of {registered} GPUs are watched");
    queue.push(Event::Unseen);
    let began = Instant::now();
    while shared.wanted() == *wanted && began.elapsed() < RENEWAL {
        let asked = Instant::now();
        match events.wait(SLICE).map_err(|error| End::Lost(error.to_string()))? {
            None => {}
            Some(Happened::Cut(address)) => queue.push(Event::Changed(address)),
            Some(Happened::Xid(address, xid)) => queue.push(Event::Xid(address, xid)),
            Some(Happened::Unclear) => queue.push(Event::Unseen),
        }
        thread::sleep(PACE.saturating_sub(asked.elapsed()));
    }
    Ok(End::Anew)
}
