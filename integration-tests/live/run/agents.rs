//! Many agents in one process: the loop itself, each under a root of its own, all on one simulated host.

use std::sync::Arc;
use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::hardware::{self, HealthNote};
use nvidia_placement_agent::identity::NoAuth;
use nvidia_placement_agent::model::{Code, Finding, RootUuid, Samples, Status};
use nvidia_placement_agent::placement::{Client, Options};
use nvidia_placement_agent::planner::{Attachable, Policy, Timing};
use nvidia_placement_agent::reconciler::{Agent, Parts, Reload, Request, RootChoice, Told};
use tokio::sync::{mpsc, watch};

/// What runs, for as long as it is kept.
pub(crate) struct Running {
    pub(crate) status: watch::Receiver<Status>,
    pub(crate) requests: mpsc::Sender<Request>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Running {
    pub(crate) fn converged(&self) -> bool {
        let status = self.status.borrow();
        let holds = |round: &nvidia_placement_agent::model::Round| {
            let providers = &round.decision.providers;
            !providers.is_empty() && round.decision.next.is_none()
        };
        status.failures == 0 && status.cycle.converged() && status.cycle.rounds.last().is_some_and(holds)
    }
}

/// Starts one, with the retries that it has by default. Call it within a `LocalSet`.
pub(crate) fn start(
    host: &SimulatedHost,
    root: RootUuid,
    url: &str,
    interval: Duration,
    full_read: Duration,
) -> Running {
    let tokens = Arc::new(NoAuth::new(url.parse().unwrap()));
    let timing = Timing { growth: Duration::from_millis(100), ..Timing::default() };
    let parts = Parts {
        client: Arc::new(Client::new(Options::default(), tokens).unwrap()),
        root: RootChoice { uuid: Some(root), ..RootChoice::default() },
        policy: Policy { attachable: Attachable::Yes, timing, ..Policy::default() },
        interval,
        full_read,
        hardware: hardware::Options {
            library: Some(host.library()),
            sysfs: Some(host.sysfs()),
            ..hardware::Options::default()
        },
        watch: None,
        note: HealthNote::new(host.folder()),
        events: false,
        sample: None,
        guests: None,
        project_ids: false,
        meters: nvidia_placement_agent::reconciler::Meters::default(),
        restart_for: Vec::new(),
    };
    let reload: Reload = Box::new(|| Err(Finding::new(Code::ConfigInvalid, "a test", "none", "none")));
    let (requests, asked) = mpsc::channel(8);
    let (tell, status) = watch::channel(Status::default());
    let samples = watch::channel(Samples::default()).0;
    let told = Told { status: tell, samples, origin: std::time::Instant::now() };
    let task = tokio::task::spawn_local(Agent::new(parts, reload, asked, told).run(std::future::pending()));
    Running { status, requests, task }
}
