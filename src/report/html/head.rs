//! Which host this is, and how it is, in a few lines.

use maud::{Markup, html};

use super::{badge, fact};
use crate::model::{Lapse, Moment, Status};
use crate::report::words::{Grade, ago};

pub(super) fn head(status: &Status, now: Moment, grade: Grade, state: &str) -> Markup {
    let root = status.tree.as_ref().map_or("", |tree| tree.root_name());
    let driver = status.hardware.as_ref().and_then(|seen| seen.snapshot.driver.clone());
    html! {
        h1 { @if root.is_empty() { "This host" } @else { (root) } }
        p class="dim" {
            "nvidia-placement-agent " (env!("CARGO_PKG_VERSION"))
            @if let Some(driver) = driver { " · driver " (driver) }
        }
        p class="state" role="status" { (badge(grade, state)) }
        dl class="facts" {
            (fact("Waits for", &status.waiting))
            @if let Some((ended, took)) = status.ended {
                (fact("Last cycle", &format!("{}, took {}", ago(now.since(ended)), Lapse::new(took))))
            }
            @if let Some(at) = status.succeeded.filter(|_| status.failures > 0) {
                (fact("Last that reached its end", &ago(now.since(at))))
                (fact("Failures in a row", &status.failures.to_string()))
            }
            (fact("Cycles since the start", &status.cycles.to_string()))
            @if let Some((call, since)) = &status.stuck {
                (fact("Does not return", &format!("{call}, for {}", Lapse::new(*since))))
            }
            @if let Some(reload) = &status.reload {
                (fact("Last reload", reload))
            }
        }
    }
}
