//! `run`: the daemon. One for each host: a lock says so.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};

use super::args::Common;
use super::context;
use super::exit::Exit;
use crate::config::Settings;
use crate::hardware::{HealthNote, Watch};
use crate::model::{Code, Finding, Moment, Status};
use crate::reconciler::{Agent, FULL_READ, Parts, Request};
use crate::telemetry::{self, App, Ask, Clock, Control, Socket};

pub(super) async fn run(common: Common, settings: Settings) -> Result<Exit, Finding> {
    let folder = settings.run.directory.clone();
    let _lock = lock(&folder)?;
    let parts = parts(&settings)?;
    let listen = settings.telemetry.listen;
    let reload = Box::new(move || {
        let new = context::read(&common)?;
        Ok(Parts { restart_for: restart_for(&settings, &new), ..self::parts(&new)? })
    });
    let socket = Socket::bind(&folder.join("agent.sock"));
    let socket = socket.map_err(|error| unusable("the socket", &format!("{}: {error}", folder.display())))?;

    let (requests, asked) = mpsc::channel(8);
    let (tell, status) = watch::channel(Status::default());
    let signals = signals(requests.clone())?;
    let origin = Instant::now();
    let app = App::new(status, Arc::new(SinceStart(origin)));
    let listener = listener(listen, app.clone(), tell.clone());
    let serve = socket.serve(app, Arc::new(Loop(requests)));
    let agent = Agent::new(parts, reload, asked, tell, origin);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    tokio::select! {
        () = agent.run(signals) => {}
        () = serve => {}
        () = listener => {}
    }
    tracing::info!("stopped");
    Ok(Exit::Done)
}

/// Answers over TCP, where the configuration wants it; without, nothing, for ever.
async fn listener(at: Option<SocketAddr>, app: App, status: watch::Sender<Status>) {
    let say = |finding: Option<Finding>| {
        if let Some(finding) = &finding {
            tracing::warn!("{} {}: {} → {}", finding.code, finding.subject, finding.seen, finding.remedy);
        }
        status.send_modify(|status| status.listener = finding);
    };
    match at {
        Some(at) => telemetry::listen(at, app, say).await,
        None => std::future::pending().await,
    }
}

/// The clock of the loop.
struct SinceStart(Instant);

impl Clock for SinceStart {
    fn now(&self) -> Moment {
        Moment::new(self.0.elapsed())
    }
}

/// Everything that can fail is done here, so that a reload takes up all of it or nothing.
fn parts(settings: &Settings) -> Result<Parts, Finding> {
    let hardware = &settings.hardware;
    let watch = match hardware.wake_on_change.as_slice() {
        [] => None,
        files => {
            Some(Watch::new(files).map_err(|error| unusable("hardware.wake_on_change", &error.to_string()))?)
        }
    };
    Ok(Parts {
        client: context::client(settings)?,
        root: context::root_choice(settings),
        policy: settings.policy.clone(),
        interval: settings.run.interval,
        full_read: FULL_READ,
        hardware: context::hardware_options(settings),
        watch,
        note: HealthNote::new(&settings.run.directory),
        events: hardware.events,
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

fn unusable(what: &str, seen: &str) -> Finding {
    Finding::new(Code::ConfigInvalid, what, seen, "make the folder, or name another in the configuration")
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
                _ = terminate.recv() => return,
                _ = interrupt.recv() => return,
                _ = hangup.recv() => {
                    // A reload that waits already will read the newest file.
                    let _ = requests.try_send(Request::Reload);
                }
            }
        }
    })
}

/// Two agents would agree with each other, but double every request and every log line.
fn lock(folder: &Path) -> Result<File, Finding> {
    let path = folder.join("lock");
    let open = || {
        std::fs::create_dir_all(folder)?;
        File::options().read(true).write(true).create(true).truncate(false).open(&path)
    };
    let mut file =
        open().map_err(|error| unusable("run.directory", &format!("{}: {error}", path.display())))?;
    match file.try_lock() {
        Ok(()) => {
            let pid = std::process::id().to_string();
            let written = file.set_len(0).and_then(|()| file.write_all(pid.as_bytes()));
            written.map_err(|error| unusable("run.directory", &format!("{}: {error}", path.display())))?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let _ = file.read_to_string(&mut pid);
            Err(Finding::new(
                Code::AlreadyRunning,
                "this host",
                format!("another agent runs here already, process {} (lock {})", pid.trim(), path.display()),
                "`status` shows what it does; `systemctl stop nvidia-placement-agent` stops it. `plan` and `apply` may \
                 be used beside it",
            ))
        }
        Err(TryLockError::Error(error)) => {
            Err(unusable("run.directory", &format!("{}: {error}", path.display())))
        }
    }
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
