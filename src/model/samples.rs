//! What moves by itself, as it was read last: for telemetry, never for a decision.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Figures, GpuInstanceId, Moment, PciAddress, VgpuInstanceId};

/// The last sample of each GPU that has answered since NVML was opened for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// By address.
    pub gpus: BTreeMap<PciAddress, GpuSample>,
}

/// One GPU at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuSample {
    /// NVML's index of it.
    pub index: u32,
    /// When the last reading ended.
    pub at: Moment,
    /// How old it may be before it says nothing any more: the GPU does not answer.
    pub fresh_for: Duration,
    /// Of the whole GPU.
    pub figures: Figures,
    /// Of the whole GPU; none with MIG on.
    pub activity: Option<Activity>,
    /// Of its GPU instances.
    pub instances: BTreeMap<GpuInstanceId, InstanceSample>,
    /// Of the vGPUs that run on it.
    pub vgpus: BTreeMap<VgpuInstanceId, VgpuSample>,
}

impl GpuSample {
    /// Whether its figures still say something.
    pub fn is_fresh(&self, now: Moment) -> bool {
        now.since(self.at) <= self.fresh_for
    }
}

/// How busy parts of a GPU were between two samples, as parts of 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Activity {
    /// Multiprocessors with work.
    pub multiprocessors: Option<f64>,
    /// The memory's interface.
    pub memory: Option<f64>,
    /// Tensor cores of any kind.
    pub tensor: Option<f64>,
}

/// One GPU instance.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct InstanceSample {
    /// How busy it was.
    pub activity: Option<Activity>,
    /// Its framebuffer in bytes, used and free: told of its MIG device, which a vGPU host need not have.
    pub memory: Option<(u64, u64)>,
}

/// One vGPU.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VgpuSample {
    /// Framebuffer in use, in bytes.
    pub memory_used: Option<u64>,
    /// How busy it was; never told of one inside a GPU instance.
    pub use_percent: Option<VgpuUse>,
    /// Whether its guest has a licence.
    pub licensed: Option<bool>,
}

/// How busy a vGPU was lately, in percent of what it may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct VgpuUse {
    pub multiprocessors: Option<u32>,
    pub memory: Option<u32>,
    pub encoder: Option<u32>,
    pub decoder: Option<u32>,
}
