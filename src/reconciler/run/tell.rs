//! What a cycle leaves behind for people: lines in the log, and the status.

use std::sync::Arc;
use std::time::Duration;

use super::{Agent, Reconciler};
use crate::model::{Code, Cycle, CycleNote, Finding, Lapse, Moment, Outcome, Round, Severity, Wake};
use crate::reconciler::journal::Line;

/// However short the interval is, so much may a restart of Placement take.
const FRESH_LEAST: Duration = Duration::from_secs(60);

impl Agent {
    pub(super) fn waits_for(&self, what: &str) {
        self.status.send_modify(|status| what.clone_into(&mut status.waiting));
    }

    pub(super) fn tell(&mut self, wake: Wake, started: Moment, cycle: Cycle, findings: &mut Vec<Finding>) {
        let now = self.now();
        let cycle = with_what_is_known(cycle, &self.status.borrow().cycle);
        for line in self.journal.lines(&cycle, findings, now) {
            say(&line);
        }
        let failures =
            if cycle.stopped_by.is_some() { self.status.borrow().failures.saturating_add(1) } else { 0 };
        let (wait, next) = self.pause(&cycle, failures, now);
        let took = now.since(started);
        let written = cycle.written();
        tracing::debug!("a cycle took {took:.1?} and wrote {written} times, the next is in {wait:.1?}");
        self.wait = Some((wait, next));
        let (steps, steps_left_out) = CycleNote::steps(&cycle);
        let outcome = Outcome::of(&cycle, findings);
        self.parts.meters.cycle(wake, outcome, took, &cycle);
        let note = CycleNote {
            ended: now,
            wake,
            took,
            written: cycle.written(),
            outcome,
            stopped_by: cycle.stopped_by.clone(),
            steps,
            steps_left_out,
        };
        self.ask_guests(&cycle, now);
        let tree = self.reconciler.as_ref().and_then(Reconciler::tree).map(Arc::new);
        let fresh_for = self.fresh_for();
        let stuck = self
            .scanner
            .stuck()
            .or_else(|| self.events.stuck())
            .or_else(|| self.sampler.stuck())
            .map(|(span, what)| (what, span));
        self.status.send_modify(|status| {
            status.cycles += 1;
            status.failures = failures;
            status.ended = Some((now, took));
            if cycle.stopped_by.is_none() {
                status.succeeded = Some(now);
            }
            status.wake = Some(wake);
            status.waiting = waiting(&cycle, wait, next);
            status.cycle = cycle;
            status.findings = std::mem::take(findings);
            status.stuck = stuck;
            status.fresh_for = fresh_for;
            status.tree = tree.or_else(|| status.tree.take());
            status.note(note);
        });
    }
}

impl Agent {
    /// How old the last cycle that ended well may be: one that is missed and one that takes as long as it may are
    /// no reason to wake anybody.
    pub(super) fn fresh_for(&self) -> Duration {
        let spans = self.parts.interval.saturating_mul(3).saturating_add(self.parts.hardware.deadline);
        spans.max(FRESH_LEAST)
    }
}

/// The text says it all; beside it, what it is about is in fields of their own.
fn say(Line { severity, text, about }: &Line) {
    let (code, device, provider) =
        (about.code.map(Code::as_str), about.device.as_deref(), about.provider.as_deref());
    match severity {
        Severity::Info => tracing::info!(code, device, provider, "{text}"),
        Severity::Warning => tracing::warn!(code, device, provider, "{text}"),
        Severity::Error => tracing::error!(code, device, provider, "{text}"),
    }
}

/// A cycle that Placement's outage kept from deciding anything shows the last decision still: what it says of
/// the hardware and of the providers is not over because nobody can be asked. Where the root has gone, its
/// providers have too.
fn with_what_is_known(mut cycle: Cycle, before: &Cycle) -> Cycle {
    let kept_from_deciding = cycle.stopped_by.as_ref().is_some_and(|f| f.code != Code::RootMissing);
    if kept_from_deciding
        && cycle.rounds.is_empty()
        && let Some(last) = before.rounds.last()
    {
        let decision = last.decision.clone();
        cycle.rounds.push(Round::decided(decision));
    }
    cycle
}

fn waiting(cycle: &Cycle, wait: Duration, wake: Wake) -> String {
    let wait = Lapse::new(wait);
    match (&cycle.stopped_by, wake) {
        // What stopped it is told as a finding.
        (Some(finding), _) => format!("{wait}, then tries again after {}", finding.code),
        (None, Wake::Settled) => format!("{wait}, until something settles"),
        (None, _) => format!("{wait}, or a change of the hardware"),
    }
}
