//! How a GPU is doing, in a word and in a line.

use super::counted;
use crate::model::{DeviceProblem, Gpu, Health, RecoveryAction};

/// How good a word is. Whoever draws it chooses a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Grade {
    /// Nothing is known.
    Unknown,
    /// Nothing is wrong.
    Good,
    /// Something is not as it should be, and guests are not kept from it.
    Poor,
    /// It takes no new guests, or should not.
    Bad,
}

/// The worst that is known, or what is needed: `ok` where something is known and nothing is wrong, `-` where nothing
/// is.
pub(in crate::report) fn verdict(gpu: &Gpu) -> (Grade, &'static str) {
    let health = &gpu.health;
    match gpu.blinded_by() {
        Some(DeviceProblem::Lost { .. }) => return (Grade::Bad, "lost"),
        Some(DeviceProblem::NoPermission { .. }) => return (Grade::Bad, "hidden"),
        Some(_) => return (Grade::Bad, "unread"),
        None => {}
    }
    match health.recovery {
        Some(RecoveryAction::None) | None => {}
        Some(RecoveryAction::Reset | RecoveryAction::BusReset) => return (Grade::Bad, "reset"),
        Some(RecoveryAction::Reboot | RecoveryAction::SystemReboot) => return (Grade::Bad, "reboot"),
        Some(RecoveryAction::DrainPeers | RecoveryAction::DrainAndReset) => return (Grade::Bad, "drain"),
        Some(RecoveryAction::RecoverImex | RecoveryAction::Other(_)) => return (Grade::Bad, "action"),
    }
    if health.remapping.is_some_and(|rows| rows.failed) {
        (Grade::Bad, "remap")
    } else if health.uncorrectable_volatile.is_some_and(|errors| errors > 0) {
        (Grade::Bad, "ECC")
    } else if health.remapping.is_some_and(|rows| rows.pending) {
        (Grade::Poor, "remap")
    } else if !health.xids.is_empty() {
        (Grade::Poor, "XID")
    } else if *health == Health::default() {
        (Grade::Unknown, "-")
    } else {
        (Grade::Good, "ok")
    }
}

/// Every figure that is known. Empty where none is.
pub(in crate::report) fn health_line(health: &Health) -> String {
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
