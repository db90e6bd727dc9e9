//! What the running agent is doing, for people.

mod past;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use super::columns::{Cell, Columns};
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, NAME, PLAIN, harmless, painted};
use crate::model::Lapse;
use crate::report::json::{Status, StatusProvider};
use crate::report::words::{ago, counted};

/// The status on one screen: a line for each GPU, and what is not as usual. The details are all the rest.
pub fn status(status: &Status, details: bool, width: Option<usize>) -> String {
    let mut out = String::new();
    head(&mut out, status);
    out.push_str(&devices(status, width));
    if details {
        out.push_str(&providers(status, width));
        out.push_str(&past::cycles(&status.history, width));
    }
    findings(&mut out, status, details);
    if !details && !status.providers.is_empty() {
        let hint = "`--details` adds each provider, the last cycles and every finding";
        let _ = writeln!(out, "\n{}", painted(DIM, hint));
    }
    harmless(&out)
}

fn head(out: &mut String, status: &Status) {
    let state = match (status.released, status.converged, status.cycles) {
        (true, ..) => painted(CHANGE, "released: NVML is closed on request"),
        (_, _, 0) => painted(DIM, "starting: the first cycle has not ended"),
        (_, true, _) => painted(GOOD, "Placement says what the hardware is"),
        (_, false, _) => painted(BAD, "not as it should be: see below"),
    };
    let _ = writeln!(out, "{}  {state}", painted(BOLD, format!("nvidia-placement-agent {}", status.version)));
    let span = |seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let ended =
        status.history.last().map_or(String::new(), |past| format!(", {},", ago(span(past.seconds_ago))));
    let took = status
        .last_cycle_seconds
        .map_or(String::new(), |seconds| format!(", the last{ended} took {}", Lapse::new(span(seconds))));
    let wake = status.wake.as_deref().map_or(String::new(), |wake| format!(", begun by: {wake}"));
    let _ = writeln!(out, "cycles   {}{took}{wake}, {}", status.cycles, counted(status.written, "write"));
    if status.failures > 0 {
        let line = format!("{} in a row did not reach their end", counted(status.failures as usize, "cycle"));
        let _ = writeln!(out, "failing  {}", painted(BAD, line));
    }
    let _ = writeln!(out, "waiting  {}", status.waiting);
    if let Some(stuck) = &status.stuck {
        let line =
            format!("{} has not returned for {}", stuck.call, Lapse::new(Duration::from_secs(stuck.seconds)));
        let _ = writeln!(out, "stuck    {}", painted(BAD, line));
    }
    if let Some(reload) = &status.reload {
        let _ = writeln!(out, "reload   {reload}");
    }
}

/// Who reports each GPU and why, and what its providers do.
fn devices(status: &Status, width: Option<usize>) -> String {
    if status.devices.is_empty() {
        return String::new();
    }
    let mut columns = Columns::new(&["GPU", "MODE", "PROVIDERS", "WHY"]);
    for device in &status.devices {
        let style = match device.mode.as_str() {
            "hold" | "reserve" | "gone" => CHANGE,
            _ => PLAIN,
        };
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for provider in status.providers.iter().filter(|provider| provider.device == device.device) {
            *states.entry(&provider.state).or_default() += 1;
        }
        let states: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
        columns.row([
            Cell::painted(BOLD, &device.device),
            Cell::painted(style, &device.mode),
            Cell::new(states.join(", ")),
            Cell::painted(DIM, &device.reason),
        ]);
    }
    format!("\n{}", columns.lines(0, width))
}

fn providers(status: &Status, width: Option<usize>) -> String {
    if status.providers.is_empty() {
        return String::new();
    }
    let mut columns = Columns::new(&["GPU", "PROVIDER", "STATE", "TOTAL", "RESERVED", "WHY"]);
    for provider in &status.providers {
        let StatusProvider { device, profile, state, total, reserved, reason } = provider;
        columns.row([
            Cell::new(device),
            Cell::painted(NAME, profile),
            Cell::new(state),
            total.map(Cell::number).unwrap_or_default(),
            reserved.map(Cell::number).unwrap_or_default(),
            Cell::painted(DIM, reason),
        ]);
    }
    format!("\n{}", columns.lines(0, width))
}

/// Worst first. In short, what is only good to know is counted.
fn findings(out: &mut String, status: &Status, details: bool) {
    let rank = |severity: &str| match severity {
        "error" => (0, BAD),
        "warning" => (1, CHANGE),
        "info" => (3, DIM),
        // Of a version that knows more.
        _ => (2, CHANGE),
    };
    let mut sorted: Vec<_> = status.findings.iter().collect();
    sorted.sort_by_key(|finding| rank(&finding.severity).0);
    let (infos, told): (Vec<_>, Vec<_>) = sorted.into_iter().partition(|f| !details && f.severity == "info");
    for f in told {
        let (head, subject) = (format!("{} {}", f.severity, f.code), painted(BOLD, &f.subject));
        let head = painted(rank(&f.severity).1, head);
        let _ = writeln!(out, "\n{head} {subject}: {}\n  {} {}", f.seen, painted(DIM, "→"), f.remedy);
    }
    if !infos.is_empty() {
        let codes: BTreeSet<&str> = infos.iter().map(|finding| finding.code.as_str()).collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        let _ = writeln!(out, "\n{} ({})", counted(infos.len(), "info"), codes.join(", "));
    }
}
