//! What the operator wants, as the planner takes it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{Moment, ParseError, PciAddress};

use super::{HealthPolicy, Memory, ModeRule, VgpuRule};

/// The operator's choices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether something attaches to guests what this agent owns.
    pub attachable: Attachable,
    /// GPUs to leave alone.
    pub ignore: BTreeSet<PciAddress>,
    /// Who is to report a GPU, whatever shows otherwise; the first that fits counts.
    pub modes: Vec<ModeRule>,
    /// The vGPU types to offer where the hardware has none set, first fitting first.
    pub vgpu_types: Vec<VgpuRule>,
    /// How long things have to last before the loop believes them.
    pub timing: Timing,
    /// What the condition of a GPU means.
    pub health: HealthPolicy,
}

/// How long things have to last before the loop believes them. Less capacity is believed at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// More of what is offered already, or the first offer of a GPU.
    pub growth: Duration,
    /// Something else on a GPU that offers something already, and the end of what it offered: at boot, GPU
    /// instances come back in stages.
    pub other_kind: Duration,
    /// Scans in a row that could not read a GPU, or did not find it, before its providers are reserved.
    pub grace: u32,
}

impl Default for Timing {
    fn default() -> Self {
        Timing { growth: Duration::from_secs(10), other_kind: Duration::from_secs(120), grace: 3 }
    }
}

/// Whether a decision waits for things to settle.
#[derive(Debug, Clone, Copy)]
pub enum Patience<'a> {
    /// No: an operator looks at the hardware and says so (`apply`).
    AtOnce,
    /// Yes, with what is remembered of them.
    Settling {
        /// Of earlier cycles, this one's scan and tree included.
        memory: &'a Memory,
        /// The time of the decision.
        now: Moment,
    },
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
