//! GPU instances that exist.

use std::os::raw::c_uint;

use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlGpuInstance_t, nvmlGpuInstanceInfo_t, nvmlGpuInstancePlacement_t, nvmlReturn_t,
};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::handles::{Life, Target};
use crate::host::{Gpu, Instance};
use crate::session::{Session, mig_on};

/// The instances of a profile. Header: the caller's list has room for as many as the profile allows, and
/// the host file cannot describe more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetGpuInstances(
    device: nvmlDevice_t,
    profile_id: c_uint,
    instances: *mut nvmlGpuInstance_t,
    count: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetGpuInstances", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        // Header: NOT_SUPPORTED if MIG is not enabled, and for nothing else.
        mig_on(&gpu)?;
        nvml.privileged()?;
        // Header: INVALID_ARGUMENT for the profile. Hidden instances are not listed either: nobody
        // could know how much room they need.
        gpu.profile(profile_id).ok_or(Code::InvalidArgument)?;
        let mut handles = Vec::new();
        for instance in gpu.instances.iter().filter(|instance| instance.profile_id == profile_id) {
            let life = nvml.life(&gpu, instance)?;
            handles.push(nvml.handle(Target::GpuInstance(gpu.address, life)));
        }
        // SAFETY: null or large enough (see above), the contract of this module.
        unsafe { nvml.list(instances, count, &handles) }
    })
}

/// The instance of an id. Header: NOT_FOUND if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetGpuInstanceById(
    device: nvmlDevice_t,
    id: c_uint,
    instance: *mut nvmlGpuInstance_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetGpuInstanceById", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        mig_on(&gpu)?;
        nvml.privileged()?;
        let found = gpu.instances.iter().find(|instance| instance.id == id).ok_or(Code::NotFound)?;
        let life = nvml.life(&gpu, found)?;
        let handle = nvml.handle(Target::GpuInstance(gpu.address, life));
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(instance, handle) }
    })
}

/// Header: INVALID_ARGUMENT for anything but a living GPU instance.
pub(super) fn gpu_instance(
    nvml: &mut Session<'_>,
    handle: nvmlGpuInstance_t,
) -> Result<(Gpu, Instance, Life), Fault> {
    match nvml.target(handle)? {
        Target::GpuInstance(gpu, life) => {
            nvml.instance(gpu, life).map(|(gpu, instance)| (gpu, instance, life))
        }
        _ => Err(Code::InvalidArgument.into()),
    }
}

/// Which GPU, which id, which profile, where. Header: no privilege asked, having the handle is enough.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpuInstanceGetInfo(
    instance: nvmlGpuInstance_t,
    info: *mut nvmlGpuInstanceInfo_t,
) -> nvmlReturn_t {
    answer("nvmlGpuInstanceGetInfo", Kind::Within, |nvml| {
        let (gpu, found, _) = gpu_instance(nvml, instance)?;
        let written = nvmlGpuInstanceInfo_t {
            device: nvml.handle(Target::Gpu(gpu.address)),
            id: found.id,
            profileId: found.profile_id,
            placement: nvmlGpuInstancePlacement_t { start: found.start, size: found.size },
        };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(info, written) }
    })
}
