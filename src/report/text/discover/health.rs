//! How a GPU is doing, in a word and in a line.

use super::super::columns::Cell;
use super::super::counted;
use super::super::style::{BAD, CHANGE, DIM, GOOD};
use crate::model::{DeviceProblem, Gpu, Health, RecoveryAction};

/// The worst that is known, or what is needed: `ok` where something is known and nothing is wrong, `-` where nothing
/// is.
pub(super) fn word(gpu: &Gpu) -> Cell {
    let health = &gpu.health;
    match gpu.blinded_by() {
        Some(DeviceProblem::Lost { .. }) => return Cell::painted(BAD, "lost"),
        Some(DeviceProblem::NoPermission { .. }) => return Cell::painted(BAD, "hidden"),
        Some(_) => return Cell::painted(BAD, "unread"),
        None => {}
    }
    match health.recovery {
        Some(RecoveryAction::None) | None => {}
        Some(RecoveryAction::Reset) => return Cell::painted(BAD, "reset"),
        Some(RecoveryAction::Reboot) => return Cell::painted(BAD, "reboot"),
        Some(RecoveryAction::DrainPeers | RecoveryAction::DrainAndReset) => {
            return Cell::painted(BAD, "drain");
        }
        Some(RecoveryAction::Other(_)) => return Cell::painted(BAD, "action"),
    }
    if health.remapping.is_some_and(|rows| rows.failed) {
        Cell::painted(BAD, "remap")
    } else if health.uncorrectable_volatile.is_some_and(|errors| errors > 0) {
        Cell::painted(BAD, "ECC")
    } else if health.remapping.is_some_and(|rows| rows.pending) {
        Cell::painted(CHANGE, "remap")
    } else if *health == Health::default() {
        Cell::painted(DIM, "-")
    } else {
        Cell::painted(GOOD, "ok")
    }
}

/// Every figure that is known. Empty where none is.
pub(super) fn line(health: &Health) -> String {
    let mut parts = Vec::new();
    parts.extend(health.ecc.map(|on| format!("ECC {}", if on { "on" } else { "off" })));
    let errors = |count: u64, when: &str| format!("{count} uncorrectable {when}");
    parts.extend(health.uncorrectable_volatile.map(|count| errors(count, "since the last reset")));
    parts.extend(health.uncorrectable_aggregate.map(|count| errors(count, "in its life")));
    if let Some(rows) = health.remapping {
        let count = rows.correctable.saturating_add(rows.uncorrectable);
        let mut text = format!("{} remapped", counted(count as usize, "row"));
        if rows.pending {
            text.push_str(", more at the next reset");
        }
        if rows.failed {
            text.push_str(", one could not be");
        }
        parts.push(text);
    }
    parts.extend(health.recovery.map(|action| match action {
        RecoveryAction::None => "the driver asks for nothing".to_owned(),
        _ => format!("the driver asks for: {action}"),
    }));
    parts.join(", ")
}
