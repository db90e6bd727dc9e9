//! vGPUs as NVML tells of them: what a GPU could give, and what it gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use uuid::Uuid;

use super::{GpuInstanceId, ProfileId, VgpuInstanceId, VgpuTypeId};

/// What NVML tells of vGPUs on one GPU.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vgpu {
    /// Whether it hands vGPUs out, and how. `None`: this is no vGPU host, or the GPU cannot.
    pub host_mode: Option<HostVgpuMode>,
    /// Whether vGPUs of different types may be on it at once, where the driver tells.
    pub heterogeneous: Option<bool>,
    /// Every type that it supports.
    pub types: BTreeMap<VgpuTypeId, VgpuType>,
    /// The types of which one more could be made now. Moves with every vGPU: never cached over a change.
    pub creatable: BTreeSet<VgpuTypeId>,
    /// The vGPUs that run.
    pub active: BTreeMap<VgpuInstanceId, ActiveVgpu>,
}

/// `nvmlHostVgpuMode_t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostVgpuMode {
    /// The physical function hands out all vGPUs.
    NonSriov,
    /// Each virtual function hands out one.
    Sriov,
}

impl fmt::Display for HostVgpuMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            HostVgpuMode::NonSriov => "without SR-IOV",
            HostVgpuMode::Sriov => "SR-IOV",
        })
    }
}

/// A vGPU type that a GPU supports. A figure that the driver did not tell is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VgpuType {
    /// The key: stable over drivers.
    pub id: VgpuTypeId,
    /// As NVML prints it: `GRID A100-1-5C`, `NVIDIA A40-1B`. Changes with the driver.
    pub name: String,
    /// `Compute`, `Quadro`, `NVS`.
    pub class: Option<String>,
    /// Framebuffer of one vGPU, in MiB.
    pub framebuffer_mib: Option<u64>,
    /// How many of it the whole GPU can have at most.
    pub max_instances: Option<u32>,
    /// How many of it one GPU instance can have at most; time-sliced vGPUs inside MIG have more than one.
    pub max_per_gpu_instance: Option<u32>,
    /// How many of it one guest can have.
    pub max_per_vm: Option<u32>,
    /// The GPU-instance profile that it lives in; `None` for a type of the whole GPU (time-sliced).
    pub profile: Option<ProfileId>,
}

/// A vGPU that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveVgpu {
    /// NVML's id of it.
    pub id: VgpuInstanceId,
    /// NVML's UUID of it.
    pub uuid: String,
    /// Its type.
    pub vgpu_type: VgpuTypeId,
    /// The guest that has it, as the hypervisor told NVML: a Nova server's UUID under libvirt.
    pub vm: Option<String>,
    /// The GPU instance that it lives in.
    pub instance: Option<GpuInstanceId>,
    /// The mediated device that it came from; none with the vendor-specific VFIO layout.
    pub mdev: Option<Uuid>,
}
