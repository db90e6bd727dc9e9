//! What the operator wants, as the planner takes it.

use std::collections::BTreeSet;

use crate::model::{ParseError, PciAddress};

/// The operator's choices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether something attaches to guests what this agent owns.
    pub attachable: Attachable,
    /// GPUs to leave alone.
    pub ignore: BTreeSet<PciAddress>,
}

/// Whether an allocation on a provider of ours ends with a device in the guest.
///
/// Nova's libvirt driver attaches only what it reported itself: an allocation on anybody else's provider
/// boots a guest without its GPU, silently. So under a compute node everything is published reserved,
/// unless the operator says that something else attaches it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Attachable {
    /// No, when the root is a Nova compute node; yes elsewhere.
    #[default]
    Auto,
    /// Yes: another consumer than Nova, a patched Nova, a test cloud.
    Yes,
    /// No.
    No,
}

impl Attachable {
    /// Whether the inventory may be offered under such a root.
    pub fn permits(self, root_is_compute_node: bool) -> bool {
        match self {
            Attachable::Auto => !root_is_compute_node,
            Attachable::Yes => true,
            Attachable::No => false,
        }
    }
}

impl std::str::FromStr for Attachable {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "auto" => Ok(Attachable::Auto),
            "yes" => Ok(Attachable::Yes),
            "no" => Ok(Attachable::No),
            _ => Err(ParseError::new("own.attachable", text, "\"auto\", \"yes\" or \"no\"")),
        }
    }
}
