//! How long ago, for people.

use std::time::Duration;

use crate::model::Lapse;

/// `just now`, `42 s ago`: in whole seconds, which is what a person counts.
pub(in crate::report) fn ago(since: Duration) -> String {
    match since.as_secs() {
        0 => "just now".to_owned(),
        seconds => format!("{} ago", Lapse::new(Duration::from_secs(seconds))),
    }
}
