//! What the running agent is doing, for whoever asks.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{
    Cycle, DeviceDecision, Finding, Guests, Held, HostSnapshot, Moment, ObservedTree, PciAddress, StepRecord,
};

/// Notes that are kept: ten minutes of quiet at the default interval, and little to carry about.
const NOTES: usize = 20;

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

impl Wake {
    /// All of them.
    pub const ALL: [Wake; 7] = [
        Wake::Start,
        Wake::Interval,
        Wake::Settled,
        Wake::Retry,
        Wake::Hardware,
        Wake::Reload,
        Wake::Request,
    ];
}

/// How a cycle ended, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Placement says what the hardware is.
    Converged,
    /// It reached its end, and something is not as it should be: a step failed, or a finding is an error.
    Incomplete,
    /// Something stopped it.
    Stopped,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 3] = [Outcome::Converged, Outcome::Incomplete, Outcome::Stopped];

    /// Of that cycle, with what else was found beside it.
    pub fn of(cycle: &Cycle, findings: &[Finding]) -> Outcome {
        match (&cycle.stopped_by, cycle.converged() && findings.is_empty()) {
            (Some(_), _) => Outcome::Stopped,
            (None, true) => Outcome::Converged,
            (None, false) => Outcome::Incomplete,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Outcome::Converged => "converged",
            Outcome::Incomplete => "incomplete",
            Outcome::Stopped => "stopped",
        })
    }
}

/// Steps that a note keeps: the first synchronisation of a large host has hundreds.
const STEPS: usize = 32;

/// One cycle in a line, for those who ask what happened lately.
#[derive(Debug, Clone, PartialEq)]
pub struct CycleNote {
    /// When it ended.
    pub ended: Moment,
    /// Why it was begun.
    pub wake: Wake,
    /// From the beginning of the scan to the last write.
    pub took: Duration,
    /// Writes that Placement accepted.
    pub written: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// What stopped it, where something did.
    pub stopped_by: Option<Finding>,
    /// What was tried, in order, and what became of it: the first of it.
    pub steps: Vec<StepRecord>,
    /// How many further steps there were.
    pub steps_left_out: usize,
}

impl CycleNote {
    /// The steps of a cycle that a note keeps, and how many it does not.
    pub fn steps(cycle: &Cycle) -> (Vec<StepRecord>, usize) {
        let all = cycle.rounds.iter().flat_map(|round| &round.steps);
        (all.clone().take(STEPS).cloned().collect(), all.count().saturating_sub(STEPS))
    }
}

/// How many XID events, and which was the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct XidTally {
    /// Since the agent started, as far as it was told.
    pub count: u64,
    /// NVIDIA's number.
    pub last: u32,
}

/// The hardware as the last scan saw it, with all that `discover` says of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hardware {
    /// The scan.
    pub snapshot: HostSnapshot,
    /// What would be reported of each GPU, without asking Placement.
    pub prospects: BTreeMap<PciAddress, DeviceDecision>,
    /// What an operator should know of it.
    pub findings: Vec<Finding>,
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
    /// Why nobody can ask over HTTP, where somebody should be able to. Placement is as true without.
    pub listener: Option<Finding>,
    /// A cycle that ended well may be this old before something is wrong.
    pub fresh_for: Duration,
    /// The hardware as it was seen last; none before the first scan that worked.
    pub hardware: Option<Arc<Hardware>>,
    /// The tree as it was seen last, with what was written to it since; none before the first reading.
    pub tree: Option<Arc<ObservedTree>>,
    /// Who holds the agent's providers; none where nobody asked, or Placement did not say.
    pub held: Option<Arc<Held>>,
    /// The XID events since the start, by GPU.
    pub xids: BTreeMap<PciAddress, XidTally>,
    /// The last cycles, the newest last.
    pub notes: VecDeque<CycleNote>,
}

impl Status {
    /// Everything that an operator should know now, whoever found it.
    pub fn all_findings(&self) -> Vec<Finding> {
        let findings = self.cycle.findings().into_iter().chain(self.findings.iter().cloned());
        findings.chain(self.listener.clone()).collect()
    }

    /// Who holds the agent's providers, where Placement said so lately.
    pub fn guests(&self, now: Moment) -> Option<&Guests> {
        self.held.as_deref().filter(|held| held.is_fresh(now)).map(|held| &held.guests)
    }

    /// Keeps a note, and forgets the oldest beyond the twentieth.
    pub fn note(&mut self, note: CycleNote) {
        self.notes.push_back(note);
        while self.notes.len() > NOTES {
            self.notes.pop_front();
        }
    }
}
