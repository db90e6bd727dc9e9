//! The loop: wake, scan, cycle, tell, wait. It ends only when it is told to.
//!
//! Its only clock is the monotonic one: setting the host's time moves nothing here.

mod calm;
mod guests;
mod health;
mod pulse;
mod requests;
mod tell;
mod waking;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tracing::Instrument;

use super::backoff;
use super::journal::Journal;
use super::{Meters, Pace, Reconciler, RootChoice, RootError, Silent, find_root};
use crate::hardware::{self, Ending, Events, HealthNote, Pending, Sampler, Scanner, Watch};
use crate::model::{
    Code, Cycle, Finding, Hardware, HostSnapshot, Moment, NovaView, RootUuid, Samples, Status, Wake,
};
use crate::nova::read_devices;
use crate::placement::Client;
use crate::planner::{self, Memory, Policy, XidLog};
use calm::Calm;
use guests::Asked;

pub use pulse::{HUNG, Pulse};
pub use requests::Request;

/// All of Placement is read again this often, whatever the generations say: a net under the cache.
pub const FULL_READ: Duration = Duration::from_secs(600);
/// A root that is not there yet is looked for this often at least: nova-compute may start any moment.
const ROOT_MOST: Duration = Duration::from_secs(30);
/// A step that is under way when the agent is told to stop may take this long. Then it is cut off, which is
/// safe: killed at any instant, the next start converges.
const LAST_STEP: Duration = Duration::from_millis(700);
/// NVML may take this long beyond that to be closed. Then the process ends with a thread in it.
const LAST_EVENT: Duration = Duration::from_millis(250);

/// What the configuration decides, and a reload replaces as a whole.
#[derive(Debug)]
pub struct Parts {
    /// For Placement.
    pub client: Arc<Client>,
    /// Which provider is the root.
    pub root: RootChoice,
    /// What the operator wants.
    pub policy: Policy,
    /// Between two cycles when nothing happens.
    pub interval: Duration,
    /// Between two readings of all of Placement; [`FULL_READ`] but in a test.
    pub full_read: Duration,
    /// How to scan.
    pub hardware: hardware::Options,
    /// Files whose change wakes the loop, being watched already.
    pub watch: Option<Watch>,
    /// Where XID events are noted, so that a restart does not forget them.
    pub note: HealthNote,
    /// Whether NVML's events wake the loop.
    pub events: bool,
    /// How often what moves by itself is read for telemetry; none: never.
    pub sample: Option<Duration>,
    /// How often Placement is asked who holds the agent's providers; none: never.
    pub guests: Option<Duration>,
    /// Whether it is asked for the project of each new one of those, too.
    pub project_ids: bool,
    /// What counts its cycles.
    pub meters: Meters,
    /// Settings that differ from those in force and cannot be taken up without a restart.
    pub restart_for: Vec<&'static str>,
}

/// Makes the parts from the configuration as it is now, or says what is wrong with it.
pub type Reload = Box<dyn FnMut() -> Result<Parts, Finding> + Send>;

/// Where the agent tells what it sees and does.
#[derive(Debug)]
pub struct Told {
    /// The loop.
    pub status: watch::Sender<Status>,
    /// What moves by itself.
    pub samples: watch::Sender<Samples>,
    /// What all times are counted from.
    pub origin: Instant,
}

/// The running agent.
pub struct Agent {
    parts: Parts,
    reload: Reload,
    scanner: Scanner,
    events: Events,
    sampler: Sampler,
    asked: Asked,
    calm: Calm,
    requests: mpsc::Receiver<Request>,
    status: watch::Sender<Status>,
    reconciler: Option<Reconciler>,
    /// The last root that was found. What is remembered of providers is remembered of its tree.
    root: Option<RootUuid>,
    memory: Memory,
    xids: XidLog,
    journal: Journal,
    origin: Instant,
    full_read: Moment,
    wait: Option<(Duration, Wake)>,
    pulse: Pulse,
}

impl Agent {
    /// Puts it together and begins to watch the hardware; nothing else happens before [`Agent::run`].
    pub fn new(parts: Parts, reload: Reload, requests: mpsc::Receiver<Request>, told: Told) -> Self {
        let Told { status, samples, origin } = told;
        let mut events = Events::new();
        events.configure(parts.events, parts.hardware.clone());
        let mut sampler = Sampler::new(samples, origin);
        sampler.configure(parts.sample, parts.hardware.clone());
        Agent {
            scanner: Scanner::new(parts.hardware.clone()),
            xids: health::noted(&parts.note),
            events,
            sampler,
            asked: Asked::default(),
            calm: Calm::default(),
            parts,
            reload,
            requests,
            status,
            reconciler: None,
            root: None,
            memory: Memory::default(),
            journal: Journal::default(),
            origin,
            full_read: Moment::default(),
            wait: None,
            pulse: Pulse::none(),
        }
    }

    /// Gives signs of life while it runs.
    #[must_use]
    pub fn with_pulse(self, pulse: Pulse) -> Self {
        Agent { pulse, ..self }
    }

    fn now(&self) -> Moment {
        Moment::new(self.origin.elapsed())
    }

    /// Runs until `stop` is done.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let endings = [self.events.ending(), self.sampler.ending()];
        self.cycles(stop, || endings.iter().for_each(Ending::begin)).await;
        let [events, samples] = endings;
        tokio::join!(events.wait(LAST_EVENT), samples.wait(LAST_EVENT));
    }

    /// Cycle after cycle until `stop` is done; says so when it is, and ends soon after.
    async fn cycles(&mut self, stop: impl Future<Output = ()>, stopping: impl Fn()) {
        let beats =
            std::mem::take(&mut self.pulse).beat(Pending::of(&self.scanner, &self.events, &self.sampler));
        tokio::pin!(stop, beats);
        let mut wake = Wake::Start;
        loop {
            {
                let number = self.status.borrow().cycles + 1;
                let cycle = self.once(wake).instrument(tracing::info_span!("cycle", cycle = number, %wake));
                tokio::pin!(cycle);
                tokio::select! {
                    () = &mut cycle => {}
                    never = &mut beats => match never {},
                    () = &mut stop => {
                        stopping();
                        let _ = tokio::time::timeout(LAST_STEP, cycle).await;
                        return;
                    }
                }
            }
            wake = tokio::select! {
                () = &mut stop => return stopping(),
                never = &mut beats => match never {},
                wake = self.next_wake() => wake,
            };
        }
    }

    /// One scan and one cycle, told to the log and to whoever watches.
    ///
    /// Nothing at all while NVML is released, no request to Placement either. What cannot be seen cannot be
    /// decided, and whoever asked for the release works on the GPUs and will say when that is over: until then
    /// Placement keeps what it was told last. Reserving everything, as for a GPU that is lost, would turn each
    /// release of a second into writes for every provider.
    async fn once(&mut self, wake: Wake) {
        if self.status.borrow().released {
            self.wait = None;
            return;
        }
        let started = self.now();
        // Either may take long when something hangs, and the status must not tell of the pause before it then.
        self.waits_for("the scan of the GPUs, in a cycle that is under way");
        let (mut snapshot, mut findings) = match self.scanner.scan().await {
            Ok(snapshot) => (snapshot, Vec::new()),
            Err(error) => (
                HostSnapshot { failed: Some(error.to_string()), ..Default::default() },
                vec![error.finding()],
            ),
        };
        self.status.send_modify(|status| status.scanned = true);
        self.follow_health(&mut snapshot);
        let now = self.now();
        self.memory.see_hardware(&snapshot, &self.parts.policy, now);
        // Each time: an operator who changes what Nova reports does not think of this agent.
        let nova = read_devices(&self.parts.root.nova);
        let hardware = self.show_hardware(snapshot, &nova);
        self.waits_for("Placement, in a cycle that is under way");
        let cycle = self.cycle(&hardware.snapshot, nova, now).await;
        if cycle.stopped_by.as_ref().is_some_and(|finding| finding.code == Code::RootMissing) {
            // It is looked for anew: another compute node may have taken its place.
            self.reconciler = None;
        }
        self.settle(&hardware.snapshot, &cycle, now);
        self.tell(wake, started, cycle, &mut findings);
    }

    fn settle(&self, snapshot: &HostSnapshot, cycle: &Cycle, now: Moment) {
        let decided = cycle.rounds.last().filter(|_| cycle.stopped_by.is_none());
        let decided = decided.map(|round| &round.decision);
        if snapshot.failed.is_none() && self.memory.settled(decided, &self.parts.policy.timing, now) {
            self.status.send_modify(|status| status.settled = true);
        }
    }

    /// Shows what the scan saw to whoever watches; a scan that failed leaves there what was seen before.
    fn show_hardware(&self, snapshot: HostSnapshot, nova: &NovaView) -> Arc<Hardware> {
        let policy = &self.parts.policy;
        let prospects = planner::prospects(&snapshot, nova, policy);
        let findings = planner::hardware_findings(&snapshot, policy);
        self.sampler.see(&snapshot);
        let hardware = Arc::new(Hardware { snapshot, prospects, findings });
        if hardware.snapshot.failed.is_none() {
            self.status.send_modify(|status| status.hardware = Some(Arc::clone(&hardware)));
        }
        hardware
    }

    async fn cycle(&mut self, snapshot: &HostSnapshot, nova: NovaView, now: Moment) -> Cycle {
        if self.reconciler.is_none() {
            match find_root(&self.parts.root, &self.parts.client).await {
                Ok(root) => {
                    if self.root.replace(root).is_some_and(|before| before != root) {
                        // The providers that it knows are of another tree, and have not vanished from this one.
                        self.memory = Memory::default();
                        self.memory.see_hardware(snapshot, &self.parts.policy, now);
                    }
                    let client = Arc::clone(&self.parts.client);
                    self.reconciler = Some(Reconciler::new(client, root, self.parts.policy.clone()));
                    self.full_read = now;
                }
                Err(error) => {
                    let retry_after = match &error {
                        RootError::Placement(error) => error.retry_after(),
                        _ => None,
                    };
                    return Cycle { stopped_by: Some(error.finding()), retry_after, ..Cycle::default() };
                }
            }
        }
        let Some(reconciler) = &mut self.reconciler else { return Cycle::default() };
        reconciler.see_nova(nova);
        if now.since(self.full_read) >= self.parts.full_read {
            reconciler.forget();
            self.full_read = now;
        }
        let origin = self.origin;
        let clock = move || Moment::new(origin.elapsed());
        reconciler.cycle(snapshot, Pace::Settling(&mut self.memory, now, &clock), &mut Silent).await
    }

    /// How long to wait after this cycle, and what the wake will be for.
    fn pause(&self, cycle: &Cycle, failures: u32, now: Moment) -> (Duration, Wake) {
        if let Some(stopped_by) = &cycle.stopped_by {
            let wait = backoff::after_failures(failures, cycle.retry_after, fastrand::f64());
            let root = stopped_by.code == Code::RootMissing;
            return (if root { wait.min(ROOT_MOST) } else { wait }, Wake::Retry);
        }
        let interval = backoff::interval(self.parts.interval, fastrand::f64());
        let settles = cycle.rounds.last().and_then(|round| round.decision.next).map(|at| at.since(now));
        match settles {
            Some(settles) if settles < interval => (settles, Wake::Settled),
            _ => (interval, Wake::Interval),
        }
    }
}
