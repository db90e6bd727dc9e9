//! vGPU types: questions about a type, whichever GPU it is on.

use std::os::raw::{c_char, c_uint, c_ulonglong};

use nvml_wrapper_sys::bindings::{nvmlDevice_t, nvmlReturn_t, nvmlVgpuTypeId_t, nvmlVgpuTypeMaxInstance_t};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::data::vgpu::VgpuType;
use crate::ffi;
use crate::session::Session;

/// Header: INVALID_ARGUMENT if the type is invalid.
fn known(nvml: &Session<'_>, id: nvmlVgpuTypeId_t) -> Result<VgpuType, Fault> {
    let host = nvml.host()?;
    let mut types = host.gpus.iter().filter_map(|gpu| gpu.vgpu.as_ref()).flat_map(|vgpu| &vgpu.types);
    types.find(|one| one.id == id).cloned().ok_or(Fault::Code(Code::InvalidArgument))
}

/// A text in a buffer whose size is given and given back. Header: INSUFFICIENT_SIZE if it is too small.
///
/// # Safety
///
/// `size` is null or valid for a read, `out` null or as long as it says.
unsafe fn sized(nvml: &Session<'_>, out: *mut c_char, size: *mut c_uint, text: &str) -> Result<(), Fault> {
    // SAFETY: this function's contract.
    let room = unsafe { ffi::read(size) }?;
    // SAFETY: this function's contract.
    unsafe { nvml.text(out, room, text) }
}

/// Its class.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuTypeGetClass(
    id: nvmlVgpuTypeId_t,
    class: *mut c_char,
    size: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlVgpuTypeGetClass", Kind::Within, |nvml| {
        let text = known(nvml, id)?.class;
        // SAFETY: the contract of this module.
        unsafe { sized(nvml, class, size, &text) }
    })
}

/// Its name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuTypeGetName(
    id: nvmlVgpuTypeId_t,
    name: *mut c_char,
    size: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlVgpuTypeGetName", Kind::Within, |nvml| {
        let text = known(nvml, id)?.name;
        // SAFETY: the contract of this module.
        unsafe { sized(nvml, name, size, &text) }
    })
}

/// Its framebuffer in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuTypeGetFramebufferSize(
    id: nvmlVgpuTypeId_t,
    size: *mut c_ulonglong,
) -> nvmlReturn_t {
    answer("nvmlVgpuTypeGetFramebufferSize", Kind::Within, |nvml| {
        let found = known(nvml, id)?.framebuffer_mib << 20;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(size, found) }
    })
}

/// The GPU-instance profile that it lives in. Header: an invalid id for a type that lives in none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuTypeGetGpuInstanceProfileId(
    id: nvmlVgpuTypeId_t,
    profile: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlVgpuTypeGetGpuInstanceProfileId", Kind::Within, |nvml| {
        let found = known(nvml, id)?.profile_id.unwrap_or(c_uint::MAX);
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(profile, found) }
    })
}

/// How many of it a guest can have.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuTypeGetMaxInstancesPerVm(
    id: nvmlVgpuTypeId_t,
    count: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlVgpuTypeGetMaxInstancesPerVm", Kind::Within, |nvml| {
        let found = known(nvml, id)?.max_per_vm;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(count, found) }
    })
}

/// How many of it a GPU can have. Header: INVALID_ARGUMENT if it "is not supported on target device".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuTypeGetMaxInstances(
    device: nvmlDevice_t,
    id: nvmlVgpuTypeId_t,
    count: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlVgpuTypeGetMaxInstances", Kind::Within, |nvml| {
        let vgpu = nvml.gpu(device)?.vgpu;
        let mut types = vgpu.iter().flat_map(|vgpu| &vgpu.types);
        let found = types.find(|one| one.id == id).ok_or(Code::InvalidArgument)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(count, found.max_instances) }
    })
}

/// How many of it a GPU instance can have. Header: NOT_SUPPORTED for a type that lives in none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlVgpuTypeGetMaxInstancesPerGpuInstance(
    most: *mut nvmlVgpuTypeMaxInstance_t,
) -> nvmlReturn_t {
    const VERSION: c_uint = size_of::<nvmlVgpuTypeMaxInstance_t>() as c_uint | (1 << 24);
    answer("nvmlVgpuTypeGetMaxInstancesPerGpuInstance", Kind::Within, |nvml| {
        // SAFETY: null or valid, the contract of this module.
        let asked = unsafe { ffi::read(most) }?;
        if asked.version != VERSION {
            // Header: "if the version of pMaxInstance is invalid".
            return Err(Code::ArgumentVersionMismatch.into());
        }
        let found = known(nvml, asked.vgpuTypeId)?;
        if found.profile_id.is_none() {
            return Err(Code::NotSupported.into());
        }
        let told = nvmlVgpuTypeMaxInstance_t { maxInstancePerGI: found.max_per_gpu_instance, ..asked };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(most, told) }
    })
}
