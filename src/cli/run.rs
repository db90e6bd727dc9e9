//! `run`: the daemon. One for each host: a lock says so.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use prometheus_client::registry::Registry;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};

use super::args::Common;
use super::context;
use super::exit::Exit;
use super::lock::{self, unusable};
use crate::config::Settings;
use crate::hardware::{self, HealthNote, Watch};
use crate::model::{Finding, Moment, Samples, Status};
use crate::placement;
use crate::reconciler::{self, Agent, FULL_READ, HUNG, Parts, Pulse, Request, Told};
use crate::telemetry::{self, App, Ask, Clock, Control, Service, Shown, Socket};

pub(super) async fn run(common: Common, settings: Settings) -> Result<Exit, Finding> {
    let folder = settings.run.directory.clone();
    let _lock = lock::take(&folder)?;
    let mut registry = telemetry::registry();
    let meters = Meters::new(&mut registry);
    let parts = parts(&settings, &meters)?;
    let listen = settings.telemetry.listen;
    let reload = Box::new(move || {
        let new = context::read(&common).and_then(|new| {
            Ok(Parts { restart_for: restart_for(&settings, &new), ..self::parts(&new, &meters)? })
        });
        // With the old settings or with the new ones.
        Service.ready();
        new
    });
    let socket = Socket::bind(&folder.join("agent.sock"));
    let socket = socket.map_err(|error| unusable("the socket", &format!("{}: {error}", folder.display())))?;

    let (requests, asked) = mpsc::channel(8);
    let (tell, status) = watch::channel(Status::default());
    let signals = signals(requests.clone())?;
    let follow = Service.follow(status.clone());
    let origin = Instant::now();
    let (sample, samples) = watch::channel(Samples::default());
    let shown = Shown { status, samples, host: host_name() };
    let app = App::new(shown, Arc::new(SinceStart(origin)), registry);
    let listener = listener(listen, app.clone(), tell.clone());
    let serve = socket.serve(app, Arc::new(Loop(requests)));
    let pulse =
        Service::watchdog().map_or_else(Pulse::none, |every| Pulse::every(every, HUNG, || Service.alive()));
    let told = Told { status: tell, samples: sample, origin };
    let agent = Agent::new(parts, reload, asked, told).with_pulse(pulse);
    tracing::info!("started, version {version}", version = env!("CARGO_PKG_VERSION"));
    tokio::select! {
        () = agent.run(signals) => {}
        () = serve => {}
        () = follow => {}
        () = listener => {}
    }
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// Answers over TCP, where the configuration wants it; without, nothing, for ever.
async fn listener(at: Option<SocketAddr>, app: App, status: watch::Sender<Status>) {
    let say = |finding: Option<Finding>| {
        if let Some(finding) = &finding {
            let Finding { code, subject, seen, remedy } = finding;
            tracing::warn!(code = code.as_str(), "{code} {subject}: {seen} → {remedy}");
        }
        status.send_modify(|status| status.listener = finding);
    };
    match at {
        Some(at) => telemetry::listen(at, app, say).await,
        None => std::future::pending().await,
    }
}

/// This host, as dcgm-exporter names it.
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The clock of the loop.
struct SinceStart(Instant);

impl Clock for SinceStart {
    fn now(&self) -> Moment {
        Moment::new(self.0.elapsed())
    }

    fn wall(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// What each room counts; a reload counts on.
pub(super) struct Meters {
    placement: placement::Meters,
    hardware: hardware::Meters,
    reconciler: reconciler::Meters,
}

impl Meters {
    pub(super) fn new(registry: &mut Registry) -> Self {
        Meters {
            reconciler: reconciler::Meters::new(registry),
            placement: placement::Meters::new(registry),
            hardware: hardware::Meters::new(registry),
        }
    }
}

/// Everything that can fail is done here, so that a reload takes up all of it or nothing.
fn parts(settings: &Settings, meters: &Meters) -> Result<Parts, Finding> {
    let hardware = &settings.hardware;
    let watch = match hardware.wake_on_change.as_slice() {
        [] => None,
        files => {
            Some(Watch::new(files).map_err(|error| unusable("hardware.wake_on_change", &error.to_string()))?)
        }
    };
    Ok(Parts {
        client: context::counted_client(settings, meters.placement.clone())?,
        root: context::root_choice(settings),
        policy: settings.policy.clone(),
        interval: settings.run.interval,
        full_read: FULL_READ,
        hardware: hardware::Options {
            meters: meters.hardware.clone(),
            ..context::hardware_options(settings)
        },
        watch,
        note: HealthNote::new(&settings.run.directory),
        events: hardware.events,
        // Nobody could look at it.
        sample: settings.telemetry.interval.filter(|_| settings.telemetry.listen.is_some()),
        guests: settings.telemetry.guests.filter(|_| settings.telemetry.listen.is_some()),
        project_ids: settings.telemetry.project_ids,
        meters: meters.reconciler.clone(),
        restart_for: Vec::new(),
    })
}

/// Settings that are made use of once, at the start.
fn restart_for(started: &Settings, new: &Settings) -> Vec<&'static str> {
    let log = started.log.level != new.log.level || started.log.format != new.log.format;
    let directory = started.run.directory != new.run.directory;
    let listen = started.telemetry.listen != new.telemetry.listen;
    [(log, "[log]"), (directory, "run.directory"), (listen, "telemetry.listen")]
        .iter()
        .filter(|(differs, _)| *differs)
        .map(|(_, k)| *k)
        .collect()
}

/// Done at SIGTERM or SIGINT; passes SIGHUP on meanwhile.
fn signals(requests: mpsc::Sender<Request>) -> Result<impl Future<Output = ()>, Finding> {
    let listen = |kind| signal(kind).map_err(|error| unusable("signals", &error.to_string()));
    let mut hangup = listen(SignalKind::hangup())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => {
                    // A reload that waits already will read the newest file.
                    if requests.try_send(Request::Reload).is_ok() {
                        Service.reloading();
                    }
                }
            }
        }
        Service.stopping();
    })
}

/// The way from the socket to the loop.
struct Loop(mpsc::Sender<Request>);

impl Control for Loop {
    fn ask(&self, what: Ask) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let request = match what {
                Ask::Cycle => Request::Cycle(reply),
                Ask::Release => Request::Release(reply),
                Ask::Resume => Request::Resume(reply),
                Ask::Heal(gpu) => Request::Heal(gpu, reply),
            };
            let gone = |()| "the agent is stopping".to_owned();
            self.0.send(request).await.map_err(|_| gone(()))?;
            answer.await.map_err(|_| gone(()))
        })
    }
}
