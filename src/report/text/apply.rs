//! What is being done, and what was done.

use super::style::{BAD, CHANGE, DIM, GOOD, NAME, painted};
use crate::model::{Cycle, StepOutcome, StepRecord, TraitName};
use crate::report::words::counted;

/// One line of progress: `[ 3/12] 0000:41:00.0 1g.5gb: inventory 2 VGPU, 0 reserved … done`.
pub fn progress(done: usize, total: usize, record: &StepRecord) -> String {
    let width = total.to_string().len();
    let outcome = match &record.outcome {
        StepOutcome::Done => painted(GOOD, "done"),
        StepOutcome::Replan(said) => painted(CHANGE, format!("not now, looking again: {said}")),
        StepOutcome::Failed(finding) => painted(BAD, format!("failed {}", finding.code)),
        StepOutcome::Skipped => painted(DIM, "skipped: an earlier step of this GPU did not succeed"),
    };
    let name = painted(NAME, format!("{} {}", record.device, record.step.plain));
    format!("[{done:>width$}/{total}] {name}: {} … {outcome}", record.step.action)
}

/// The same for a global trait.
pub fn progress_trait(done: usize, total: usize, name: &TraitName) -> String {
    let width = total.to_string().len();
    format!("[{done:>width$}/{total}] {}: create trait … {}", painted(NAME, name), painted(GOOD, "done"))
}

/// How it ended.
pub fn apply(cycle: &Cycle) -> String {
    let written = counted(cycle.written(), "write");
    let again = cycle.rounds.len().saturating_sub(1);
    let again =
        if again == 0 { String::new() } else { format!(" after looking again {}", counted(again, "time")) };
    let line = match (cycle.converged(), cycle.written()) {
        (true, 0) => painted(GOOD, "Nothing to do: Placement says what the hardware is."),
        (true, _) => painted(GOOD, format!("Done: {written}{again}. Placement says what the hardware is.")),
        (false, 0) => painted(BAD, "Nothing written, and not all is well: see below. Safe to run again."),
        (false, _) => painted(
            BAD,
            format!("Not finished: {written}{again}; what is missing is below. Safe to run again."),
        ),
    };
    format!("{line}\n")
}
