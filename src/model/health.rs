//! How a GPU is doing, as its driver tells it. What that means is decided elsewhere.

use std::collections::BTreeSet;
use std::fmt;

use super::GpuInstanceId;

/// What is known of one GPU's health. A figure that cannot be read is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Whether ECC is in force.
    pub ecc: Option<bool>,
    /// Uncorrectable ECC errors since the driver was loaded or the GPU was reset.
    pub uncorrectable_volatile: Option<u64>,
    /// Uncorrectable ECC errors in the GPU's lifetime.
    pub uncorrectable_aggregate: Option<u64>,
    /// Rows of memory that were replaced by spare ones (Ampere and later).
    pub remapping: Option<RowRemapping>,
    /// Pages of memory that are not used any more (before Ampere).
    pub retirement: Option<PageRetirement>,
    /// What the driver says is needed to make it well (`NVML_FI_DEV_GET_GPU_RECOVERY_ACTION`). Survives a
    /// restart of this program, unlike events.
    pub recovery: Option<RecoveryAction>,
    /// The XID events of this GPU that nothing shows to be over, as far as anybody listened to them.
    pub xids: BTreeSet<Xid>,
}

/// `nvmlDeviceGetRemappedRows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRemapping {
    /// Rows replaced because of correctable errors.
    pub correctable: u32,
    /// Rows replaced because of uncorrectable errors.
    pub uncorrectable: u32,
    /// Whether a replacement waits for a reset of the GPU.
    pub pending: bool,
    /// Whether a replacement failed: no spare row was left.
    pub failed: bool,
}

/// `NVML_FI_DEV_RETIRED_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRetirement {
    /// Pages retired because of single-bit errors.
    pub single_bit: u64,
    /// Pages retired because of double-bit errors.
    pub double_bit: u64,
    /// Whether a retirement waits for a reset of the GPU.
    pub pending: bool,
}

/// `NVML_GPU_RECOVERY_ACTION_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryAction {
    /// It is well.
    None,
    /// It needs a reset.
    Reset,
    /// The host needs a reboot.
    Reboot,
    /// Its peers have to be drained too.
    DrainPeers,
    /// It can go on with what it has, takes nothing new, and needs a reset when it is empty.
    DrainAndReset,
    /// The memory that the hosts of one NVLink domain share through IMEX has to be recovered.
    RecoverImex,
    /// Its PCIe bus needs a reset.
    BusReset,
    /// The system that the host is part of needs a reboot.
    SystemReboot,
    /// Something that this program does not know the name of.
    Other(u32),
}

impl fmt::Display for RecoveryAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecoveryAction::None => f.write_str("none"),
            RecoveryAction::Reset => f.write_str("GPU reset"),
            RecoveryAction::Reboot => f.write_str("reboot of the host"),
            RecoveryAction::DrainPeers => f.write_str("drain of the GPU and its peers"),
            RecoveryAction::DrainAndReset => f.write_str("drain, then GPU reset"),
            RecoveryAction::RecoverImex => f.write_str("recovery of the IMEX domain"),
            RecoveryAction::BusReset => f.write_str("reset of its PCIe bus"),
            RecoveryAction::SystemReboot => f.write_str("reboot of the system"),
            RecoveryAction::Other(number) => write!(f, "action {number}"),
        }
    }
}

/// An XID event: the driver's number for what went wrong on a GPU, in a part of it where the event names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Xid {
    /// NVIDIA's XID number.
    pub code: u32,
    /// The GPU instance that it happened in.
    pub instance: Option<GpuInstanceId>,
}

/// The XID events of one GPU, and what it looked like when it was last seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XidRecord {
    /// The events.
    pub xids: BTreeSet<Xid>,
    /// NVML's UUID of the GPU: another one is another GPU.
    pub uuid: Option<String>,
    /// Its uncorrectable ECC errors since the last reset: fewer means that it was reset meanwhile.
    pub uncorrectable: Option<u64>,
}
