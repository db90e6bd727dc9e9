//! Where output goes: documents to standard output, progress and errors to standard error.

use std::io::Write;

use serde::Serialize;

use super::args::Format;
use crate::model::{Finding, StepRecord, TraitName};
use crate::reconciler::Progress;
use crate::report;

/// Writes in the format that was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    format: Format,
}

impl Output {
    pub(super) fn new(format: Format) -> Self {
        Output { format }
    }

    /// The command's result: as text with its findings, or as one JSON document (which has them inside).
    pub(super) fn result(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
        findings: &[Finding],
    ) {
        match self.format {
            Format::Json => json(document),
            Format::Table => print(&format!("{}{}", text(), report::findings(findings))),
        }
    }

    /// A command that could not do what it was asked.
    pub(super) fn failure(self, finding: &Finding) {
        if self.format == Format::Json {
            json(&report::json::Error::new(std::slice::from_ref(finding)));
        }
        anstream::eprint!("{}", report::finding_lines(finding));
    }
}

fn json(document: &impl Serialize) {
    match serde_json::to_string_pretty(document) {
        Ok(text) => print(&format!("{text}\n")),
        Err(error) => anstream::eprintln!("error: {error}"),
    }
}

/// A reader that went away (`| head`) is not an error.
pub(super) fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Shows each step as it is done, on standard error.
#[derive(Debug, Default)]
pub(super) struct Shown {
    done: usize,
    total: usize,
}

impl Progress for Shown {
    fn begin(&mut self, writes: usize) {
        *self = Shown { done: 0, total: writes };
    }

    fn trait_created(&mut self, name: &TraitName) {
        self.done += 1;
        anstream::eprintln!("{}", report::progress_trait(self.done, self.total, name));
    }

    fn step(&mut self, record: &StepRecord) {
        self.done += 1;
        anstream::eprintln!("{}", report::progress(self.done, self.total, record));
    }
}
