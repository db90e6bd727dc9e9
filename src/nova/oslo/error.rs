//! Why Nova's configuration could not be read exactly. Never holds a value: it may be a secret.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::{Code, Finding};

/// Nova's configuration cannot be read, or not exactly as Nova reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OsloError {
    /// A file or directory cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's words.
        cause: String,
        /// Whether it is there and only the permission is missing.
        denied: bool,
    },
    /// A line that oslo.config would not accept either.
    #[error("{}:{line}: {what}", file.display())]
    Syntax {
        /// The file.
        file: Arc<Path>,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A `$reference` whose value cannot be known from the files.
    #[error("{}:{line}: {key} refers to ${reference}, {why}", file.display())]
    Reference {
        /// The file.
        file: Arc<Path>,
        /// Counted from 1.
        line: usize,
        /// The option with the reference.
        key: String,
        /// What it refers to.
        reference: String,
        /// Why that is not known.
        why: &'static str,
    },
    /// A value of the wrong kind.
    #[error("{}:{line}: {key} should be {expected}", file.display())]
    Kind {
        /// The file.
        file: Arc<Path>,
        /// Counted from 1.
        line: usize,
        /// The option.
        key: String,
        /// What it should be.
        expected: &'static str,
    },
}

impl OsloError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            OsloError::Unreadable { .. } => Code::ConfigUnreadable,
            OsloError::Syntax { .. } | OsloError::Reference { .. } | OsloError::Kind { .. } => {
                Code::ConfigInvalid
            }
        }
    }

    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            OsloError::Unreadable { path, denied: true, .. } => format!(
                "let the agent's user read {}: put it in the group nova, or hand the file over with systemd's \
                 LoadCredential=nova.conf:…",
                path.display()
            ),
            OsloError::Unreadable { .. } => {
                "name Nova's configuration with nova.config_files and nova.config_dirs".to_owned()
            }
            OsloError::Syntax { .. } => {
                "correct the line; nova-compute does not start with it either".to_owned()
            }
            OsloError::Reference { .. } => {
                "write the value itself, or $$ for a dollar sign (a password with a $ needs that)".to_owned()
            }
            OsloError::Kind { .. } => "correct the value".to_owned(),
        }
    }

    /// The error as an operator sees it.
    pub fn finding(&self) -> Finding {
        Finding::new(self.code(), "Nova's configuration", self, self.remedy())
    }
}
