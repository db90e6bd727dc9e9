//! What each XID means for new guests.
//!
//! Source: NVIDIA, "Analyzing Xid Errors with the Xid Catalog" (docs.nvidia.com/deploy/xid-errors), for Ampere
//! and later. Its column "Resolution Bucket (Immediate Action)" decides, but for the few rows that say themselves
//! why they do not follow it. `docs/usage/health.md` has the same rows.

mod catalogue;
#[cfg(test)]
mod tests;

use std::fmt;

use super::HealthAction;
use catalogue::ROWS;

/// NVIDIA's name for what is to be done first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bucket {
    ResetGpu,
    /// The host, "bare metal".
    RestartBm,
    RestartVm,
    RestartApp,
    Ignore,
    /// It only tells that the driver's recovery action has changed, which every scan reads.
    Xid154,
    /// One of "WORKFLOW_…", "CHECK_…", "UPDATE_…", "CONTACT_SUPPORT": for a person to follow.
    Person(&'static str),
    /// The column is empty.
    None,
}

impl Bucket {
    /// What asks for a reset or a reboot reserves; what asks to restart the guest or its application, or nothing,
    /// is the guest's own affair; what needs a person is said.
    fn action(self) -> HealthAction {
        match self {
            Bucket::ResetGpu | Bucket::RestartBm => HealthAction::Reserve,
            Bucket::RestartVm | Bucket::RestartApp | Bucket::Ignore | Bucket::Xid154 => HealthAction::Ignore,
            Bucket::Person(_) | Bucket::None => HealthAction::Warn,
        }
    }

    /// As NVIDIA writes it. Empty where the column is.
    fn name(self) -> &'static str {
        match self {
            Bucket::ResetGpu => "RESET_GPU",
            Bucket::RestartBm => "RESTART_BM",
            Bucket::RestartVm => "RESTART_VM",
            Bucket::RestartApp => "RESTART_APP",
            Bucket::Ignore => "IGNORE",
            Bucket::Xid154 => "XID_154",
            Bucket::Person(name) => name,
            Bucket::None => "",
        }
    }
}

/// XIDs that the catalogue has the same to say of.
#[derive(Debug)]
struct Row {
    codes: &'static [u32],
    name: &'static str,
    bucket: Bucket,
    /// What is done instead of what the bucket means, and why.
    instead: Option<(HealthAction, &'static str)>,
}

impl Row {
    const fn new(codes: &'static [u32], name: &'static str, bucket: Bucket) -> Row {
        Row { codes, name, bucket, instead: None }
    }

    const fn instead(self, action: HealthAction, why: &'static str) -> Row {
        Row { instead: Some((action, why)), ..self }
    }

    fn action(&self) -> HealthAction {
        self.instead.map_or(self.bucket.action(), |(action, _)| action)
    }
}

fn row(code: u32) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.codes.contains(&code))
}

/// What is done about an XID where nobody configured anything else. One that the catalogue does not use, or does
/// not know yet, is said.
pub(super) fn action(code: u32) -> HealthAction {
    row(code).map_or(HealthAction::Warn, Row::action)
}

/// An XID in words: its name, and what NVIDIA would have done first.
pub(super) struct Meaning(pub(super) u32);

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match row(self.0) {
            Some(Row { name, bucket: Bucket::None, .. }) => f.write_str(name),
            Some(Row { name, bucket, .. }) => write!(f, "{name}: {}", bucket.name()),
            None => f.write_str("not in use, or unknown, in NVIDIA's catalogue"),
        }
    }
}
