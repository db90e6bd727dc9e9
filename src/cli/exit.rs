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

    fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Changes => 2,
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
