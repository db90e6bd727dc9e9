//! What the running agent is doing, for people.

use std::fmt::Write;
use std::time::Duration;

use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, NAME, painted};
use crate::model::Lapse;
use crate::report::json::Status;

/// The status on one screen.
pub fn status(status: &Status) -> String {
    let mut out = String::new();
    let state = match (status.released, status.converged, status.cycles) {
        (true, ..) => painted(CHANGE, "released: NVML is closed on request"),
        (_, _, 0) => painted(DIM, "starting: the first cycle has not ended"),
        (_, true, _) => painted(GOOD, "Placement says what the hardware is"),
        (_, false, _) => painted(BAD, "not as it should be: see below"),
    };
    let _ = writeln!(out, "{}  {state}", painted(BOLD, format!("nvidia-placement-agent {}", status.version)));
    let took = status.last_cycle_seconds.map_or(String::new(), |s| {
        format!(", the last took {}", Lapse::new(Duration::try_from_secs_f64(s).unwrap_or_default()))
    });
    let wake = status.wake.as_deref().map_or(String::new(), |wake| format!(", begun by: {wake}"));
    let _ = writeln!(out, "cycles   {}{took}{wake}, {} writes", status.cycles, status.written);
    let _ = writeln!(out, "waiting  {}", status.waiting);
    if let Some(stuck) = &status.stuck {
        let line =
            format!("{} has not returned for {}", stuck.call, Lapse::new(Duration::from_secs(stuck.seconds)));
        let _ = writeln!(out, "stuck    {}", painted(BAD, line));
    }
    if let Some(reload) = &status.reload {
        let _ = writeln!(out, "reload   {reload}");
    }
    for p in &status.providers {
        let record = match (p.total, p.reserved) {
            (Some(total), Some(reserved)) => format!("{total} VGPU, {reserved} reserved"),
            _ => "nothing".to_owned(),
        };
        let plain = painted(NAME, format!("{:<12}", p.profile));
        let _ =
            writeln!(out, "  {}  {plain} {:<8} {record:<22} {}", p.device, p.state, painted(DIM, &p.reason));
    }
    for f in &status.findings {
        let _ = writeln!(
            out,
            "\n{} {} {}: {}\n  → {}",
            f.severity,
            f.code,
            painted(BOLD, &f.subject),
            f.seen,
            f.remedy
        );
    }
    out
}
