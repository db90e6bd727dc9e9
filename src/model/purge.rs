//! Why `purge` does with a provider what it does.

use std::fmt;

/// Why `purge` does with a provider what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PurgeReason {
    /// Guests hold some of it: it is reserved, and stays.
    StillUsed {
        /// Units allocated.
        used: u32,
    },
    /// Nothing is allocated.
    Empty,
    /// Nothing is allocated, but somebody has put something of theirs on it, so it is not deleted.
    Shared {
        /// What.
        what: String,
    },
    /// It is Nova's: only what this agent added to it goes.
    Withdrawn,
}

impl fmt::Display for PurgeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PurgeReason::StillUsed { used } => write!(f, "{used} still allocated"),
            PurgeReason::Empty => f.write_str("nothing is allocated"),
            PurgeReason::Shared { what } => write!(f, "not deleted: {what}"),
            PurgeReason::Withdrawn => f.write_str("the provider is Nova's and stays"),
        }
    }
}
