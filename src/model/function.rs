//! PCI functions that hand vGPUs out, as sysfs shows them: virtual functions, their vGPU types, mediated devices.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{GpuInstanceId, PciAddress, PciDeviceId, VgpuTypeId};

/// An NVIDIA GPU on the PCI bus that NVML does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenGpu {
    /// Which model it is, where that could be read.
    pub board: Option<PciDeviceId>,
    /// The driver that has it. `vfio-pci`: it is passed through to a guest as a whole. None: nobody has it.
    pub driver: Option<String>,
}

impl HiddenGpu {
    /// Whether it was given away on purpose: then NVML must not show it.
    pub fn is_passed_through(&self) -> bool {
        self.driver.as_deref().is_some_and(|driver| driver.starts_with("vfio") || driver == "pci-stub")
    }
}

/// Virtual functions of a GPU, by count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sriov {
    /// How many there can be (`sriov_totalvfs`).
    pub total: u32,
    /// How many are enabled (`sriov_numvfs`).
    pub enabled: u32,
}

/// A virtual function of a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualFunction {
    /// Its own address.
    pub address: PciAddress,
    /// Which of its physical function's it is: the N of `virtfnN`.
    pub index: u32,
    /// The NUMA node it is attached to, where the kernel knows one.
    pub numa_node: Option<u32>,
    /// The driver that has it: `nvidia`, `vfio-pci`, `nvidia_vgpu_vfio`.
    pub driver: Option<String>,
    /// How it hands a vGPU out.
    pub interface: VgpuInterface,
}

/// How a PCI function hands vGPUs out. Chosen by what is there, never by the kernel's version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum VgpuInterface {
    /// Not at all, or not yet: right after boot neither layout is there.
    #[default]
    None,
    /// Mediated devices: `/sys/class/mdev_bus/<address>/mdev_supported_types`.
    Mdev {
        /// What it says of each type.
        types: BTreeMap<VgpuTypeId, MdevType>,
    },
    /// Vendor-specific VFIO: `/sys/bus/pci/devices/<address>/nvidia`.
    Vendor {
        /// `current_vgpu_type`: the type that was chosen for it. `None`: no type yet.
        current: Option<VgpuTypeId>,
        /// `creatable_vgpu_types` with their names. Empty on a full card, and while GPU instances are missing.
        creatable: BTreeMap<VgpuTypeId, String>,
        /// `gpu_instance_id`, once a vGPU exists.
        instance: Option<GpuInstanceId>,
        /// `placement_id`, once a vGPU exists.
        placement: Option<u32>,
    },
}

/// A vGPU type as the mdev layout shows it: `nvidia-<id>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MdevType {
    /// `NVIDIA A40-1B`.
    pub name: String,
    /// How many more of it the function would make now: 0 or 1 on a virtual function.
    pub available: u32,
    /// The `max_instance` of its description, where it is there.
    pub max_instances: Option<u32>,
    /// The `framebuffer` of its description in MiB, where it is there.
    pub framebuffer_mib: Option<u64>,
}

/// A mediated device that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediatedDevice {
    /// Its UUID.
    pub uuid: Uuid,
    /// The function that it was made on.
    pub parent: PciAddress,
    /// Its type.
    pub vgpu_type: VgpuTypeId,
}
