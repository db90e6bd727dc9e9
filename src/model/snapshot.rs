//! What the hardware is, as one scan saw it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use uuid::Uuid;

use super::{
    DeviceProblem, FileProblem, GpuInstanceId, Health, HiddenGpu, HostProblem, MediatedDevice, PciAddress,
    PciDeviceId, ProfileId, Slots, Sriov, Vgpu, VgpuInterface, VgpuTypeId, VirtualFunction,
};

/// One scan of one host. Two scans of an unchanged host are equal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostSnapshot {
    /// The driver's version, `580.65.06`, where it was told.
    pub driver: Option<String>,
    /// Every GPU whose address could be read, complete or not.
    pub gpus: BTreeMap<PciAddress, Gpu>,
    /// What went wrong with devices that have not even an address.
    pub problems: Vec<HostProblem>,
    /// The NVIDIA GPUs on the PCI bus that NVML does not show, by address.
    pub hidden: BTreeMap<PciAddress, HiddenGpu>,
    /// What could not be read of sysfs as a whole: then nothing is known of functions and mediated devices.
    pub files: Vec<FileProblem>,
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
    /// The board's serial number, where it has one that can be read.
    pub serial: Option<String>,
    /// The NUMA node it is attached to, where the kernel knows one.
    pub numa_node: Option<u32>,
    /// Framebuffer in MiB, where it was told.
    pub memory_mib: Option<u64>,
    /// Whether it is cut, can be cut, or will be.
    pub mig: MigMode,
    /// The GPU-instance profiles that it offers. Empty where MIG is off: NVML tells them only when it is on.
    pub profiles: BTreeMap<ProfileId, GpuInstanceProfile>,
    /// The GPU instances that exist.
    pub instances: BTreeMap<GpuInstanceId, GpuInstance>,
    /// How many more of each profile the driver would make now (`GetGpuInstanceRemainingCapacity`), where it
    /// told. For people: it moves with every instance, and nothing is decided by it.
    pub remaining: BTreeMap<ProfileId, u32>,
    /// What NVML tells of vGPUs on it; all empty without the vGPU host driver.
    pub vgpu: Vgpu,
    /// Its virtual functions, on a GPU that can have some.
    pub sriov: Option<Sriov>,
    /// The virtual functions that exist, by their own addresses.
    pub functions: BTreeMap<PciAddress, VirtualFunction>,
    /// How the physical function itself hands vGPUs out; [`VgpuInterface::None`] where its virtual functions do.
    pub interface: VgpuInterface,
    /// The mediated devices that exist on it and on its virtual functions.
    pub mediated: BTreeMap<Uuid, MediatedDevice>,
    /// How it is doing.
    pub health: Health,
    /// Everything that could not be read, and why.
    pub problems: Vec<DeviceProblem>,
}

impl Gpu {
    /// A GPU of which nothing is known but where it sits and which model it is.
    pub fn unread(address: PciAddress, board: PciDeviceId) -> Self {
        Gpu {
            address,
            board,
            product: String::new(),
            uuid: String::new(),
            serial: None,
            numa_node: None,
            memory_mib: None,
            mig: MigMode::Unknown,
            profiles: BTreeMap::new(),
            instances: BTreeMap::new(),
            remaining: BTreeMap::new(),
            vgpu: Vgpu::default(),
            sriov: None,
            functions: BTreeMap::new(),
            interface: VgpuInterface::None,
            mediated: BTreeMap::new(),
            health: Health::default(),
            problems: Vec::new(),
        }
    }

    /// The vGPU type that a virtual function of it has: the one that was chosen for it, or that of its mediated
    /// device.
    pub fn type_of(&self, function: &VirtualFunction) -> Option<VgpuTypeId> {
        match &function.interface {
            VgpuInterface::Vendor { current, .. } => *current,
            VgpuInterface::None => None,
            VgpuInterface::Mdev { .. } => {
                let mut devices = self.mediated.values();
                devices.find(|device| device.parent == function.address).map(|device| device.vgpu_type)
            }
        }
    }

    /// What a vGPU type is called; `nvidia-<id>` where the driver does not describe it.
    pub fn type_name(&self, id: VgpuTypeId) -> String {
        self.vgpu.types.get(&id).map_or_else(|| format!("nvidia-{id}"), |one| one.name.clone())
    }

    /// The first problem that makes the list of GPU instances, or on a vGPU host that of vGPU types, untrustworthy.
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
    /// The engines of one instance.
    pub engines: Engines,
    /// Where one can be put. Empty where that could not be read.
    pub placements: Vec<SlicePlacement>,
}

/// Engines beside the multiprocessors, by count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Engines {
    /// Copy engines (DMA).
    pub copy: u32,
    /// Video decoders (NVDEC).
    pub decoders: u32,
    /// Video encoders (NVENC).
    pub encoders: u32,
    /// JPEG decoders.
    pub jpeg: u32,
    /// Optical-flow engines (OFA).
    pub optical_flow: u32,
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
    /// The compute instances in it. None is valid, and usual on a vGPU host.
    pub compute: BTreeSet<ComputeInstance>,
}

/// A compute instance: a share of the compute slices of its GPU instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComputeInstance {
    /// Its id in its GPU instance.
    pub id: u32,
    /// Its profile id, which is another numbering than that of GPU instances.
    pub profile: u32,
    /// The first compute slice of its GPU instance that it has.
    pub start: u32,
    /// How many compute slices it has from there.
    pub size: u32,
}
