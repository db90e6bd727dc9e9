//! What each guest was allocated, is given and runs, in a table.

use std::fmt::Write;

use anstyle::Style;

use super::columns::{Cell, Columns};
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, painted};
use crate::model::{Allocated, Audit, AuditedGuest, DomainState, GpuPart, ObservedTree, Verdict};
use crate::report::words::counted;

/// The table, and a line that sums it up.
pub fn audit(tree: &ObservedTree, audit: &Audit) -> String {
    let mut out = format!("{}  {}\n", painted(BOLD, tree.root_name()), painted(DIM, tree.root));
    if !audit.guests.is_empty() {
        let mut table =
            Columns::new(&["GUEST", "STATUS", "DOMAIN", "ALLOCATED", "ATTACHED", "RUNS", "VERDICT"]);
        for guest in &audit.guests {
            rows(&mut table, guest);
        }
        out.push('\n');
        out.push_str(&table.lines(0, None));
    }
    let _ = writeln!(out, "\n{}", summary(audit));
    out
}

/// A guest with two GPUs takes two lines.
fn rows(table: &mut Columns, guest: &AuditedGuest) {
    let lines = guest.allocated.len().max(guest.attached.len()).max(guest.runs.len()).max(1);
    let name = guest.name.clone().unwrap_or_else(|| guest.id.to_string());
    let (verdict, style) = words(guest.verdict);
    for line in 0..lines {
        let once = |cell: Cell| if line == 0 { cell } else { Cell::default() };
        let none = |index: usize| (index == 0).then(|| "-".to_owned());
        table.row([
            once(Cell::painted(BOLD, &name)),
            once(Cell::some(guest.status.as_ref())),
            once(Cell::new(domain(guest.domain))),
            Cell::some(guest.allocated.get(line).map(allocated).or_else(|| none(line))),
            Cell::some(guest.attached.get(line).map(part).or_else(|| none(line))),
            Cell::some(guest.runs.get(line).map(part).or_else(|| none(line))),
            once(Cell::painted(style, verdict)),
        ]);
    }
}

fn domain(state: DomainState) -> &'static str {
    match state {
        DomainState::Running => "runs",
        DomainState::Stopped => "stopped",
        DomainState::Absent => "none",
        DomainState::Unknown => "?",
    }
}

/// `1g.5gb 0000:41:00.0`.
fn allocated(one: &Allocated) -> String {
    let units = if one.units == 1 { String::new() } else { format!("{} × ", one.units) };
    let plain = one.plain.as_deref().unwrap_or("VGPU");
    format!("{units}{plain} {}", one.function.unwrap_or(one.gpu))
}

fn part(part: &GpuPart) -> String {
    match (&part.plain, part.function.or(part.gpu)) {
        (Some(plain), Some(at)) => format!("{plain} {at}"),
        (None, Some(at)) => at.to_string(),
        (_, None) => format!("{} (not there)", part.device),
    }
}

fn words(verdict: Verdict) -> (&'static str, Style) {
    match verdict {
        Verdict::Good => ("good", GOOD),
        Verdict::Stopped => ("stopped: keeps it", DIM),
        Verdict::Moving => ("on its way", DIM),
        Verdict::WithoutGpu => ("without its GPU", BAD),
        Verdict::AnotherGpu => ("another than allocated", BAD),
        Verdict::NotRun => ("attached, does not run", CHANGE),
        Verdict::Unallocated => ("not allocated", CHANGE),
        Verdict::Unreported => ("not in Placement", DIM),
        Verdict::NoDomain => ("no such guest here", CHANGE),
        Verdict::Elsewhere => ("on another host", CHANGE),
        Verdict::Leaked => ("leaked", CHANGE),
        Verdict::Unclear => ("unclear", DIM),
    }
}

fn summary(audit: &Audit) -> String {
    let fine = [Verdict::Good, Verdict::Stopped, Verdict::Moving, Verdict::Unreported];
    let good = audit.guests.iter().filter(|guest| fine.contains(&guest.verdict)).count();
    let (all, guests) = (audit.guests.len(), counted(audit.guests.len(), "guest"));
    match all - good {
        _ if all == 0 => painted(GOOD, "No guest has to do with a GPU of this host."),
        0 => painted(GOOD, format!("{guests}, all as they should be.")),
        bad => painted(CHANGE, format!("{guests}, {bad} not as it should be.")),
    }
}
