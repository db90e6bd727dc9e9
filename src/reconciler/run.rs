//! The loop: wake, scan, cycle, tell, wait. It ends only when it is told to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};

use super::backoff;
use super::journal::Journal;
use super::{Pace, Reconciler, RootChoice, Silent, find_root};
use crate::hardware::{Scanner, Watch};
use crate::model::{Code, Cycle, Finding, HostSnapshot, Moment, Severity, Status, Wake};
use crate::placement::Client;
use crate::planner::{Memory, Policy};

/// All of Placement is read again this often, whatever the generations say: a net under the cache.
const FULL_READ: Duration = Duration::from_secs(600);
/// A root that is not there yet is looked for this often at least: nova-compute may start any moment.
const ROOT_MOST: Duration = Duration::from_secs(30);
/// Changes of a watched file that come within this are one.
const GATHER: Duration = Duration::from_millis(200);
/// A step that is under way when the agent is told to stop may take this long. Then it is cut off, which is
/// safe: killed at any instant, the next start converges.
const LAST_STEP: Duration = Duration::from_millis(700);

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
}

/// Makes the parts from the configuration as it is now, or says what is wrong with it.
pub type Reload = Box<dyn FnMut() -> Result<Parts, Finding> + Send>;

/// What can be asked of a running agent. Each is answered with a line.
#[derive(Debug)]
pub enum Request {
    /// A cycle now.
    Cycle(oneshot::Sender<String>),
    /// No scan until [`Request::Resume`]: `sriov-manage` needs NVML closed.
    Release(oneshot::Sender<String>),
    /// Scans again.
    Resume(oneshot::Sender<String>),
    /// The configuration read again: all of it or nothing.
    Reload,
}

/// The running agent.
pub struct Agent {
    parts: Parts,
    reload: Reload,
    scanner: Scanner,
    watch: Option<Watch>,
    requests: mpsc::Receiver<Request>,
    status: watch::Sender<Status>,
    reconciler: Option<Reconciler>,
    memory: Memory,
    journal: Journal,
    origin: Instant,
    full_read: Moment,
    wait: Option<(Duration, Wake)>,
}

impl Agent {
    /// Puts it together; nothing happens before [`Agent::run`].
    pub fn new(
        parts: Parts,
        reload: Reload,
        scanner: Scanner,
        watch: Option<Watch>,
        requests: mpsc::Receiver<Request>,
        status: watch::Sender<Status>,
    ) -> Self {
        Agent {
            parts,
            reload,
            scanner,
            watch,
            requests,
            status,
            reconciler: None,
            memory: Memory::default(),
            journal: Journal::default(),
            origin: Instant::now(),
            full_read: Moment::default(),
            wait: None,
        }
    }

    fn now(&self) -> Moment {
        Moment::new(self.origin.elapsed())
    }

    /// Runs until `stop` is done.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut wake = Wake::Start;
        loop {
            {
                let cycle = self.once(wake);
                tokio::pin!(cycle);
                tokio::select! {
                    () = &mut cycle => {}
                    () = &mut stop => {
                        let _ = tokio::time::timeout(LAST_STEP, cycle).await;
                        return;
                    }
                }
            }
            wake = tokio::select! {
                () = &mut stop => return,
                wake = self.next_wake() => wake,
            };
        }
    }

    /// One scan and one cycle, told to the log and to whoever watches.
    async fn once(&mut self, wake: Wake) {
        if self.status.borrow().released {
            self.wait = None;
            return;
        }
        let started = self.now();
        let (snapshot, mut findings) = match self.scanner.scan().await {
            Ok(snapshot) => (snapshot, Vec::new()),
            Err(error) => (
                HostSnapshot { failed: Some(error.to_string()), ..Default::default() },
                vec![error.finding()],
            ),
        };
        let now = self.now();
        self.memory.see_hardware(&snapshot, now);
        let cycle = self.cycle(&snapshot, now).await;
        if cycle.stopped_by.as_ref().is_some_and(|finding| finding.code == Code::RootMissing) {
            // It is looked for anew: another compute node may have taken its place.
            self.reconciler = None;
        }
        self.tell(wake, started, cycle, &mut findings);
    }

    async fn cycle(&mut self, snapshot: &HostSnapshot, now: Moment) -> Cycle {
        if self.reconciler.is_none() {
            match find_root(&self.parts.root, &self.parts.client).await {
                Ok(root) => {
                    let client = Arc::clone(&self.parts.client);
                    self.reconciler = Some(Reconciler::new(client, root, self.parts.policy.clone()));
                    self.full_read = now;
                }
                Err(error) => {
                    return Cycle { stopped_by: Some(error.finding()), ..Cycle::default() };
                }
            }
        }
        let Some(reconciler) = &mut self.reconciler else { return Cycle::default() };
        if now.since(self.full_read) >= FULL_READ {
            reconciler.forget();
            self.full_read = now;
        }
        reconciler.cycle(snapshot, Pace::Settling(&mut self.memory, now), &mut Silent).await
    }

    fn tell(&mut self, wake: Wake, started: Moment, cycle: Cycle, findings: &mut Vec<Finding>) {
        let now = self.now();
        for line in self.journal.lines(&cycle, findings, now) {
            match line.severity {
                Severity::Info => tracing::info!("{}", line.text),
                Severity::Warning => tracing::warn!("{}", line.text),
                Severity::Error => tracing::error!("{}", line.text),
            }
        }
        let failures =
            if cycle.stopped_by.is_some() { self.status.borrow().failures.saturating_add(1) } else { 0 };
        let (wait, next) = self.pause(&cycle, failures, now);
        let took = now.since(started);
        tracing::debug!(%wake, ?took, written = cycle.written(), next = ?wait, "cycle");
        self.wait = Some((wait, next));
        let stuck = self.scanner.stuck().map(|(span, what)| (what, span));
        self.status.send_modify(|status| {
            status.cycles += 1;
            status.failures = failures;
            status.ended = Some((now, took));
            if cycle.stopped_by.is_none() {
                status.succeeded = Some(now);
            }
            status.wake = Some(wake);
            status.waiting = waiting(&cycle, wait, next);
            status.cycle = cycle;
            status.findings = std::mem::take(findings);
            status.stuck = stuck;
        });
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

    async fn next_wake(&mut self) -> Wake {
        let wait = self.wait;
        let timer = async {
            match wait {
                Some((span, wake)) => {
                    tokio::time::sleep(span).await;
                    wake
                }
                None => std::future::pending().await,
            }
        };
        tokio::pin!(timer);
        loop {
            let watch = &mut self.watch;
            let changed = async {
                match watch {
                    Some(watch) => watch.changed().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                wake = &mut timer => return wake,
                _ = changed => {
                    tokio::time::sleep(GATHER).await;
                    return Wake::Hardware;
                }
                Some(request) = self.requests.recv() => if let Some(wake) = self.answer(request) {
                    return wake;
                },
            }
        }
    }

    fn answer(&mut self, request: Request) -> Option<Wake> {
        // Whoever asked may have gone; that changes nothing.
        match request {
            Request::Cycle(reply) => {
                let _ = reply.send("a cycle begins".to_owned());
                Some(Wake::Request)
            }
            Request::Release(reply) => {
                let said = match self.scanner.stuck() {
                    Some((_, what)) => {
                        format!("released, but a call has not returned and keeps NVML open: {what}")
                    }
                    None => "released: NVML is closed, and stays so until `resume`".to_owned(),
                };
                tracing::info!("{said}");
                self.status.send_modify(|status| {
                    status.released = true;
                    status.waiting = "`resume`: NVML was released on request".to_owned();
                });
                self.wait = None;
                let _ = reply.send(said);
                None
            }
            Request::Resume(reply) => {
                let was = self.status.borrow().released;
                self.status.send_modify(|status| status.released = false);
                let _ =
                    reply.send(if was { "resumed: a scan begins" } else { "was not released" }.to_owned());
                was.then_some(Wake::Request)
            }
            Request::Reload => {
                let said = match (self.reload)() {
                    Ok(parts) => {
                        self.parts = parts;
                        self.reconciler = None;
                        tracing::info!("the configuration was read again and is in force");
                        "in force".to_owned()
                    }
                    Err(finding) => {
                        tracing::error!(
                            "the configuration was not changed: {}: {}",
                            finding.code,
                            finding.seen
                        );
                        format!("not changed: {} {}", finding.code, finding.seen)
                    }
                };
                self.status.send_modify(|status| status.reload = Some(said));
                Some(Wake::Reload)
            }
        }
    }
}

fn waiting(cycle: &Cycle, wait: Duration, wake: Wake) -> String {
    let seconds = wait.as_secs_f64();
    match (&cycle.stopped_by, wake) {
        (Some(finding), _) => {
            format!("{seconds:.0} s, then tries again after {}: {}", finding.code, finding.seen)
        }
        (None, Wake::Settled) => format!("{seconds:.0} s, until something settles"),
        (None, _) => format!("{seconds:.0} s, or a change of the hardware"),
    }
}
