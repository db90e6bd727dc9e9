//! What can be wrong with a configuration: always the place, the key, the value and what is expected.

use std::path::{Path, PathBuf};

use crate::model::{Code, Finding};

/// A configuration that is not acceptable. Nothing was changed because of it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that cannot be read.
    #[error("cannot read {}: {cause}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A file with an unknown key or a bad value.
    #[error("{}:{line}:{column}: {message}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// Key, value, what is expected, and the line with a caret.
        message: String,
    },
    /// A variable with an unknown name or a bad value.
    #[error("environment variable {variable}: {message}")]
    Variable {
        /// Its name.
        variable: String,
        /// What is wrong with it.
        message: String,
    },
    /// Values that are good alone and make no sense together.
    #[error("{0}")]
    Together(String),
    /// Credentials that are not there.
    #[error("{0}")]
    Credentials(String),
}

/// Keys whose value must not be repeated in an error.
const SECRET: [&str; 6] = ["password", "PASSWORD", "secret", "SECRET", "token", "TOKEN"];

impl ConfigError {
    pub(super) fn file(path: &Path, text: &str, cause: &toml::de::Error) -> Self {
        let at = cause.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.len() - line_start + 1;
        let shown = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let secret = SECRET.iter().any(|word| shown.contains(word));
        let excerpt =
            if secret { String::new() } else { format!("\n  {shown}\n  {}^", " ".repeat(column - 1)) };
        ConfigError::File {
            file: path.to_owned(),
            line,
            column,
            message: format!("{}{excerpt}", cause.message()),
        }
    }

    pub(super) fn variable(variable: &str, value: &str, cause: config::ConfigError) -> Self {
        let secret = SECRET.iter().any(|word| variable.contains(word));
        let value = if secret { "(not shown)".to_owned() } else { format!("{value:?}") };
        let message = format!("value {value}: {cause}");
        ConfigError::Variable { variable: variable.to_owned(), message }
    }

    pub(super) fn merged(cause: config::ConfigError) -> Self {
        ConfigError::Together(cause.to_string())
    }

    /// Its stable code.
    pub fn code(&self) -> Code {
        match self {
            ConfigError::Unreadable { .. } => Code::ConfigUnreadable,
            ConfigError::File { .. } | ConfigError::Variable { .. } | ConfigError::Together(_) => {
                Code::ConfigInvalid
            }
            ConfigError::Credentials(_) => Code::CredentialsMissing,
        }
    }

    /// The same for people and reports.
    pub fn finding(&self) -> Finding {
        let remedy = match self {
            ConfigError::Unreadable { .. } => {
                "see whether the file exists and may be read by the agent's user (`ls -l`); --config names another agent.toml"
            }
            ConfigError::File { .. } | ConfigError::Together(_) => {
                "correct it there; every option with its default is in etc/agent.toml, and in configuration.md of \
                 /usr/share/doc/nvidia-placement-agent"
            }
            ConfigError::Variable { .. } => {
                "NPA__<SECTION>__<KEY>, with the sections and keys of etc/agent.toml"
            }
            ConfigError::Credentials(_) => {
                "set [keystone] in agent.toml, or placement.auth = \"noauth\" for a test cloud"
            }
        };
        Finding::new(self.code(), "configuration", self, remedy)
    }
}
