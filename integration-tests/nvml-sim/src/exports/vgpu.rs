//! vGPU: this host has no vGPU manager, and says so. The calls exist because a client asks them of every
//! GPU, and "not supported" is what a driver without vGPU answers.

use std::os::raw::c_uint;

use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlGpuVirtualizationMode_NVML_GPU_VIRTUALIZATION_MODE_NONE as MODE_NONE,
    nvmlGpuVirtualizationMode_t, nvmlHostVgpuMode_t, nvmlReturn_t, nvmlVgpuInstance_t, nvmlVgpuTypeId_t,
};

use crate::answer::{Kind, answer};
use crate::codes::Code;
use crate::ffi;

/// Header: NOT_SUPPORTED "if vGPU is not supported by the device".
fn not_supported(symbol: &'static str, device: nvmlDevice_t, room: *mut c_uint) -> nvmlReturn_t {
    answer(symbol, Kind::Within, |nvml| {
        nvml.gpu(device)?;
        if room.is_null() {
            // Header: "if vgpuCount is NULL".
            return Err(Code::InvalidArgument.into());
        }
        Err(Code::NotSupported.into())
    })
}

/// None: bare metal, neither guest nor vGPU host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetVirtualizationMode(
    device: nvmlDevice_t,
    mode: *mut nvmlGpuVirtualizationMode_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetVirtualizationMode", Kind::Within, |nvml| {
        nvml.gpu(device)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(mode, MODE_NONE) }
    })
}

/// SR-IOV or not, on a vGPU host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetHostVgpuMode(
    device: nvmlDevice_t,
    mode: *mut nvmlHostVgpuMode_t,
) -> nvmlReturn_t {
    not_supported("nvmlDeviceGetHostVgpuMode", device, mode)
}

/// The vGPU types of a GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetSupportedVgpus(
    device: nvmlDevice_t,
    count: *mut c_uint,
    _types: *mut nvmlVgpuTypeId_t,
) -> nvmlReturn_t {
    not_supported("nvmlDeviceGetSupportedVgpus", device, count)
}

/// The vGPU types that fit now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetCreatableVgpus(
    device: nvmlDevice_t,
    count: *mut c_uint,
    _types: *mut nvmlVgpuTypeId_t,
) -> nvmlReturn_t {
    not_supported("nvmlDeviceGetCreatableVgpus", device, count)
}

/// The vGPUs that exist.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetActiveVgpus(
    device: nvmlDevice_t,
    count: *mut c_uint,
    _instances: *mut nvmlVgpuInstance_t,
) -> nvmlReturn_t {
    not_supported("nvmlDeviceGetActiveVgpus", device, count)
}
