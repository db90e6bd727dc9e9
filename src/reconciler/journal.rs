//! What the log says: each change once with its reason, a standing problem again only after a long while.
//! Pure: gives lines, the loop writes them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Code, Cycle, Finding, Moment, Severity, StepOutcome};

/// A standing problem is repeated this often: a log that is rotated daily still shows it.
const REPEAT: Duration = Duration::from_secs(6 * 3600);

/// What was said already.
#[derive(Debug, Default)]
pub(super) struct Journal {
    said: BTreeMap<(Code, String), (String, Moment)>,
}

/// A line for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) severity: Severity,
    pub(super) text: String,
}

impl Journal {
    /// The lines that a cycle is worth.
    pub(super) fn lines(&mut self, cycle: &Cycle, further: &[Finding], now: Moment) -> Vec<Line> {
        let mut lines: Vec<Line> =
            cycle.rounds.iter().flat_map(|round| &round.steps).filter_map(step).collect();
        let mut standing = BTreeMap::new();
        for finding in cycle.findings().into_iter().chain(further.iter().cloned()) {
            let key = (finding.code, finding.subject.clone());
            let before = self.said.remove(&key);
            let known = before.filter(|(seen, at)| *seen == finding.seen && now.since(*at) < REPEAT);
            let at = known.as_ref().map_or(now, |(_, at)| *at);
            if known.is_none() {
                lines.push(said(&finding));
            }
            standing.insert(key, (finding.seen, at));
        }
        let over = std::mem::replace(&mut self.said, standing);
        lines.extend(over.into_keys().map(|(code, subject)| Line {
            severity: Severity::Info,
            text: format!("{code} {subject}: no more"),
        }));
        lines
    }
}

fn said(finding: &Finding) -> Line {
    let Finding { code, subject, seen, remedy } = finding;
    Line { severity: code.severity(), text: format!("{code} {subject}: {seen} → {remedy}") }
}

/// Steps that were done, with their reason; what failed is a finding.
fn step(record: &crate::model::StepRecord) -> Option<Line> {
    let (severity, outcome) = match &record.outcome {
        StepOutcome::Done => (Severity::Info, String::new()),
        StepOutcome::Replan(said) => (Severity::Info, format!(" met a conflict, looking again: {said}")),
        StepOutcome::Failed(_) | StepOutcome::Skipped => return None,
    };
    let step = &record.step;
    Some(Line { severity, text: format!("{}: {}{outcome} ({})", step.name, step.action, step.reason) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycle(findings: &[(&str, &str)]) -> Cycle {
        let stopped_by =
            findings.first().map(|(subject, seen)| Finding::new(Code::Unreachable, subject, seen, "wait"));
        Cycle { stopped_by, ..Cycle::default() }
    }

    fn texts(journal: &mut Journal, cycle: &Cycle, hours: u64) -> Vec<String> {
        let now = Moment::new(Duration::from_secs(hours * 3600));
        journal.lines(cycle, &[], now).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_standing_problem_is_said_once_then_rarely_then_that_it_is_over() {
        let mut journal = Journal::default();
        let down = cycle(&[("Placement", "refused")]);
        assert_eq!(texts(&mut journal, &down, 0), ["NPA0401 Placement: refused → wait"]);
        assert!(texts(&mut journal, &down, 1).is_empty());
        assert!(texts(&mut journal, &down, 5).is_empty());
        assert_eq!(texts(&mut journal, &down, 6).len(), 1);
        assert!(texts(&mut journal, &down, 7).is_empty());
        assert_eq!(texts(&mut journal, &cycle(&[("Placement", "timed out")]), 7).len(), 1, "it changed");
        assert_eq!(texts(&mut journal, &cycle(&[]), 8), ["NPA0401 Placement: no more"]);
        assert!(texts(&mut journal, &cycle(&[]), 9).is_empty());
    }
}
