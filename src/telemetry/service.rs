//! What the service manager is told: when the agent is ready, what it is at, that it lives. Without a manager
//! (`NOTIFY_SOCKET`) nobody is told anything.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::model::{Moment, Status};
use crate::report;

/// Ready by then, also where the first scan hangs: the manager's patience with a start is 90 s by default, and a
/// host with one sick GPU must not be one without an agent.
const READY_MOST: Duration = Duration::from_secs(30);

/// The service manager.
#[derive(Debug, Clone, Copy)]
pub struct Service;

impl Service {
    /// How often it wants a sign of life; none where it does not watch this process. Half of its patience.
    pub fn watchdog() -> Option<Duration> {
        sd_notify::watchdog_enabled().map(|patience| patience / 2)
    }

    /// A sign of life.
    pub fn alive(self) {
        tell(&[NotifyState::Watchdog]);
    }

    /// The configuration is about to be read again. [`Service::ready`] ends it.
    pub fn reloading(self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => tell(&[NotifyState::Reloading, now]),
            Err(error) => tracing::debug!("the monotonic clock cannot be read: {error}"),
        }
    }

    /// Ready, or ready again.
    pub fn ready(self) {
        tell(&[NotifyState::Ready]);
    }

    /// It was told to stop.
    pub fn stopping(self) {
        tell(&[NotifyState::Stopping, NotifyState::Status("Stopping")]);
    }

    /// Tells each change of what the agent is at, and once that it is ready: when the first scan was tried. Never
    /// later: the root provider is made by nova-compute, which may be started after it. Ends with the agent.
    pub async fn follow(self, mut status: watch::Receiver<Status>) {
        let at_last = Instant::now() + READY_MOST;
        let (mut said, mut ready) = (String::new(), false);
        loop {
            let (line, scanned) = {
                let status = status.borrow_and_update();
                // How long ago things were is no part of the line.
                let document = report::json::Status::new(&status, Moment::default());
                (report::service_line(&document), status.scanned)
            };
            if line != said {
                tell(&[NotifyState::Status(&line)]);
                said = line;
            }
            if !ready && (scanned || Instant::now() >= at_last) {
                ready = true;
                self.ready();
            }
            let changed = match ready {
                true => status.changed().await,
                false => timeout_at(at_last, status.changed()).await.unwrap_or(Ok(())),
            };
            if changed.is_err() {
                return;
            }
        }
    }
}

fn tell(what: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(what) {
        tracing::debug!("the service manager cannot be told: {error}");
    }
}
