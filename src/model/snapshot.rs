//! What the hardware is, as one scan saw it.

use std::collections::BTreeMap;
use std::fmt;

use super::{GpuInstanceId, PciAddress, PciDeviceId, ProfileId, Slots};

/// One scan of one host. Two scans of an unchanged host are equal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostSnapshot {
    /// The driver's version, `580.65.06`, where it was told.
    pub driver: Option<String>,
    /// Every GPU whose address could be read, complete or not.
    pub gpus: BTreeMap<PciAddress, Gpu>,
    /// What went wrong with devices that have not even an address.
    pub problems: Vec<HostProblem>,
    /// Why there is nothing at all: the scan itself failed.
    pub failed: Option<String>,
}

/// A physical GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpu {
    /// Where it sits.
    pub address: PciAddress,
    /// Which model it is, by PCI device id.
    pub board: PciDeviceId,
    /// Which model it is, by NVML's product name: `NVIDIA A100-SXM4-40GB`.
    pub product: String,
    /// NVML's UUID of it, `GPU-…`.
    pub uuid: String,
    /// Framebuffer in MiB, where it was told.
    pub memory_mib: Option<u64>,
    /// Whether it is cut, can be cut, or will be.
    pub mig: MigMode,
    /// The GPU-instance profiles that it offers. Empty where MIG is off: NVML tells them only when it is on.
    pub profiles: BTreeMap<ProfileId, GpuInstanceProfile>,
    /// The GPU instances that exist.
    pub instances: BTreeMap<GpuInstanceId, GpuInstance>,
    /// Everything that could not be read, and why.
    pub problems: Vec<DeviceProblem>,
}

impl Gpu {
    /// The first problem that makes the list of GPU instances untrustworthy.
    pub fn blinded_by(&self) -> Option<&DeviceProblem> {
        self.problems.iter().find(|problem| problem.blinds())
    }
}

/// MIG mode now, and after the next GPU reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigMode {
    /// The GPU cannot be cut (T4, L40S, A40).
    Unsupported,
    /// It can.
    Supported {
        /// In force now.
        current: MigState,
        /// In force after the next GPU reset.
        pending: MigState,
    },
    /// It could not be read.
    Unknown,
}

impl MigMode {
    /// Whether the GPU is in MIG mode now.
    pub fn is_on(self) -> bool {
        matches!(self, MigMode::Supported { current: MigState::On, .. })
    }
}

/// `NVML_DEVICE_MIG_ENABLE` or `…_DISABLE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MigState {
    On,
    Off,
}

impl fmt::Display for MigMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |state: &MigState| if *state == MigState::On { "on" } else { "off" };
        match self {
            MigMode::Unsupported => f.write_str("not supported"),
            MigMode::Unknown => f.write_str("unknown"),
            MigMode::Supported { current, pending } if current == pending => f.write_str(word(current)),
            MigMode::Supported { current, pending } => {
                write!(f, "{} ({} after the next GPU reset)", word(current), word(pending))
            }
        }
    }
}

/// A way to cut a slice from one model of GPU, with this driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuInstanceProfile {
    /// The key: stable over drivers.
    pub id: ProfileId,
    /// NVML's name without its `MIG ` prefix: `1g.5gb`. Changes with the driver.
    pub name: String,
    /// Compute slices it takes (`sliceCount`).
    pub compute_slices: u32,
    /// Streaming multiprocessors it has.
    pub multiprocessors: u32,
    /// Framebuffer of one instance, in MiB. Moves with driver, ECC and vGPU mode: never a key.
    pub memory_mib: u64,
    /// How many of them the GPU can hold at most (`instanceCount`).
    pub max_instances: u32,
    /// Where one can be put. Empty where that could not be read.
    pub placements: Vec<SlicePlacement>,
}

/// A run of memory slots on a GPU. NVML calls it a placement; that word alone is OpenStack's service here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlicePlacement {
    /// The first slot.
    pub start: Slots,
    /// How many slots from there.
    pub size: Slots,
}

/// A GPU instance that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuInstance {
    /// Its id on this GPU.
    pub id: GpuInstanceId,
    /// How it was cut.
    pub profile: ProfileId,
    /// Which slots it has.
    pub placement: SlicePlacement,
}

/// What could not be read of one GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceProblem {
    /// `NVML_ERROR_GPU_IS_LOST`: fallen off the bus or otherwise inaccessible.
    Lost {
        /// The call that found out.
        call: &'static str,
    },
    /// `NVML_ERROR_NO_PERMISSION`.
    NoPermission {
        /// The call that was refused.
        call: &'static str,
    },
    /// Any other failure of a call that is needed to know the GPU instances.
    Unreadable {
        /// The call that failed.
        call: &'static str,
        /// NVML's word for it.
        error: String,
    },
    /// A GPU instance of a profile that the driver does not describe. The other instances are known.
    UnknownProfile {
        /// The instance.
        instance: GpuInstanceId,
        /// The profile id that it names.
        profile: ProfileId,
    },
    /// A figure that nothing depends on could not be read.
    Missing {
        /// The call that failed.
        call: &'static str,
        /// NVML's word for it.
        error: String,
    },
}

impl DeviceProblem {
    /// Whether the list of GPU instances cannot be trusted.
    pub fn blinds(&self) -> bool {
        match self {
            DeviceProblem::Lost { .. }
            | DeviceProblem::NoPermission { .. }
            | DeviceProblem::Unreadable { .. } => true,
            DeviceProblem::UnknownProfile { .. } | DeviceProblem::Missing { .. } => false,
        }
    }
}

impl fmt::Display for DeviceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceProblem::Lost { call } => write!(f, "the GPU is lost ({call})"),
            DeviceProblem::NoPermission { call } => write!(f, "no permission for {call}"),
            DeviceProblem::Unreadable { call, error } => write!(f, "{call} failed: {error}"),
            DeviceProblem::UnknownProfile { instance, profile } => {
                write!(
                    f,
                    "GPU instance {instance} has profile id {profile}, which the driver does not describe"
                )
            }
            DeviceProblem::Missing { call, error } => {
                write!(f, "{call} failed, its figure is missing: {error}")
            }
        }
    }
}

/// A device that NVML counts but gives no address for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostProblem {
    /// NVML's index of it.
    pub index: u32,
    /// What went wrong.
    pub problem: DeviceProblem,
}
