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
