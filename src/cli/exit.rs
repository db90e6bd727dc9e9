//! Exit codes, each with one meaning.

use std::process::ExitCode;

use crate::model::{Code, Finding, Severity};

/// How a command ended. Documented in `docs/usage/commands.md`; a test holds both together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// 0: done, or nothing to do.
    Done,
    /// 2: `plan --exit-code` has something to do.
    Changes,
    /// 3: `check` found something, and no error.
    Warnings,
    /// 4: `check` found an error.
    Errors,
    /// 64: the command line is wrong (`EX_USAGE`).
    Usage,
    /// 70: a fault of this program (`EX_SOFTWARE`).
    Internal,
    /// 74: the result could not be written, as on a full disk (`EX_IOERR`).
    Unwritten,
    /// 10 to 59: what the error's code says.
    Finding(Code),
}

impl Exit {
    /// The worst of the findings, the first of equals; `otherwise` where none is an error.
    pub(super) fn of(findings: &[Finding], otherwise: Exit) -> Exit {
        let mut errors = findings.iter().filter(|finding| finding.code.severity() == Severity::Error);
        errors.next().map_or(otherwise, |finding| Exit::Finding(finding.code))
    }

    /// How a command ends that looks for findings: whatever they are, it did what it was asked.
    pub(super) fn of_worst(worst: Option<Severity>) -> Exit {
        match worst {
            None | Some(Severity::Info) => Exit::Done,
            Some(Severity::Warning) => Exit::Warnings,
            Some(Severity::Error) => Exit::Errors,
        }
    }

    fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Changes => 2,
            Exit::Warnings => 3,
            Exit::Errors => 4,
            Exit::Usage => 64,
            Exit::Internal => 70,
            Exit::Unwritten => 74,
            Exit::Finding(code) => code.exit_code(),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
