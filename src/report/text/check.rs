//! Whether a VGPU flavor gets a GPU: the verdict, what was looked at, what each flavor finds.

use std::fmt::Write;

use super::columns::{Cell, Columns, folded};
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, NAME, harmless, of_severity, painted};
use crate::advice::check::{Attached, Flavor, Grade, Line, Report};

/// Columns of the longest grade, and of the longest name of what is looked at.
const GRADE: usize = "warning".len();
const WHAT: usize = "COMPUTE_NODE".len();
/// Where what was seen begins.
const MARGIN: usize = 2 + GRADE + 2 + WHAT + 2;
/// Lines are not folded to less.
const LEAST: usize = 40;

/// The report; `problems` leaves out what is as it should be.
pub fn check(report: &Report, problems: bool, width: Option<usize>) -> String {
    let mut out = String::new();
    let style = if report.verdict.lands {
        GOOD
    } else if report.verdict.full {
        CHANGE
    } else {
        BAD
    };
    let _ = writeln!(out, "{}", painted(style.bold(), &report.verdict.text));
    for subject in &report.subjects {
        let wanted = |line: &&Line| !problems || line.grade != Grade::Good;
        let lines: Vec<&Line> = subject.lines.iter().filter(wanted).collect();
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{}", painted(BOLD, &subject.name));
        for line in lines {
            write(&mut out, &subject.name, line, width);
        }
    }
    if !report.flavors.is_empty() {
        let _ = writeln!(out, "\n{}", painted(BOLD, "A flavor with resources:VGPU=1 that requires"));
        out.push_str(&flavors(&report.flavors, width));
    }
    harmless(&out)
}

fn write(out: &mut String, subject: &str, line: &Line, width: Option<usize>) {
    let (style, grade) = match line.grade {
        Grade::Good => (GOOD, "ok".to_owned()),
        Grade::Unseen => (DIM, "unseen".to_owned()),
        Grade::Found(severity) => (of_severity(severity), severity.to_string()),
    };
    let what = line.finding.as_ref().map_or(line.what, |finding| finding.code.as_str());
    let head = format!("  {}  {what:<WHAT$}  ", painted(style, format!("{grade:<GRADE$}")));
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(MARGIN).max(LEAST));
    let seen = match &line.finding {
        // Where the subject says it already, it is not said again.
        Some(finding) if finding.subject.contains(['[', ':']) && !subject.starts_with(&finding.subject) => {
            format!("{}: {}", finding.subject, line.seen)
        }
        _ => line.seen.clone(),
    };
    let mut head = Some(head);
    for part in seen.lines().flat_map(|text| folded(text, room)) {
        let start = head.take().unwrap_or_else(|| " ".repeat(MARGIN));
        let _ = writeln!(out, "{}", format!("{start}{part}").trim_end());
    }
    let Some(finding) = &line.finding else { return };
    for (number, part) in folded(&finding.remedy, room.saturating_sub(2)).into_iter().enumerate() {
        let arrow = if number == 0 { painted(DIM, "→") } else { " ".to_owned() };
        let _ = writeln!(out, "{}{arrow} {}", " ".repeat(MARGIN), painted(DIM, part));
    }
}

fn flavors(all: &[Flavor], width: Option<usize>) -> String {
    let mut columns = Columns::new(&["TRAIT", "IS", "TOTAL", "FREE", "DUE", "ITS GUEST"]);
    let moves = all.iter().any(|flavor| flavor.due != flavor.free);
    for flavor in all {
        let name = flavor.name.as_ref().map_or_else(|| "no trait".to_owned(), ToString::to_string);
        let due = if moves { Cell::number(flavor.due) } else { Cell::default() };
        let (style, guest) = guest(flavor);
        columns.row([
            Cell::painted(NAME, name),
            Cell::new(if flavor.name.is_some() { flavor.plain.as_str() } else { "" }),
            Cell::number(flavor.total),
            Cell::number(flavor.free),
            due,
            Cell::painted(style, guest),
        ]);
    }
    columns.lines(2, width)
}

fn guest(flavor: &Flavor) -> (anstyle::Style, String) {
    match &flavor.attached {
        Attached::ByNova if flavor.free == 0 && flavor.due == 0 => (DIM, "finds none free".to_owned()),
        Attached::ByNova => (GOOD, "gets its GPU".to_owned()),
        Attached::ByOthers if flavor.free == 0 && flavor.due == 0 => (DIM, "finds none free".to_owned()),
        Attached::ByOthers => (CHANGE, "gets its GPU if something other than Nova attaches it".to_owned()),
        Attached::Without(why) => (BAD, format!("boots without a GPU: {why}")),
        Attached::Fails(why) => (BAD, format!("does not start: {why}")),
        Attached::Reserved(why) if why.is_empty() => (DIM, "is not scheduled here".to_owned()),
        Attached::Reserved(why) => (CHANGE, format!("is not scheduled here: {why}")),
    }
}
