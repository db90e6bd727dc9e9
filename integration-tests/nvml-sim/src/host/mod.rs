//! A simulated host as a value: read from TOML, checked completely, then only looked at.

mod address;
mod bus;
mod error;
mod file;
mod fit;
mod health;
mod instances;
mod joined;
mod latency;
mod parse;
#[cfg(test)]
mod tests;
mod vgpu;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use address::PciAddress;
pub(crate) use bus::{Function, Layout, OnBus, PciFile, TypeFile};
pub use error::HostError;
pub(crate) use fit::remaining;
pub(crate) use health::{Ecc, Figures, Health, Recovery};
pub(crate) use vgpu::{Active, Vgpu, VgpuMode};

use crate::codes::Code;
use crate::data::{Model, Profile};

/// What an entry point does instead of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Injected {
    /// Answer this code.
    Code(Code),
    /// Do not return for as long as the host file says so.
    Hang,
    /// Answer, with something odd in the answer.
    Odd(Odd),
}

/// Answers that no driver should give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odd {
    /// Texts: bytes that are no UTF-8.
    NotUtf8,
    /// Texts: as many bytes as there is room, without a closing zero.
    Unterminated,
    /// Texts: nothing.
    Empty,
    /// Texts: as long as there is room.
    VeryLong,
    /// Lists: four billion elements.
    HugeCount,
    /// Lists: too small once more than the caller was told.
    GrowingCount,
    /// Lists: always too small.
    NeverEnough,
}

impl Odd {
    /// As a host file says it.
    pub(crate) const NAMES: [(&'static str, Odd); 7] = [
        ("not_utf8", Odd::NotUtf8),
        ("unterminated", Odd::Unterminated),
        ("empty", Odd::Empty),
        ("very_long", Odd::VeryLong),
        ("huge_count", Odd::HugeCount),
        ("growing_count", Odd::GrowingCount),
        ("never_enough", Odd::NeverEnough),
    ];
}

/// Injections by entry point.
pub(crate) type Injections = BTreeMap<String, Injected>;

/// A simulated host.
#[derive(Clone, Debug)]
pub struct Host {
    pub(crate) driver: String,
    /// NVML's notation: 1000 × major + 10 × minor.
    pub(crate) cuda: i32,
    /// `None`: whatever the calling thread may really do.
    pub(crate) privileged: Option<bool>,
    pub(crate) init_error: Option<Code>,
    pub(crate) errors: Injections,
    /// A file beside the host file that gets a line for each call.
    pub(crate) count_calls: Option<String>,
    /// How long calls take, by entry point.
    pub(crate) latency: BTreeMap<String, Duration>,
    /// How long all others take.
    pub(crate) latency_of_all: Duration,
    /// Entry points that this host's library does not have. Whoever copies the library takes them out
    /// ([`crate::testing::SimulatedHost`]): what is exported cannot hide itself.
    pub(crate) missing: Vec<String>,
    /// In the order of the file, which is the order of NVML's indices.
    pub(crate) gpus: Vec<Gpu>,
    /// Devices on the bus that NVML does not show.
    pub(crate) pci: Vec<PciFile>,
    /// What stands at single paths of sysfs instead of what belongs there.
    pub(crate) sysfs: BTreeMap<String, String>,
}

/// One physical GPU.
#[derive(Clone, Debug)]
pub(crate) struct Gpu {
    pub(crate) address: PciAddress,
    pub(crate) name: String,
    pub(crate) pci_device_id: u32,
    pub(crate) uuid: String,
    pub(crate) serial: String,
    pub(crate) minor: u32,
    pub(crate) memory_mib: u64,
    /// `None`: a board without MIG.
    pub(crate) model: Option<&'static Model>,
    pub(crate) mig: Mig,
    pub(crate) mig_pending: bool,
    pub(crate) state: GpuState,
    /// Calls about it after which a session finds it lost.
    pub(crate) lost_after: Option<u32>,
    /// By id.
    pub(crate) instances: Vec<Instance>,
    /// `None`: the host is no vGPU host, or the GPU cannot.
    pub(crate) vgpu: Option<Vgpu>,
    pub(crate) health: Health,
    pub(crate) figures: Figures,
    pub(crate) errors: Injections,
    /// The `nvmlEventType…`s that it supports.
    pub(crate) events: u64,
    /// XIDs so far. A rewrite that adds one makes an event.
    pub(crate) xids: Vec<XidFile>,
    /// `None`: sysfs does not show it.
    pub(crate) bus: Option<OnBus>,
}

/// An XID that has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct XidFile {
    pub(crate) code: u32,
    pub(crate) instance: Option<u32>,
}

/// MIG, as far as this GPU in this host goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mig {
    Unsupported,
    Off,
    On,
}

/// How the GPU is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GpuState {
    Ok,
    /// Every call about it answers `GPU_IS_LOST`, getting its handle included.
    Lost,
    /// It can still be named and located, and no more.
    LostMidScan,
    /// Its handle is refused.
    NoPermission,
}

/// One GPU instance.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    pub(crate) id: u32,
    pub(crate) profile_id: u32,
    pub(crate) start: u32,
    pub(crate) size: u32,
    /// `None`: a profile that no profile query of this driver knows.
    pub(crate) profile: Option<&'static Profile>,
    /// The compute instances in it: their position is their id.
    pub(crate) compute: Vec<Compute>,
}

/// A compute instance: a run of compute slices of its GPU instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compute {
    pub(crate) start: u32,
    pub(crate) size: u32,
}

impl Host {
    /// Reads and checks a host description.
    ///
    /// # Errors
    ///
    /// Says which GPU and which instance, what was found and what is expected.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        parse::host(text)
    }

    /// The entry points that the library of this host does not have.
    #[must_use]
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    pub(crate) fn latency(&self, symbol: &str) -> Duration {
        self.latency.get(symbol).copied().unwrap_or(self.latency_of_all)
    }
}

impl Gpu {
    /// The profile of this id, on a GPU that can do MIG.
    pub(crate) fn profile(&self, profile_id: u32) -> Option<&'static Profile> {
        self.model?.profiles.iter().find(|profile| profile.profile_id == profile_id)
    }
}

impl Instance {
    /// The compute slices of it; one of a profile that nobody knows counts as one.
    pub(crate) fn slices(&self) -> u32 {
        self.profile.map_or(1, |profile| profile.compute_slices)
    }

    /// Same place, same profile, same id: NVML handles of it stay good.
    pub(crate) fn identity(&self) -> (u32, u32, u32, u32) {
        (self.id, self.profile_id, self.start, self.size)
    }
}
