//! vGPUs: what a GPU supports, what fits now, what runs.

use std::ffi::{c_uint, c_ulonglong};
use std::mem;

use nvml_wrapper::Device;
use nvml_wrapper_sys::bindings::{
    nvmlVgpuHeterogeneousMode_t, nvmlVgpuTypeMaxInstance_t,
    nvmlVgpuVmIdType_NVML_VGPU_VM_ID_UUID as VM_ID_UUID,
};
use serde::{Deserialize, Serialize};

use super::list::filled;
use super::texts::told;
use super::{Answer, checked, struct_version};

/// The guest that has a vGPU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct Vm {
    /// A UUID under KVM, a domain's number under Xen.
    pub(in crate::hardware) id: String,
    /// Whether it is a UUID.
    pub(in crate::hardware) uuid: bool,
}

/// `nvmlDeviceGetHostVgpuMode`: 0 without SR-IOV, 1 with.
pub(in crate::hardware) fn host_mode(device: &Device<'_>) -> Result<u32, Answer> {
    number!(device, nvmlDeviceGetHostVgpuMode(device.handle()) -> c_uint)
}

/// `nvmlDeviceGetVirtualizationMode`.
pub(in crate::hardware) fn virtualization_mode(device: &Device<'_>) -> Result<u32, Answer> {
    number!(device, nvmlDeviceGetVirtualizationMode(device.handle()) -> c_uint)
}

/// `nvmlDeviceGetVgpuHeterogeneousMode`.
pub(in crate::hardware) fn heterogeneous(device: &Device<'_>) -> Result<bool, Answer> {
    let call =
        device.nvml().lib().nvmlDeviceGetVgpuHeterogeneousMode.as_ref().map_err(|_| Answer::NoSymbol)?;
    let version = struct_version::<nvmlVgpuHeterogeneousMode_t>(1);
    let mut told = nvmlVgpuHeterogeneousMode_t { version, mode: 0 };
    // SAFETY: the handle is of the open session that `device` borrows; the struct says its version and outlives
    // the call.
    checked(unsafe { call(device.handle(), &raw mut told) })?;
    Ok(told.mode != 0)
}

/// `nvmlDeviceGetSupportedVgpus`: type ids.
pub(in crate::hardware) fn supported_types(device: &Device<'_>) -> Result<Vec<u32>, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetSupportedVgpus.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: the handle is of the open session that `device` borrows; `list` has as many elements as `count` says.
    filled(0, 0, |list, count| unsafe { call(device.handle(), count, list) })
}

/// `nvmlDeviceGetCreatableVgpus`: type ids.
pub(in crate::hardware) fn creatable_types(device: &Device<'_>) -> Result<Vec<u32>, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetCreatableVgpus.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: the handle is of the open session that `device` borrows; `list` has as many elements as `count` says.
    filled(0, 0, |list, count| unsafe { call(device.handle(), count, list) })
}

/// `nvmlDeviceGetActiveVgpus`: NVML's ids of the vGPUs that run.
pub(in crate::hardware) fn active_vgpus(device: &Device<'_>) -> Result<Vec<u32>, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetActiveVgpus.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: the handle is of the open session that `device` borrows; `list` has as many elements as `count` says.
    filled(0, 0, |list, count| unsafe { call(device.handle(), count, list) })
}

/// `nvmlVgpuTypeGetName`.
pub(in crate::hardware) fn type_name(device: &Device<'_>, id: u32) -> Result<String, Answer> {
    let call = device.nvml().lib().nvmlVgpuTypeGetName.as_ref().map_err(|_| Answer::NoSymbol)?;
    told(|buffer, mut length| {
        // SAFETY: a number, and a buffer of the length that is told in a live integer.
        unsafe { call(id, buffer, &raw mut length) }
    })
}

/// `nvmlVgpuTypeGetClass`.
pub(in crate::hardware) fn type_class(device: &Device<'_>, id: u32) -> Result<String, Answer> {
    let call = device.nvml().lib().nvmlVgpuTypeGetClass.as_ref().map_err(|_| Answer::NoSymbol)?;
    told(|buffer, mut length| {
        // SAFETY: a number, and a buffer of the length that is told in a live integer.
        unsafe { call(id, buffer, &raw mut length) }
    })
}

/// `nvmlVgpuTypeGetFramebufferSize`, in bytes.
pub(in crate::hardware) fn type_framebuffer(device: &Device<'_>, id: u32) -> Result<u64, Answer> {
    number!(device, nvmlVgpuTypeGetFramebufferSize(id) -> c_ulonglong)
}

/// `nvmlVgpuTypeGetGpuInstanceProfileId`: `u32::MAX` for a type that lives in no GPU instance.
pub(in crate::hardware) fn type_profile(device: &Device<'_>, id: u32) -> Result<u32, Answer> {
    number!(device, nvmlVgpuTypeGetGpuInstanceProfileId(id) -> c_uint)
}

/// `nvmlVgpuTypeGetMaxInstances`: on this GPU.
pub(in crate::hardware) fn type_limit(device: &Device<'_>, id: u32) -> Result<u32, Answer> {
    number!(device, nvmlVgpuTypeGetMaxInstances(device.handle(), id) -> c_uint)
}

/// `nvmlVgpuTypeGetMaxInstancesPerVm`.
pub(in crate::hardware) fn type_limit_per_vm(device: &Device<'_>, id: u32) -> Result<u32, Answer> {
    number!(device, nvmlVgpuTypeGetMaxInstancesPerVm(id) -> c_uint)
}

/// `nvmlVgpuTypeGetMaxInstancesPerGpuInstance`.
pub(in crate::hardware) fn type_limit_per_gpu_instance(device: &Device<'_>, id: u32) -> Result<u32, Answer> {
    let lib = device.nvml().lib();
    let call = lib.nvmlVgpuTypeGetMaxInstancesPerGpuInstance.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: integers only: all bytes zero is a value of it.
    let mut told: nvmlVgpuTypeMaxInstance_t = unsafe { mem::zeroed() };
    told.version = struct_version::<nvmlVgpuTypeMaxInstance_t>(1);
    told.vgpuTypeId = id;
    // SAFETY: the struct says its version and outlives the call.
    checked(unsafe { call(&raw mut told) })?;
    Ok(told.maxInstancePerGI)
}

/// `nvmlVgpuInstanceGetType`.
pub(in crate::hardware) fn active_type(device: &Device<'_>, id: u32) -> Result<u32, Answer> {
    number!(device, nvmlVgpuInstanceGetType(id) -> c_uint)
}

/// `nvmlVgpuInstanceGetGpuInstanceId`: `u32::MAX` for one that lives in no GPU instance.
pub(in crate::hardware) fn active_gpu_instance(device: &Device<'_>, id: u32) -> Result<u32, Answer> {
    number!(device, nvmlVgpuInstanceGetGpuInstanceId(id) -> c_uint)
}

/// `nvmlVgpuInstanceGetUUID`.
pub(in crate::hardware) fn active_uuid(device: &Device<'_>, id: u32) -> Result<String, Answer> {
    let call = device.nvml().lib().nvmlVgpuInstanceGetUUID.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: a number, and a buffer of the length that is told.
    told(|buffer, length| unsafe { call(id, buffer, length) })
}

/// `nvmlVgpuInstanceGetMdevUUID`.
pub(in crate::hardware) fn active_mdev(device: &Device<'_>, id: u32) -> Result<String, Answer> {
    let call = device.nvml().lib().nvmlVgpuInstanceGetMdevUUID.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: a number, and a buffer of the length that is told.
    told(|buffer, length| unsafe { call(id, buffer, length) })
}

/// `nvmlVgpuInstanceGetVmID`.
pub(in crate::hardware) fn active_vm(device: &Device<'_>, id: u32) -> Result<Vm, Answer> {
    let call = device.nvml().lib().nvmlVgpuInstanceGetVmID.as_ref().map_err(|_| Answer::NoSymbol)?;
    let mut kind = 0;
    // SAFETY: a number, a buffer of the length that is told, and a live integer.
    let id = told(|buffer, length| unsafe { call(id, buffer, length, &raw mut kind) })?;
    Ok(Vm { id, uuid: kind == VM_ID_UUID })
}
