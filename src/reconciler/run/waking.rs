//! Between two cycles: what the loop waits for, and what wakes it.

use std::time::Duration;

use super::Agent;
use crate::hardware::{Event, Events, Watch};
use crate::model::Wake;

/// Changes of the hardware are one as long as the next comes within this: a re-slice is many steps.
const GATHER: Duration = Duration::from_millis(250);
/// But no longer than this: what is gone must not stay on offer because something else keeps changing.
const GATHER_MOST: Duration = Duration::from_millis(600);

impl Agent {
    pub(super) async fn next_wake(&mut self) -> Wake {
        let asleep = tokio::time::Instant::now();
        let mut wait = self.wait.map(|(span, wake)| (asleep + span, wake));
        loop {
            let timer = async {
                match wait {
                    Some((at, wake)) => {
                        tokio::time::sleep_until(at).await;
                        wake
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                wake = timer => return wake,
                changed = changed(&mut self.parts.watch, &self.events) => {
                    self.note(changed);
                    match self.calm.hold(self.now()) {
                        Duration::ZERO => {
                            self.gather().await;
                            return Wake::Hardware;
                        }
                        hold => {
                            let then = tokio::time::Instant::now() + hold;
                            // Nothing is waited for while NVML is released, nor then.
                            wait = wait.map(|(at, wake)| if at <= then { (at, wake) } else { (then, Wake::Hardware) });
                        }
                    }
                }
                Some(request) = self.requests.recv() => if let Some(wake) = self.answer(request).await {
                    return wake;
                },
            }
        }
    }

    /// Waits until a burst of changes is over, or has lasted long enough.
    async fn gather(&mut self) {
        let most = tokio::time::Instant::now() + GATHER_MOST;
        loop {
            let quiet = most.min(tokio::time::Instant::now() + GATHER);
            let next = changed(&mut self.parts.watch, &self.events);
            match tokio::time::timeout_at(quiet, next).await {
                Ok(changed) => self.note(changed),
                Err(_) => return,
            }
        }
    }

    /// Keeps what a scan does not tell.
    fn note(&mut self, event: Option<Event>) {
        if let Some(Event::Xid(address, xid)) = event {
            self.see_xid(address, xid);
        }
    }
}

/// The next sign that the hardware is not what it was: an event, or a watched file.
async fn changed(watch: &mut Option<Watch>, events: &Events) -> Option<Event> {
    let file = async {
        match watch {
            Some(watch) => {
                watch.changed().await;
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = file => None,
        event = events.changed() => Some(event),
    }
}
