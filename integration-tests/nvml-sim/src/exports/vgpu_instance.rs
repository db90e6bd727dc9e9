//! vGPUs that run: questions about one, whichever GPU it is on.

use std::os::raw::{c_char, c_uint, c_ulonglong};

use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlReturn_t, nvmlValue_t, nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT as UNSIGNED_INT,
    nvmlValueType_t, nvmlVgpuInstance_t, nvmlVgpuInstanceUtilizationSample_t, nvmlVgpuLicenseInfo_t,
    nvmlVgpuTypeId_t, nvmlVgpuVmIdType, nvmlVgpuVmIdType_NVML_VGPU_VM_ID_DOMAIN_ID as DOMAIN_ID,
    nvmlVgpuVmIdType_NVML_VGPU_VM_ID_UUID as UUID,
};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::host::{Active, Mig};
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

/// Framebuffer in use, in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuInstanceGetFbUsage(
    id: nvmlVgpuInstance_t,
    usage: *mut c_ulonglong,
) -> nvmlReturn_t {
    answer("nvmlVgpuInstanceGetFbUsage", Kind::Within, |nvml| {
        let found = active(nvml, id)?.used_mib << 20;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(usage, found) }
    })
}

/// Whether its guest has a licence. The rest of the struct is left as 0, which is no state and no expiry (assumed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuInstanceGetLicenseInfo_v2(
    id: nvmlVgpuInstance_t,
    info: *mut nvmlVgpuLicenseInfo_t,
) -> nvmlReturn_t {
    answer("nvmlVgpuInstanceGetLicenseInfo_v2", Kind::Within, |nvml| {
        let licensed = active(nvml, id)?.licensed.ok_or(Code::NotSupported)?;
        // SAFETY: null or valid, the contract of this module.
        let mut told = unsafe { ffi::read(info) }?;
        told.isLicensed = u8::from(licensed);
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(info, told) }
    })
}

/// How busy the vGPUs of a GPU are, one sample for each. Facts: not available of those inside GPU instances. Header:
/// NOT_FOUND "if sample entries are not found", INSUFFICIENT_SIZE with the count needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetVgpuUtilization(
    device: nvmlDevice_t,
    last_seen: c_ulonglong,
    kind: *mut nvmlValueType_t,
    count: *mut c_uint,
    samples: *mut nvmlVgpuInstanceUtilizationSample_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetVgpuUtilization", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        let vgpu = gpu.vgpu.clone().filter(|vgpu| vgpu.host && gpu.mig != Mig::On);
        let vgpu = vgpu.ok_or(Fault::Code(Code::NotSupported))?;
        // Assumed: microseconds, as in the other calls of this kind; one second later at each call.
        let now = last_seen + 1_000_000;
        let number = |percent: u32| nvmlValue_t { uiVal: percent };
        let list: Vec<nvmlVgpuInstanceUtilizationSample_t> = vgpu
            .active
            .iter()
            .filter_map(|one| {
                let (sm, memory, encoder, decoder) = one.utilisation?;
                Some(nvmlVgpuInstanceUtilizationSample_t {
                    vgpuInstance: one.id,
                    timeStamp: now,
                    smUtil: number(sm),
                    memUtil: number(memory),
                    encUtil: number(encoder),
                    decUtil: number(decoder),
                })
            })
            .collect();
        if list.is_empty() {
            return Err(Code::NotFound.into());
        }
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(kind, UNSIGNED_INT) }?;
        // SAFETY: null or as much room as `count` says, the contract of this module.
        unsafe { nvml.counted(samples, count, &list) }
    })
}
