//! Where output goes: documents to standard output, progress and errors to standard error.

use std::io::{self, Write};

use serde::Serialize;

use super::args::Format;
use super::exit::Exit;
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
    /// Gives the exit code that was meant, unless the result did not arrive.
    pub(super) fn result(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
        findings: &[Finding],
        exit: Exit,
    ) -> Exit {
        let written = match self.format {
            Format::Json => json(document),
            Format::Table => print(&format!("{}{}", text(), report::findings(findings))),
        };
        arrived(written, exit)
    }

    /// As [`result`](Self::result), but the text is for another program: findings go to standard error.
    pub(super) fn piped(
        self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
        findings: &[Finding],
        exit: Exit,
    ) -> Exit {
        match self.format {
            Format::Json => arrived(json(document), exit),
            Format::Table => Output::picture(&text(), findings, exit),
        }
    }

    /// A result that is text already.
    pub(super) fn text(text: &str) -> Exit {
        arrived(print(text), Exit::Done)
    }

    /// A result that is a picture; what there is to say of it goes to standard error.
    pub(super) fn picture(picture: &str, findings: &[Finding], exit: Exit) -> Exit {
        let exit = arrived(print(picture), exit);
        say(report::findings(findings).trim_start_matches('\n'));
        exit
    }

    /// A command that could not do what it was asked.
    pub(super) fn failure(self, finding: &Finding) {
        if self.format == Format::Json {
            // What went wrong first is what the exit code says.
            let _ = json(&report::json::Error::new(std::slice::from_ref(finding)));
        }
        say(&report::finding_lines(finding));
    }
}

fn arrived(written: io::Result<()>, exit: Exit) -> Exit {
    let Err(error) = written else { return exit };
    say(&format!("error: the result could not be written to standard output: {error}\n"));
    Exit::Unwritten
}

fn json(document: &impl Serialize) -> io::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(document)?))
}

/// A reader that went away (`| head`) is not an error; a full disk is one.
fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Columns of the terminal that standard output is; none where it is none.
pub(super) fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    // One that says 0 does not know.
    (size.ws_col > 0).then_some(size.ws_col.into())
}

/// To standard error, as far as that takes it. Not `eprintln!`, which panics where it does not: a log that is
/// full must not end an `apply` half-way.
pub(super) fn say(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
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
        say(&format!("{}\n", report::progress_trait(self.done, self.total, name)));
    }

    fn step(&mut self, record: &StepRecord) {
        self.done += 1;
        say(&format!("{}\n", report::progress(self.done, self.total, record)));
    }
}
