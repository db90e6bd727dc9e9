//! Signs of life for a watchdog, given by the loop's own task: they end when that is blocked, and when a call into
//! the driver hangs for so long that only a new process can help. An outage of Placement is none of both.

use std::convert::Infallible;
use std::time::Duration;

use crate::hardware::Pending;

/// A call into the driver that has not returned for this long counts as never returning.
pub const HUNG: Duration = Duration::from_secs(120);

/// How often a sign of life is given, by whom, and what ends it.
pub struct Pulse(Option<Beats>);

struct Beats {
    every: Duration,
    hung: Duration,
    beat: Box<dyn FnMut() + Send>,
}

impl Pulse {
    /// Nobody watches.
    pub fn none() -> Self {
        Pulse(None)
    }

    /// That often, until a call hangs for that long ([`HUNG`] but in a test).
    pub fn every(every: Duration, hung: Duration, beat: impl FnMut() + Send + 'static) -> Self {
        Pulse(Some(Beats { every, hung, beat: Box::new(beat) }))
    }

    /// Polled beside whatever the loop does.
    pub(super) async fn beat(self, pending: Pending) -> Infallible {
        let Some(Beats { every, hung, mut beat }) = self.0 else { return std::future::pending().await };
        let mut said = false;
        loop {
            let hangs = pending.longest().filter(|span| *span >= hung);
            match hangs {
                None => beat(),
                Some(span) if !said => {
                    let seconds = span.as_secs();
                    tracing::error!(
                        "a call into the driver has not returned for {seconds} s (`status` names it): no more signs of \
                         life for the watchdog, which restarts the agent"
                    );
                }
                Some(_) => {}
            }
            said = hangs.is_some();
            tokio::time::sleep(every).await;
        }
    }
}

impl Default for Pulse {
    fn default() -> Self {
        Pulse::none()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use nvidia_ml::testing::SimulatedHost;

    use super::*;
    use crate::hardware::{Events, Options, Sampler, Scanner};

    const SICK: &str = r#"
        privileged = true
        [[gpu]]
        address = "0000:41:00.0"
        model = "A100-40GB"
        errors = { nvmlDeviceGetName = "hang" }
    "#;

    fn options(host: &SimulatedHost, deadline: Duration) -> Options {
        Options {
            library: Some(host.library().to_owned()),
            sysfs: Some(host.sysfs().to_owned()),
            deadline,
            ..Options::default()
        }
    }

    /// Beats within that span.
    async fn within(beats: &AtomicU32, span: Duration) -> u32 {
        beats.store(0, Ordering::Relaxed);
        tokio::time::sleep(span).await;
        beats.load(Ordering::Relaxed)
    }

    /// The rule of two minutes, with half a second in their place: whether the scan has been given up on or is
    /// waited for still. It lives again when the call returns.
    #[tokio::test]
    async fn a_call_that_hangs_for_long_ends_the_signs_of_life_until_it_returns() {
        for deadline in [Duration::from_millis(50), Duration::from_secs(3600)] {
            let host = SimulatedHost::new(SICK);
            let mut scanner = Scanner::new(options(&host, deadline));
            let events = Events::new();
            let (samples, _) = tokio::sync::watch::channel(crate::model::Samples::default());
            let sampler = Sampler::new(samples, std::time::Instant::now());
            let beats = Arc::new(AtomicU32::new(0));
            let counter = Arc::clone(&beats);
            let pulse = Pulse::every(Duration::from_millis(10), Duration::from_millis(500), move || {
                counter.fetch_add(1, Ordering::Relaxed);
            });
            let pending = Pending::of(&scanner, &events, &sampler);
            let test = async {
                assert!(
                    within(&beats, Duration::from_millis(200)).await > 0,
                    "it hangs, and not for long yet"
                );
                tokio::time::sleep(Duration::from_millis(700)).await;
                assert_eq!(within(&beats, Duration::from_millis(200)).await, 0);
                host.rewrite(&SICK.replace("hang", "timeout"));
                tokio::time::sleep(Duration::from_millis(500)).await;
                assert!(within(&beats, Duration::from_millis(200)).await > 0, "it returned");
            };
            let scan = async {
                let _ = scanner.scan().await;
                std::future::pending::<Infallible>().await
            };
            tokio::select! {
                () = test => {}
                never = scan => match never {},
                never = pulse.beat(pending) => match never {},
            }
        }
    }
}
