//! A simulated host as a value: read from TOML, checked completely, then only looked at.

mod address;
mod bus;
mod error;
mod file;
mod fit;
mod instances;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use address::PciAddress;
pub(crate) use bus::{Function, Layout, OnBus, PciFile, TypeFile};
pub use error::HostError;
pub(crate) use fit::remaining;

use crate::codes::Code;
use crate::data::{Model, Profile};

/// What an entry point does instead of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Injected {
    /// Answer this code.
    Code(Code),
    /// Do not return for as long as the host file says so.
    Hang,
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
    /// In the order of the file, which is the order of NVML's indices.
    pub(crate) gpus: Vec<Gpu>,
    /// Devices on the bus that NVML does not show.
    pub(crate) pci: Vec<PciFile>,
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
    /// Whether each GPU instance holds one compute instance of its full size.
    pub(crate) compute_instances: bool,
    /// By id.
    pub(crate) instances: Vec<Instance>,
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
}

impl Gpu {
    /// The profile of this id, on a GPU that can do MIG.
    pub(crate) fn profile(&self, profile_id: u32) -> Option<&'static Profile> {
        self.model?.profiles.iter().find(|profile| profile.profile_id == profile_id)
    }
}

impl Instance {
    /// Same place, same profile, same id: NVML handles of it stay good.
    pub(crate) fn identity(&self) -> (u32, u32, u32, u32) {
        (self.id, self.profile_id, self.start, self.size)
    }
}
