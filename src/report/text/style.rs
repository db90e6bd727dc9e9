//! The palette: colour says only what words say too.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::model::Severity;

/// No colour at all.
pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const CHANGE: Style = AnsiColor::Yellow.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const NAME: Style = AnsiColor::Cyan.on_default();

pub(super) fn painted(style: Style, text: impl Display) -> String {
    if style.is_plain() { text.to_string() } else { format!("{style}{text}{style:#}") }
}

pub(super) fn of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Info => DIM,
        Severity::Warning => CHANGE,
        Severity::Error => BAD,
    }
}

/// The text with nothing in it that moves a terminal's cursor or changes its state: names come from drivers, and
/// recordings from anybody. Of escape sequences only those that colour stay.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\n') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let colour = colour(from);
        out.push_str(if colour > 0 { from.get(..colour).unwrap_or_default() } else { "\u{fffd}" });
        let taken = if colour > 0 { colour } else { from.chars().next().map_or(1, char::len_utf8) };
        rest = from.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Bytes of the colouring sequence that the text begins with; 0: none.
fn colour(text: &str) -> usize {
    let Some(body) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = body.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(body.len());
    if body.get(end..).is_some_and(|rest| rest.starts_with('m')) { end + "\u{1b}[m".len() } else { 0 }
}

#[test]
fn colours_stay_and_whatever_else_steers_a_terminal_goes() {
    let painted = painted(BAD, "x\u{1b}[2Jy\u{1b}]0;title\u{7}\r\u{9b}m");
    let shown = harmless(&format!("é {painted}\n\u{1b}["));
    let plain = "x\u{fffd}[2Jy\u{fffd}]0;title\u{fffd}\u{fffd}\u{fffd}m";
    assert_eq!(shown, format!("é {BAD}{plain}{BAD:#}\n\u{fffd}["));
    assert_eq!(harmless(""), "");
}
