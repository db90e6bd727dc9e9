//! How a GPU is doing, and what it is doing just now. Everything may be left out: then the GPU is well, and what
//! moves is not supported.

use serde::Deserialize;

/// Health. The defaults are those of a data-centre board that never had an error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Health {
    /// `None`: the board has no ECC.
    pub(crate) ecc: Ecc,
    /// Uncorrectable errors since the driver was loaded.
    pub(crate) uncorrectable_volatile: u64,
    /// Uncorrectable errors in its lifetime.
    pub(crate) uncorrectable_aggregate: u64,
    pub(crate) remapped: Remapped,
    pub(crate) retired: Retired,
    /// `NVML_GPU_RECOVERY_ACTION_*`; `None`: a driver without it.
    pub(crate) recovery: Recovery,
}

impl Default for Health {
    fn default() -> Self {
        Health {
            ecc: Ecc::On,
            uncorrectable_volatile: 0,
            uncorrectable_aggregate: 0,
            remapped: Remapped::default(),
            retired: Retired::default(),
            recovery: Recovery::Number(0),
        }
    }
}

/// ECC mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ecc {
    On,
    Off,
    Unsupported,
}

/// What the driver says is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Recovery {
    Number(u32),
    /// `"unsupported"`, and any other word: a driver that does not know the field.
    #[allow(dead_code, reason = "every word means the same")]
    Unsupported(UnsupportedWord),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UnsupportedWord {
    Unsupported,
}

/// Row remapping (Ampere and later).
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Remapped {
    pub(crate) correctable: u32,
    pub(crate) uncorrectable: u32,
    pub(crate) pending: bool,
    pub(crate) failed: bool,
}

/// Page retirement (before Ampere).
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Retired {
    pub(crate) single_bit: u32,
    pub(crate) double_bit: u32,
    pub(crate) pending: bool,
}

/// What moves by itself. What is left out is not supported.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Figures {
    /// Degrees Celsius.
    pub(crate) temperature: Option<u32>,
    pub(crate) power_mw: Option<u32>,
    pub(crate) energy_mj: Option<u64>,
    /// MHz.
    pub(crate) graphics_clock: Option<u32>,
    pub(crate) sm_clock: Option<u32>,
    pub(crate) memory_clock: Option<u32>,
    pub(crate) video_clock: Option<u32>,
    /// Percent of GPU and of memory.
    pub(crate) utilisation: Option<(u32, u32)>,
    pub(crate) used_mib: u64,
    pub(crate) processes: Vec<Process>,
    /// Percent of multiprocessors, memory and tensor cores, by performance monitoring; with MIG off.
    pub(crate) activity: Option<(f64, f64, f64)>,
    /// Of its GPU instances.
    pub(crate) instances: Vec<InstanceFigures>,
}

/// What moves by itself in a GPU instance.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstanceFigures {
    pub(crate) id: u32,
    pub(crate) activity: Option<(f64, f64, f64)>,
    #[serde(default)]
    pub(crate) used_mib: u64,
}

/// A process with a compute context.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    /// `None`: not available.
    pub(crate) used_mib: Option<u64>,
    pub(crate) instance: Option<u32>,
}
