//! What can go wrong on the way to a token and an endpoint.

use std::time::Duration;

use crate::model::{Code, Finding};

use super::HttpSetupError;

/// What helps against an error: this is what drives the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The same request again, a little later: an outage.
    Retry,
    /// Placement knows better: observe and decide again.
    Replan,
    /// Another token.
    Reauthenticate,
    /// Something outside of this agent has to happen first: look again slowly.
    Wait,
    /// A person has to change something: the request, repeated, would fail alike.
    Fatal,
}

/// No token, or no endpoint. Carries no secret in any of its texts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No HTTP client can be made.
    #[error(transparent)]
    Setup(#[from] HttpSetupError),
    /// No connection, or it broke.
    #[error("cannot reach Keystone at {url}: {cause}")]
    Unreachable {
        /// The address.
        url: String,
        /// Every cause, outermost first.
        cause: String,
    },
    /// No answer in time.
    #[error("Keystone at {url} did not answer in time: {cause}")]
    TimedOut {
        /// The address.
        url: String,
        /// Every cause, outermost first.
        cause: String,
    },
    /// 429 or 5xx.
    #[error("Keystone at {url} is out of service: {status}")]
    Unavailable {
        /// The address.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it asks to wait.
        retry_after: Option<Duration>,
    },
    /// 401 or 403: the credentials are not accepted.
    #[error("Keystone at {url} does not accept the credentials of {who}: {detail}")]
    Unauthorized {
        /// The address.
        url: String,
        /// Whose credentials.
        who: String,
        /// What Keystone says.
        detail: String,
    },
    /// A token without a scope, which opens nothing.
    #[error("Keystone at {url} gave {who} a token for no project, which opens nothing")]
    Unscoped {
        /// The address.
        url: String,
        /// Whose credentials.
        who: String,
    },
    /// The answer is not Keystone's, or makes no sense.
    #[error("what answers at {url} does not behave like Keystone: {what}: {excerpt}")]
    Nonsense {
        /// The address.
        url: String,
        /// What is wrong with the answer.
        what: String,
        /// How it begins.
        excerpt: String,
    },
    /// Any other refusal.
    #[error("Keystone at {url} refuses to authenticate {who}: {status}: {detail}")]
    Refused {
        /// The address.
        url: String,
        /// Whose credentials.
        who: String,
        /// The HTTP status.
        status: u16,
        /// What Keystone says.
        detail: String,
    },
    /// The catalogue has no endpoint that fits.
    #[error("Keystone's catalogue has no endpoint of {wanted}; it has {}", list(has))]
    NotInCatalog {
        /// Service, interfaces and region.
        wanted: String,
        /// What there is, as near to it as possible.
        has: Vec<String>,
    },
}

fn list(has: &[String]) -> String {
    if has.is_empty() { "none at all".to_owned() } else { has.join(", ") }
}

impl IdentityError {
    /// What helps.
    pub fn class(&self) -> Class {
        match self {
            IdentityError::Unreachable { .. }
            | IdentityError::TimedOut { .. }
            | IdentityError::Unavailable { .. } => Class::Retry,
            // Not at once: Keystone may lock a user out after some failures.
            IdentityError::Unauthorized { .. }
            | IdentityError::Unscoped { .. }
            | IdentityError::NotInCatalog { .. } => Class::Wait,
            IdentityError::Setup(_) | IdentityError::Nonsense { .. } | IdentityError::Refused { .. } => {
                Class::Fatal
            }
        }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            IdentityError::Setup(error) => error.code(),
            IdentityError::Unreachable { .. } | IdentityError::TimedOut { .. } => Code::Unreachable,
            IdentityError::Unavailable { .. } => Code::Unavailable,
            IdentityError::Unauthorized { .. } | IdentityError::Unscoped { .. } => Code::Unauthorized,
            IdentityError::Nonsense { .. } => Code::Nonsense,
            IdentityError::Refused { .. } => Code::Refused,
            IdentityError::NotInCatalog { .. } => Code::ConfigInvalid,
        }
    }

    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            IdentityError::Setup(error) => return error.remedy(),
            IdentityError::Unreachable { .. } => {
                "Check auth_url, name resolution, the network and the CA file. `run` keeps trying."
            }
            IdentityError::TimedOut { .. } => "Check Keystone and the network. `run` keeps trying.",
            IdentityError::Unavailable { .. } => "Check Keystone. `run` keeps trying.",
            IdentityError::Unauthorized { .. } => {
                "Check user, secret, project and their domains, that the user has a role in the project, and that \
                 an application credential or a given token has not expired or been revoked."
            }
            IdentityError::Unscoped { .. } => "Name the project, or make the application credential in one.",
            IdentityError::Nonsense { .. } => {
                "Check that auth_url is Keystone's address, as in https://keystone.example.org/v3, and not a \
                 proxy's or another service's."
            }
            IdentityError::Refused { .. } => "See Keystone's log for the reason.",
            IdentityError::NotInCatalog { .. } => {
                "Correct region or interfaces, register the endpoint in Keystone, or set the endpoint."
            }
        }
        .to_owned()
    }

    /// What the service asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            IdentityError::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The error as an operator sees it.
    pub fn finding(&self, subject: impl std::fmt::Display) -> Finding {
        Finding::new(self.code(), subject, self, self.remedy())
    }
}
