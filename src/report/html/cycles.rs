//! What happened lately.

use maud::{Markup, html};

use super::badge;
use crate::model::{CycleNote, Lapse, Moment, Outcome, Status, StepOutcome, StepRecord};
use crate::report::words::{Grade, ago, counted};

pub(super) fn section(status: &Status, now: Moment) -> Markup {
    html! {
        h2 id="cycles-h" { "Last cycles" }
        @if status.notes.is_empty() {
            p { "None has ended yet." }
        } @else {
            table class="cycles" {
                caption { "The newest first" }
                thead {
                    tr {
                        th scope="col" { "Ended" } th scope="col" { "Begun by" } th scope="col" { "Took" }
                        th scope="col" { "How it ended" } th scope="col" { "Writes" }
                    }
                }
                tbody {
                    @for run in runs(status) {
                        @match run {
                            Run::One(number, note) => (row(number, note, now)),
                            Run::Quiet(notes) => (quiet(&notes, now)),
                        }
                    }
                }
            }
        }
    }
}

/// Cycles as they are told.
enum Run<'a> {
    /// With its number since the start.
    One(u64, &'a CycleNote),
    /// One after the other had nothing to do: the newest first.
    Quiet(Vec<&'a CycleNote>),
}

/// So many quiet ones in a row are told one by one.
const FEW: usize = 3;

/// The newest first. The very newest is always told by itself.
fn runs(status: &Status) -> Vec<Run<'_>> {
    let is_quiet = |note: &CycleNote| note.outcome == Outcome::Converged && note.steps.is_empty();
    let numbered: Vec<(u64, &CycleNote)> = (0..=status.cycles).rev().zip(status.notes.iter().rev()).collect();
    let (newest, older) = numbered.split_at(numbered.len().min(1));
    let mut runs: Vec<Run<'_>> = newest.iter().map(|(number, note)| Run::One(*number, note)).collect();
    for alike in older.chunk_by(|(_, a), (_, b)| is_quiet(a) && is_quiet(b)) {
        if alike.len() > FEW {
            runs.push(Run::Quiet(alike.iter().map(|(_, note)| *note).collect()));
        } else {
            runs.extend(alike.iter().map(|(number, note)| Run::One(*number, note)));
        }
    }
    runs
}

fn quiet(notes: &[&CycleNote], now: Moment) -> Markup {
    let ends = notes.first().zip(notes.last());
    let longest = notes.iter().map(|note| note.took).max().unwrap_or_default();
    html! {
        @if let Some((newest, oldest)) = ends {
            tr {
                th scope="row" { (ago(now.since(oldest.ended))) " to " (ago(now.since(newest.ended))) }
                td data-label="Begun by" { (counted(notes.len(), "cycle")) }
                td data-label="Took" { "at most " (Lapse::new(longest)) }
                td data-label="How it ended" { (badge(Grade::Good, "nothing to do")) }
                td data-label="Writes" { "0" }
            }
        }
    }
}

fn row(number: u64, note: &CycleNote, now: Moment) -> Markup {
    let grade = match note.outcome {
        Outcome::Converged => Grade::Good,
        Outcome::Incomplete => Grade::Poor,
        Outcome::Stopped => Grade::Bad,
    };
    html! {
        tr {
            th scope="row" { (ago(now.since(note.ended))) }
            td data-label="Begun by" { (note.wake) }
            td data-label="Took" { (Lapse::new(note.took)) }
            td data-label="How it ended" {
                (badge(grade, &note.outcome.to_string()))
                @if let Some(finding) = &note.stopped_by { " by " (finding.code) }
            }
            td data-label="Writes" {
                @if note.steps.is_empty() {
                    (note.written)
                } @else {
                    details id=(format!("cycle-{number}")) {
                        summary { (counted(note.written, "write")) }
                        ol { @for record in &note.steps { li { (step(record)) } } }
                        @if note.steps_left_out > 0 { p { "and " (note.steps_left_out) " more" } }
                    }
                }
            }
        }
    }
}

fn step(record: &StepRecord) -> Markup {
    let (grade, outcome) = match &record.outcome {
        StepOutcome::Done => (Grade::Good, "done".to_owned()),
        StepOutcome::Replan(said) => (Grade::Poor, format!("not now, looking again: {said}")),
        StepOutcome::Failed(finding) => (Grade::Bad, format!("failed {}: {}", finding.code, finding.seen)),
        StepOutcome::Skipped => (Grade::Unknown, "skipped: an earlier step did not succeed".to_owned()),
    };
    html! {
        (record.device) " " strong { (record.step.plain) } ": " (record.step.action) " "
        (badge(grade, &outcome))
        " " span class="dim" { (record.step.reason) }
    }
}
