//! vGPUs of a GPU: which types, which fit now, which run. A host file without `vgpu` is a host without vGPU
//! manager, and says so.

use std::os::raw::c_uint;

use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlGpuVirtualizationMode_NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU as MODE_HOST_VGPU,
    nvmlGpuVirtualizationMode_NVML_GPU_VIRTUALIZATION_MODE_NONE as MODE_NONE, nvmlGpuVirtualizationMode_t,
    nvmlHostVgpuMode_enum_NVML_HOST_VGPU_MODE_NON_SRIOV as NON_SRIOV,
    nvmlHostVgpuMode_enum_NVML_HOST_VGPU_MODE_SRIOV as SRIOV, nvmlHostVgpuMode_t, nvmlReturn_t,
    nvmlVgpuHeterogeneousMode_t, nvmlVgpuInstance_t, nvmlVgpuTypeId_t,
};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::host::{Gpu, Mig, Vgpu, VgpuMode};
use crate::session::Session;

/// Header: NOT_SUPPORTED "if vGPU is not supported by the device".
fn of(nvml: &mut Session<'_>, device: nvmlDevice_t) -> Result<(Gpu, Vgpu), Fault> {
    let gpu = nvml.gpu(device)?;
    let vgpu = gpu.vgpu.clone().filter(|vgpu| vgpu.host).ok_or(Fault::Code(Code::NotSupported))?;
    Ok((gpu, vgpu))
}

/// Bare metal, or a vGPU host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetVirtualizationMode(
    device: nvmlDevice_t,
    mode: *mut nvmlGpuVirtualizationMode_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetVirtualizationMode", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        let known = if gpu.vgpu.is_some_and(|vgpu| vgpu.host) { MODE_HOST_VGPU } else { MODE_NONE };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(mode, known) }
    })
}

/// SR-IOV or not, on a vGPU host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetHostVgpuMode(
    device: nvmlDevice_t,
    mode: *mut nvmlHostVgpuMode_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetHostVgpuMode", Kind::Within, |nvml| {
        let vgpu = nvml.gpu(device)?.vgpu.ok_or(Code::NotSupported)?;
        let known = if vgpu.mode == VgpuMode::Sriov { SRIOV } else { NON_SRIOV };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(mode, known) }
    })
}

/// Whether types may be mixed. Header: NOT_SUPPORTED "if MIG is enabled".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetVgpuHeterogeneousMode(
    device: nvmlDevice_t,
    mode: *mut nvmlVgpuHeterogeneousMode_t,
) -> nvmlReturn_t {
    const VERSION: c_uint = size_of::<nvmlVgpuHeterogeneousMode_t>() as c_uint | (1 << 24);
    answer("nvmlDeviceGetVgpuHeterogeneousMode", Kind::Within, |nvml| {
        let (gpu, vgpu) = of(nvml, device)?;
        // SAFETY: null or valid, the contract of this module.
        let asked = unsafe { ffi::read(mode) }?;
        if asked.version != VERSION {
            // Header: "if the version of pHeterogeneousMode is invalid".
            return Err(Code::ArgumentVersionMismatch.into());
        }
        if gpu.mig == Mig::On {
            return Err(Code::NotSupported.into());
        }
        let known = nvmlVgpuHeterogeneousMode_t { mode: c_uint::from(vgpu.heterogeneous), ..asked };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(mode, known) }
    })
}

/// The vGPU types of a GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetSupportedVgpus(
    device: nvmlDevice_t,
    count: *mut c_uint,
    types: *mut nvmlVgpuTypeId_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetSupportedVgpus", Kind::Within, |nvml| {
        let (_, vgpu) = of(nvml, device)?;
        let ids: Vec<nvmlVgpuTypeId_t> = vgpu.types.iter().map(|one| one.id).collect();
        // SAFETY: null or as much room as `count` says, the contract of this module.
        unsafe { nvml.counted(types, count, &ids) }
    })
}

/// The vGPU types that fit now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetCreatableVgpus(
    device: nvmlDevice_t,
    count: *mut c_uint,
    types: *mut nvmlVgpuTypeId_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetCreatableVgpus", Kind::Within, |nvml| {
        let (_, vgpu) = of(nvml, device)?;
        // SAFETY: null or as much room as `count` says, the contract of this module.
        unsafe { nvml.counted(types, count, &vgpu.creatable) }
    })
}

/// The vGPUs that exist.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetActiveVgpus(
    device: nvmlDevice_t,
    count: *mut c_uint,
    instances: *mut nvmlVgpuInstance_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetActiveVgpus", Kind::Within, |nvml| {
        let (_, vgpu) = of(nvml, device)?;
        let ids: Vec<nvmlVgpuInstance_t> = vgpu.active.iter().map(|one| one.id).collect();
        // SAFETY: null or as much room as `count` says, the contract of this module.
        unsafe { nvml.counted(instances, count, &ids) }
    })
}
