//! Whether the agent keeps Placement true just now, in a line.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{Finding, Lapse, Moment, Severity, Status};

/// Ready: the last cycle that ended well is young enough, and nothing hangs. Either way with the reason. What a cycle
/// found to be wrong is named, and is no reason: the loop does what it can about it.
///
/// # Errors
/// Why it is not.
pub fn ready(status: &Status, now: Moment) -> Result<String, String> {
    let waits = &status.waiting;
    if status.released {
        return Err("NVML was released on request, and nothing is looked at until `resume`".to_owned());
    }
    if let Some((call, span)) = &status.stuck {
        // It was counted when the cycle ended.
        let since = status.ended.map_or(Duration::ZERO, |(ended, _)| now.since(ended));
        return Err(format!("{call} has not returned for {}", whole(span.saturating_add(since))));
    }
    let stopped = || match &status.cycle.stopped_by {
        Some(finding) => format!("; it was stopped by {}: {}", finding.code, finding.seen),
        None => String::new(),
    };
    let Some(succeeded) = status.succeeded else {
        return Err(match status.ended {
            None => format!("the first cycle has not ended; it waits for {waits}"),
            Some(_) => format!("no cycle has reached its end yet{}", stopped()),
        });
    };
    let age = now.since(succeeded);
    let ended = format!("the last cycle that reached its end did so {} ago", whole(age));
    if age > status.fresh_for {
        let most = whole(status.fresh_for);
        return Err(format!("{ended}, more than {most}; now it waits for {waits}{}", stopped()));
    }
    let errors = |finding: &&Finding| finding.code.severity() == Severity::Error;
    let found = status.cycle.findings();
    let codes: BTreeSet<String> =
        found.iter().chain(&status.findings).filter(errors).map(|finding| finding.code.to_string()).collect();
    if codes.is_empty() {
        return Ok(ended);
    }
    let codes: Vec<String> = codes.into_iter().collect();
    Ok(format!("{ended}; it found what needs somebody, {}: see `status`", codes.join(", ")))
}

fn whole(span: Duration) -> Lapse {
    Lapse::new(Duration::from_secs(span.as_secs()))
}
