//! What the running agent is doing, for whoever asks.

use std::fmt;
use std::time::Duration;

use super::{Cycle, Finding, Moment};

/// Why a cycle was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wake {
    /// The agent started.
    Start,
    /// The interval was over.
    Interval,
    /// Something settled, or a pause ended.
    Settled,
    /// The wait after a failure was over.
    Retry,
    /// A watched file changed: a GPU may have been cut anew.
    Hardware,
    /// The configuration was read again.
    Reload,
    /// Somebody asked for it over the socket.
    Request,
}

impl fmt::Display for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Wake::Start => "start",
            Wake::Interval => "interval",
            Wake::Settled => "settled",
            Wake::Retry => "retry",
            Wake::Hardware => "hardware",
            Wake::Reload => "reload",
            Wake::Request => "request",
        })
    }
}

/// The last cycle and what is waited for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// Whether a scan has ended since the start, well or not.
    pub scanned: bool,
    /// Whether, since the start, a scan has shown nothing that had still to settle.
    pub settled: bool,
    /// Cycles since the start.
    pub cycles: u64,
    /// Cycles in a row that did not reach their end.
    pub failures: u32,
    /// When the last cycle ended, and how long it took.
    pub ended: Option<(Moment, Duration)>,
    /// When the last cycle that reached its end did so.
    pub succeeded: Option<Moment>,
    /// Why the last cycle was begun.
    pub wake: Option<Wake>,
    /// What it saw, decided and did.
    pub cycle: Cycle,
    /// What else an operator should know: the scan's failure, what a reload said.
    pub findings: Vec<Finding>,
    /// What the agent waits for now, in words.
    pub waiting: String,
    /// A call into the driver that has not returned: which, and for how long.
    pub stuck: Option<(String, Duration)>,
    /// NVML was released on request: no scan until `resume`.
    pub released: bool,
    /// What the last reload of the configuration said.
    pub reload: Option<String>,
}
