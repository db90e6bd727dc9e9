//! How each GPU is, by reason: 1 for each condition that holds, 0 for those that do not.

use std::fmt;

use super::out::Out;
use crate::model::{Gpu, RecoveryAction, Status};

type Condition = (&'static str, fn(&Gpu) -> bool);

const CONDITIONS: [Condition; 6] = [
    ("recovery_action", |gpu| gpu.health.recovery.is_some_and(|action| action != RecoveryAction::None)),
    ("row_remapping_failed", |gpu| gpu.health.remapping.is_some_and(|rows| rows.failed)),
    ("row_remapping_pending", |gpu| gpu.health.remapping.is_some_and(|rows| rows.pending)),
    ("uncorrectable_ecc", |gpu| gpu.health.uncorrectable_volatile.is_some_and(|errors| errors > 0)),
    ("xid", |gpu| !gpu.health.xids.is_empty()),
    ("unreadable", |gpu| gpu.blinded_by().is_some()),
];

pub(super) fn gauges(status: &Status, out: &mut Out<'_>) -> fmt::Result {
    let Some(hardware) = &status.hardware else { return Ok(()) };
    let samples = hardware.snapshot.gpus.values().flat_map(|gpu| {
        CONDITIONS.iter().map(move |(reason, holds)| {
            let labels = vec![("pci_bus_id", gpu.address.to_string()), ("reason", (*reason).to_owned())];
            (labels, if holds(gpu) { 1.0 } else { 0.0 })
        })
    });
    let help = "Whether a GPU has a condition, whatever the policy makes of it";
    out.gauges("device_condition", help, samples)
}
