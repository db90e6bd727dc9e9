//! vGPU types, vGPUs that run, and the functions that hand them out.

use serde::Serialize;

use crate::model::{ActiveVgpu, Claim, Gpu, MediatedDevice, VgpuInterface, VgpuType, VirtualFunction};

#[derive(Debug, Serialize)]
pub(super) struct TypeV1 {
    id: u32,
    name: String,
    #[serde(rename = "trait")]
    trait_name: String,
    class: Option<String>,
    framebuffer_mib: Option<u64>,
    max_instances: Option<u32>,
    max_per_gpu_instance: Option<u32>,
    max_per_vm: Option<u32>,
    profile_id: Option<u32>,
    creatable: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct ActiveV1 {
    id: u32,
    uuid: String,
    type_id: u32,
    #[serde(rename = "type")]
    type_name: String,
    vm: Option<String>,
    gpu_instance: Option<u32>,
    mdev: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct FunctionV1 {
    address: String,
    index: u32,
    numa_node: Option<u32>,
    driver: Option<String>,
    /// `mdev`, `vendor` or `none`.
    interface: &'static str,
    type_id: Option<u32>,
    #[serde(rename = "type")]
    type_name: Option<String>,
    /// The types that it could have now.
    creatable: Vec<u32>,
    gpu_instance: Option<u32>,
    placement_id: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(super) struct MediatedV1 {
    uuid: String,
    parent: String,
    type_id: u32,
    #[serde(rename = "type")]
    type_name: String,
}

impl TypeV1 {
    pub(super) fn new(gpu: &Gpu, one: &VgpuType) -> Self {
        TypeV1 {
            id: one.id.get(),
            name: one.name.clone(),
            trait_name: Claim::trait_of_name(&one.name).to_string(),
            class: one.class.clone(),
            framebuffer_mib: one.framebuffer_mib,
            max_instances: one.max_instances,
            max_per_gpu_instance: one.max_per_gpu_instance,
            max_per_vm: one.max_per_vm,
            profile_id: one.profile.map(|id| id.get()),
            creatable: gpu.vgpu.creatable.contains(&one.id),
        }
    }
}

impl ActiveV1 {
    pub(super) fn new(gpu: &Gpu, vgpu: &ActiveVgpu) -> Self {
        ActiveV1 {
            id: vgpu.id.get(),
            uuid: vgpu.uuid.clone(),
            type_id: vgpu.vgpu_type.get(),
            type_name: gpu.type_name(vgpu.vgpu_type),
            vm: vgpu.vm.clone(),
            gpu_instance: vgpu.instance.map(|id| id.get()),
            mdev: vgpu.mdev.map(|uuid| uuid.to_string()),
        }
    }
}

impl FunctionV1 {
    pub(super) fn new(gpu: &Gpu, function: &VirtualFunction) -> Self {
        let type_id = gpu.type_of(function);
        let (interface, creatable, gpu_instance, placement_id) = match &function.interface {
            VgpuInterface::None => ("none", Vec::new(), None, None),
            VgpuInterface::Mdev { types } => {
                let free = types.iter().filter(|(_, told)| told.available > 0);
                ("mdev", free.map(|(id, _)| id.get()).collect(), None, None)
            }
            VgpuInterface::Vendor { creatable, instance, placement, .. } => (
                "vendor",
                creatable.keys().map(|id| id.get()).collect(),
                instance.map(|id| id.get()),
                *placement,
            ),
        };
        FunctionV1 {
            address: function.address.to_string(),
            index: function.index,
            numa_node: function.numa_node,
            driver: function.driver.clone(),
            interface,
            type_id: type_id.map(|id| id.get()),
            type_name: type_id.map(|id| gpu.type_name(id)),
            creatable,
            gpu_instance,
            placement_id,
        }
    }
}

impl MediatedV1 {
    pub(super) fn new(gpu: &Gpu, device: &MediatedDevice) -> Self {
        MediatedV1 {
            uuid: device.uuid.to_string(),
            parent: device.parent.to_string(),
            type_id: device.vgpu_type.get(),
            type_name: gpu.type_name(device.vgpu_type),
        }
    }
}
