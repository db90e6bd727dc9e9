//! Whether somebody keeps Placement true.

use crate::model::{Code, Finding};

use super::{Line, Seen, Subject};

/// What the running agent's socket told.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentSeen {
    /// Nobody listens, or does not answer: what was met.
    Silent(String),
    /// It answered.
    Answered {
        /// Its version.
        version: String,
        /// Cycles since its start.
        cycles: u64,
        /// Cycles in a row that did not reach their end.
        failures: u32,
        /// Whether NVML is released until `resume`.
        released: bool,
        /// The call into the driver that hangs, with the seconds for which it does.
        stuck: Option<(String, u64)>,
        /// What it waits for.
        waiting: String,
        /// What it finds, with codes that this program knows.
        findings: Vec<Finding>,
    },
}

const SUBJECT: &str = "the running agent";

pub(super) fn subject(seen: &Seen<'_>) -> Subject {
    Subject::new("Running agent", lines(seen))
}

fn lines(seen: &Seen<'_>) -> Vec<Line> {
    let found =
        |code, what: String, remedy: &str| Line::found("agent", Finding::new(code, SUBJECT, what, remedy));
    let (version, cycles, failures, released, stuck, waiting, findings) = match &seen.agent {
        AgentSeen::Silent(cause) => {
            let what = format!("{cause}: nothing follows what happens to the GPUs");
            let remedy = "start it: `systemctl start nvidia-placement-agent`. With `apply` by hand, run that after each \
                          change of the GPUs and after each boot";
            return vec![found(Code::NoAgentRuns, what, remedy)];
        }
        AgentSeen::Answered { version, cycles, failures, released, stuck, waiting, findings } => {
            (version, cycles, failures, released, stuck, waiting, findings)
        }
    };
    let mut lines = Vec::new();
    if *released {
        let what = "it has released NVML and scans nothing until it is told to go on".to_owned();
        lines.push(found(
            Code::AgentReleased,
            what,
            "`nvidia-placement-agent resume`, when the work is done",
        ));
    }
    if let Some((call, seconds)) = stuck {
        let what = format!("{call} has not returned for {seconds} s");
        let remedy =
            "look for NVRM and Xid lines in `dmesg`: the driver hangs, mostly on a GPU that needs a reset";
        lines.push(found(Code::AgentFailing, what, remedy));
    }
    if *failures > 0 {
        let what = format!("{failures} cycles in a row did not reach their end; it waits {waiting}");
        lines.push(found(
            Code::AgentFailing,
            what,
            "`nvidia-placement-agent status` and `journalctl -u nvidia-placement-agent` tell why",
        ));
    }
    // What this command finds itself is said once.
    let known = super::all_findings(seen);
    let news = findings.iter().filter(|one| !known.iter().any(|own| same(own, one)));
    lines.extend(news.map(|finding| Line::found("agent", finding.clone())));
    if lines.is_empty() {
        let what = format!("version {version}, {cycles} cycles, waiting {waiting}");
        lines.push(Line::good("agent", what));
    }
    lines
}

fn same(one: &Finding, other: &Finding) -> bool {
    (one.code, &one.subject) == (other.code, &other.subject)
}
