//! vGPUs that run: questions about one, whichever GPU it is on.

use std::os::raw::{c_char, c_uint};

use nvml_wrapper_sys::bindings::{
    nvmlReturn_t, nvmlVgpuInstance_t, nvmlVgpuTypeId_t, nvmlVgpuVmIdType,
    nvmlVgpuVmIdType_NVML_VGPU_VM_ID_DOMAIN_ID as DOMAIN_ID, nvmlVgpuVmIdType_NVML_VGPU_VM_ID_UUID as UUID,
};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::host::Active;
use crate::session::Session;

/// Header: INVALID_ARGUMENT for 0, NOT_FOUND if it "does not match a valid active vGPU instance".
fn active(nvml: &mut Session<'_>, id: nvmlVgpuInstance_t) -> Result<Active, Fault> {
    if id == 0 {
        return Err(Code::InvalidArgument.into());
    }
    let host = nvml.host()?;
    let found = host.gpus.iter().find_map(|gpu| {
        let vgpu = gpu.vgpu.as_ref()?;
        Some((gpu.address, vgpu.active.iter().find(|one| one.id == id)?.clone()))
    });
    let (gpu, found) = found.ok_or(Fault::Code(Code::NotFound))?;
    nvml.gpu_at(gpu)?;
    Ok(found)
}

/// The guest that has it, and whether that is a UUID (KVM) or a domain's number (Xen).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuInstanceGetVmID(
    id: nvmlVgpuInstance_t,
    vm: *mut c_char,
    size: c_uint,
    kind: *mut nvmlVgpuVmIdType,
) -> nvmlReturn_t {
    answer("nvmlVgpuInstanceGetVmID", Kind::Within, |nvml| {
        let found = active(nvml, id)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(kind, if found.vm_is_domain { DOMAIN_ID } else { UUID }) }?;
        // SAFETY: null or `size` bytes, the contract of this module.
        unsafe { nvml.text(vm, size, &found.vm) }
    })
}

/// NVML's UUID of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuInstanceGetUUID(
    id: nvmlVgpuInstance_t,
    uuid: *mut c_char,
    size: c_uint,
) -> nvmlReturn_t {
    answer("nvmlVgpuInstanceGetUUID", Kind::Within, |nvml| {
        let found = active(nvml, id)?;
        // SAFETY: null or `size` bytes, the contract of this module.
        unsafe { nvml.text(uuid, size, &found.uuid) }
    })
}

/// The mediated device that it came from. Header: NOT_SUPPORTED "on any hypervisor other than KVM"; here also
/// where there is no mediated device (assumed for vendor-specific VFIO).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuInstanceGetMdevUUID(
    id: nvmlVgpuInstance_t,
    uuid: *mut c_char,
    size: c_uint,
) -> nvmlReturn_t {
    answer("nvmlVgpuInstanceGetMdevUUID", Kind::Within, |nvml| {
        let found = active(nvml, id)?.mdev.ok_or(Code::NotSupported)?;
        // SAFETY: null or `size` bytes, the contract of this module.
        unsafe { nvml.text(uuid, size, &found) }
    })
}

/// Its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuInstanceGetType(
    id: nvmlVgpuInstance_t,
    type_id: *mut nvmlVgpuTypeId_t,
) -> nvmlReturn_t {
    answer("nvmlVgpuInstanceGetType", Kind::Within, |nvml| {
        let found = active(nvml, id)?.type_id;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(type_id, found) }
    })
}

/// The GPU instance that it lives in. Header: an invalid id for one that lives in none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuInstanceGetGpuInstanceId(
    id: nvmlVgpuInstance_t,
    instance: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlVgpuInstanceGetGpuInstanceId", Kind::Within, |nvml| {
        let found = active(nvml, id)?.instance.unwrap_or(c_uint::MAX);
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(instance, found) }
    })
}
