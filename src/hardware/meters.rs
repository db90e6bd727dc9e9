//! NVML's calls and the events, counted. A call is counted when it begins, its errors and its time when it ends: the
//! difference is what is under way, or hangs.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Event;
use super::nvml::Answer;

/// What a session of NVML is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The scans of the loop.
    Scan,
    /// What moves by itself.
    Sample,
    /// Events; but for the waits, which take as long as nothing happens.
    Events,
}

impl Purpose {
    const ALL: [Purpose; 3] = [Purpose::Scan, Purpose::Sample, Purpose::Events];

    fn label(self) -> (&'static str, &'static str) {
        let word = match self {
            Purpose::Scan => "scan",
            Purpose::Sample => "sample",
            Purpose::Events => "events",
        };
        ("session", word)
    }
}

/// Kinds of failed calls: the GPU or the driver has no such thing, which is usual; the rest is not.
const ERRORS: [&str; 6] = ["absent", "not_found", "no_permission", "gpu_lost", "timeout", "other"];

const EVENTS: [&str; 4] = ["cut", "xid", "kernel", "unseen"];

/// From a call that the library answers itself to one that wakes a GPU up.
const BUCKETS: [f64; 9] = [0.00001, 0.0001, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0];

type Labels<const N: usize> = [(&'static str, &'static str); N];

/// The counters of everything that was made with it.
#[derive(Debug, Clone)]
pub struct Meters {
    calls: Family<Labels<1>, Counter>,
    errors: Family<Labels<2>, Counter>,
    seconds: Family<Labels<1>, Histogram>,
    events: Family<Labels<1>, Counter>,
}

impl Default for Meters {
    /// Counts, and shows nobody.
    fn default() -> Self {
        Meters {
            calls: Family::default(),
            errors: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            events: Family::default(),
        }
    }
}

/// Two ways to scan are the same whoever counts.
impl PartialEq for Meters {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Meters {}

impl Meters {
    /// Counts into that registry, with every series there from the beginning.
    pub fn new(registry: &mut Registry) -> Self {
        let meters = Meters::default();
        for purpose in Purpose::ALL {
            drop(meters.calls.get_or_create(&[purpose.label()]));
            drop(meters.seconds.get_or_create(&[purpose.label()]));
            for error in ERRORS {
                drop(meters.errors.get_or_create(&[purpose.label(), ("error", error)]));
            }
        }
        for event in EVENTS {
            drop(meters.events.get_or_create(&[("kind", event)]));
        }
        registry.register("nvml_calls", "Calls into NVML that were begun", meters.calls.clone());
        registry.register("nvml_call_errors", "Calls into NVML that failed", meters.errors.clone());
        let help = "How long a call into NVML took that returned";
        registry.register("nvml_call_duration_seconds", help, meters.seconds.clone());
        registry.register("hardware_events", "Events that may wake the loop", meters.events.clone());
        meters
    }

    /// Counts for one session.
    pub(super) fn of(&self, purpose: Purpose) -> Meter {
        let label = [purpose.label()];
        Meter {
            purpose,
            calls: self.calls.get_or_create_owned(&label),
            seconds: self.seconds.get_or_create_owned(&label),
            errors: self.errors.clone(),
        }
    }

    /// Something happened.
    pub(super) fn happened(&self, event: &Event) {
        let kind = match event {
            Event::Changed(_) => "cut",
            Event::Xid(..) => "xid",
            Event::Kernel => "kernel",
            Event::Unseen => "unseen",
        };
        self.events.get_or_create(&[("kind", kind)]).inc();
    }
}

/// The counters of one session.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    purpose: Purpose,
    calls: Counter,
    seconds: Histogram,
    errors: Family<Labels<2>, Counter>,
}

impl Meter {
    /// A call is about to be made.
    pub(super) fn begins(&self) {
        self.calls.inc();
    }

    /// It returned.
    pub(super) fn ends(&self, error: Option<&Answer>, took: Duration) {
        self.seconds.observe(took.as_secs_f64());
        if let Some(error) = error {
            self.errors.get_or_create(&[self.purpose.label(), ("error", kind(error))]).inc();
        }
    }
}

fn kind(error: &Answer) -> &'static str {
    match error {
        error if error.is_absence() || error.is_not_this_one() => "absent",
        error if *error == Answer::NOT_FOUND => "not_found",
        error if *error == Answer::NO_PERMISSION => "no_permission",
        error if *error == Answer::GPU_IS_LOST => "gpu_lost",
        error if *error == Answer::TIMEOUT => "timeout",
        _ => "other",
    }
}
