//! The last cycles, the newest first, each write of theirs on a line.

use std::time::Duration;

use super::super::columns::{Cell, Columns};
use super::super::style::{BAD, CHANGE, DIM, GOOD, PLAIN};
use crate::model::Lapse;
use crate::report::json::{Past, PastStep};
use crate::report::words::ago;

pub(super) fn cycles(history: &[Past], width: Option<usize>) -> String {
    if history.is_empty() {
        return String::new();
    }
    let mut columns = Columns::new(&["ENDED", "BEGUN BY", "TOOK", "WRITES", "OUTCOME", ""]);
    for past in history.iter().rev() {
        let style = match past.outcome.as_str() {
            "converged" => GOOD,
            "stopped" => BAD,
            _ => CHANGE,
        };
        columns.row([
            Cell::number(ago(seconds(past.seconds_ago))),
            Cell::new(&past.wake),
            Cell::number(Lapse::new(seconds(past.seconds))),
            Cell::number(past.written),
            Cell::painted(style, &past.outcome),
            Cell::some(past.stopped_by.as_ref()),
        ]);
        for step in &past.steps {
            columns.row([
                Cell::default(),
                Cell::default(),
                Cell::default(),
                Cell::default(),
                outcome(step),
                words(step),
            ]);
        }
        if past.steps_left_out > 0 {
            let more = Cell::painted(DIM, format!("and {} more", past.steps_left_out));
            columns.row([
                Cell::default(),
                Cell::default(),
                Cell::default(),
                Cell::default(),
                Cell::default(),
                more,
            ]);
        }
    }
    format!("\n{}", columns.lines(0, width))
}

fn outcome(step: &PastStep) -> Cell {
    let style = match step.result.as_str() {
        "done" => PLAIN,
        "failed" => BAD,
        _ => CHANGE,
    };
    Cell::painted(style, &step.result)
}

fn words(step: &PastStep) -> Cell {
    let said = step.said.as_ref().map(|said| format!(": {said}")).unwrap_or_default();
    Cell::new(format!("{} {}: {}{said} ({})", step.device, step.profile, step.action, step.reason))
}

/// From an agent of any version: what is no span of time is none.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or_default()
}
