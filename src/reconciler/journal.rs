//! What the log says: each change once with its reason, a standing problem again only after a long while.
//! Pure: gives lines, the loop writes them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{
    Code, Cycle, Finding, Identity, Moment, PciAddress, Severity, Step, StepOutcome, StepRecord,
};

/// A standing problem is repeated this often: a log that is rotated daily still shows it.
const REPEAT: Duration = Duration::from_secs(6 * 3600);
/// What stops cycle after cycle is one problem, though it shows now as a refused connection, now as half an
/// answer: another face of it is worth a line when the last is older than this.
const SAME: Duration = Duration::from_secs(300);

/// What was said already: of one subject several problems of a code, as far as they came in one cycle.
#[derive(Debug, Default)]
pub(super) struct Journal {
    said: BTreeMap<Topic, Vec<(String, Moment)>>,
}

type Topic = (Code, String);

/// A line for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) severity: Severity,
    pub(super) text: String,
    pub(super) about: About,
}

/// What the text is about, for logs that can be searched by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct About {
    pub(super) code: Option<Code>,
    pub(super) device: Option<String>,
    pub(super) provider: Option<String>,
}

impl About {
    fn named(name: &str) -> Self {
        match Identity::from_name(name) {
            Some(ours) => About {
                device: Some(ours.address.to_string()),
                provider: Some(name.to_owned()),
                ..About::default()
            },
            None => {
                About { device: name.parse().ok().map(|gpu: PciAddress| gpu.to_string()), ..About::default() }
            }
        }
    }
}

impl Journal {
    /// The lines that a cycle is worth.
    pub(super) fn lines(&mut self, cycle: &Cycle, further: &[Finding], now: Moment) -> Vec<Line> {
        let mut lines: Vec<Line> =
            cycle.rounds.iter().flat_map(|round| &round.steps).filter_map(step).collect();
        let mut standing: BTreeMap<Topic, Vec<(String, Moment)>> = BTreeMap::new();
        for finding in cycle.findings().into_iter().chain(further.iter().cloned()) {
            let topic = (finding.code, finding.subject.clone());
            let stops = cycle.stopped_by.as_ref() == Some(&finding);
            let seen = without_request_ids(&finding.seen);
            let known = self.said.get(&topic).into_iter().flatten().find(|(before, at)| {
                let age = now.since(*at);
                age < REPEAT && (*before == seen || stops && age < SAME)
            });
            let known = known.cloned().unwrap_or_else(|| {
                lines.push(said(&finding));
                (seen, now)
            });
            standing.entry(topic).or_default().push(known);
        }
        let over = std::mem::replace(&mut self.said, standing);
        let over = over.into_keys().filter(|topic| !self.said.contains_key(topic));
        lines.extend(over.map(|(code, subject)| Line {
            severity: Severity::Info,
            text: format!("{code} {subject}: no more"),
            about: About { code: Some(code), ..About::named(&subject) },
        }));
        lines
    }
}

fn said(finding: &Finding) -> Line {
    let Finding { code, subject, seen, remedy } = finding;
    Line {
        severity: code.severity(),
        text: format!("{code} {subject}: {seen} → {remedy}"),
        about: About { code: Some(*code), ..About::named(subject) },
    }
}

/// Every request has an id of its own; that does not make a new problem of it.
fn without_request_ids(text: &str) -> String {
    let id = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut parts = text.split("req-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start_matches(id))
}

/// Steps that were done, with their reason; what failed is a finding.
fn step(record: &StepRecord) -> Option<Line> {
    let Step { name, action, reason, .. } = &record.step;
    let text = match &record.outcome {
        StepOutcome::Done => format!("{name}: {action} ({reason})"),
        StepOutcome::Replan(said) => {
            format!("{name}: {action} met a conflict, looking again: {said} ({reason})")
        }
        StepOutcome::Failed(_) | StepOutcome::Skipped => return None,
    };
    // Nova's own providers have no name of our grammar.
    let about = About { provider: Some(name.clone()), ..About::named(name) };
    Some(Line { severity: Severity::Info, text, about })
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

    #[test]
    fn two_problems_of_one_thing_are_each_said_once() {
        let mut journal = Journal::default();
        let mut lines = |hidden: &[&str], hours: u64| {
            let of_call = |call: &&str| Finding::new(Code::NoPermission, "0000:41:00.0", *call, "be root");
            let further: Vec<Finding> = hidden.iter().map(of_call).collect();
            let now = Moment::new(Duration::from_secs(hours * 3600));
            let lines = journal.lines(&Cycle::default(), &further, now);
            lines.into_iter().map(|line| line.text).collect::<Vec<_>>()
        };
        assert_eq!(lines(&["placements", "instances"], 0).len(), 2);
        assert!(lines(&["placements", "instances"], 1).is_empty());
        assert!(lines(&["instances"], 2).is_empty(), "the other still stands");
        assert_eq!(lines(&["instances", "placements"], 3), ["NPA0205 0000:41:00.0: placements → be root"]);
        assert_eq!(lines(&["instances", "placements"], 6).len(), 1, "each in its own time");
        assert_eq!(lines(&[], 7), ["NPA0205 0000:41:00.0: no more"]);
    }

    #[test]
    fn a_line_can_be_searched_by_what_it_is_about() {
        let about = |subject: &str| {
            let line = said(&Finding::new(Code::GpuUnreadable, subject, "seen", "wait"));
            (line.about.device, line.about.provider, line.about.code)
        };
        let (gpu, code) = (Some("0000:41:00.0".to_owned()), Some(Code::GpuUnreadable));
        assert_eq!(about("0000:41:00.0"), (gpu.clone(), None, code));
        let name = "cmp1.example.org:nvidia:0000:41:00.0:20b0:mig-19";
        assert_eq!(about(name), (gpu, Some(name.to_owned()), code));
        assert_eq!(about("Placement"), (None, None, code));
    }

    #[test]
    fn an_outage_with_many_faces_is_one_problem() {
        let mut journal = Journal::default();
        let mut lines = |seen: &str, seconds: u64| {
            let now = Moment::new(Duration::from_secs(seconds));
            journal.lines(&cycle(&[("Placement", seen)]), &[], now).len()
        };
        assert_eq!(lines("refused (req-0b2c1d3e-aaaa)", 0), 1);
        assert_eq!(lines("refused (req-7f55e0aa-bbbb)", 1000), 0, "another request, the same problem");
        assert_eq!(lines("reset", 2000), 1, "it changed, long after it was said");
        assert_eq!(lines("refused", 2001), 0, "it changes all the time");
        assert_eq!(lines("reset", 2002), 0);
        assert_eq!(lines("refused", 2301), 1);
    }
}
