//! A Placement that can be put out of order while an agent runs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::proxy::{Hook, Moment, Verdict};

/// What the service does from now on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mood {
    /// What a verdict says: of a whole answer where it needs one, else before Placement hears of it.
    Is(Verdict),
    /// It thinks for that long before each answer.
    Slow(Duration),
}

/// Sets the mood of a proxy.
#[derive(Debug, Clone)]
pub(crate) struct Switch(Arc<Mutex<Mood>>);

impl Switch {
    /// In order, until it is set to something else.
    pub(crate) fn new() -> Switch {
        Switch(Arc::new(Mutex::new(Mood::Is(Verdict::Go))))
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.0.lock().unwrap() = mood;
    }

    /// For [`crate::proxy::Proxy::start`].
    pub(crate) fn hook(&self) -> Hook {
        let switch = self.clone();
        Box::new(move |_, moment| {
            let mood = switch.0.lock().unwrap().clone();
            Box::pin(async move {
                match (mood, moment) {
                    (Mood::Slow(span), Moment::Asked) => {
                        tokio::time::sleep(span).await;
                        Verdict::Go
                    }
                    (Mood::Is(verdict @ (Verdict::Half | Verdict::CutShort)), Moment::Answered) => verdict,
                    (Mood::Is(verdict @ (Verdict::Drop | Verdict::Instead(..))), Moment::Asked) => verdict,
                    _ => Verdict::Go,
                }
            })
        })
    }
}
