//! GPU instances that exist, and the compute instances in them.

use std::os::raw::c_uint;

use nvml_wrapper_sys::bindings::{
    nvmlComputeInstance_t, nvmlComputeInstanceInfo_t, nvmlComputeInstancePlacement_t,
    nvmlComputeInstanceProfileInfo_t, nvmlDevice_t, nvmlGpuInstance_t, nvmlGpuInstanceInfo_t,
    nvmlGpuInstancePlacement_t, nvmlReturn_t,
};

use super::mig_device::COMPUTE_INSTANCE;
use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::handles::{Life, Target};
use crate::host::{Gpu, Instance};
use crate::session::{Session, mig_on};

/// Compute slices by `NVML_COMPUTE_INSTANCE_PROFILE_*`; the last is a second kind of one slice, which no
/// model here offers.
const COMPUTE_SLICES: [u32; 8] = [1, 2, 3, 4, 7, 8, 6, u32::MAX];

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
        unsafe { ffi::write_list(instances, count, &handles) }
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
fn gpu_instance(nvml: &mut Session<'_>, handle: nvmlGpuInstance_t) -> Result<(Gpu, Instance, Life), Fault> {
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

/// The compute slices of an instance; a hidden one counts as one.
fn slices(instance: &Instance) -> u32 {
    instance.profile.map_or(1, |profile| profile.compute_slices)
}

/// The id of the compute-instance profile that fills an instance. Facts: ids are the enum's values.
fn full_profile(instance: &Instance) -> Option<u32> {
    let position = COMPUTE_SLICES.iter().position(|count| *count == slices(instance))?;
    u32::try_from(position).ok()
}

/// A compute-instance profile of a GPU instance: every size up to the instance's own. Header:
/// NOT_SUPPORTED for the others, INVALID_ARGUMENT beyond the enum.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpuInstanceGetComputeInstanceProfileInfo(
    instance: nvmlGpuInstance_t,
    profile: c_uint,
    engine_profile: c_uint,
    info: *mut nvmlComputeInstanceProfileInfo_t,
) -> nvmlReturn_t {
    answer("nvmlGpuInstanceGetComputeInstanceProfileInfo", Kind::Within, |nvml| {
        let (_, found, _) = gpu_instance(nvml, instance)?;
        let size = *COMPUTE_SLICES.get(profile as usize).ok_or(Code::InvalidArgument)?;
        if engine_profile != 0 {
            // Header: the one engine profile that there is, is 0.
            return Err(Code::InvalidArgument.into());
        }
        let all = slices(&found);
        if size > all {
            return Err(Code::NotSupported.into());
        }
        let engines =
            |count: fn(&crate::data::Profile) -> Option<u32>| found.profile.and_then(count).unwrap_or(0);
        let written = nvmlComputeInstanceProfileInfo_t {
            id: profile,
            sliceCount: size,
            instanceCount: all / size,
            multiprocessorCount: engines(|profile| profile.multiprocessors) * size / all,
            sharedCopyEngineCount: engines(|profile| profile.copy_engines),
            sharedDecoderCount: engines(|profile| profile.decoders),
            sharedEncoderCount: engines(|profile| profile.encoders),
            sharedJpegCount: engines(|profile| profile.jpeg),
            sharedOfaCount: engines(|profile| profile.ofa),
        };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(info, written) }
    })
}

/// The compute instances of a profile. Header: for a privileged user; NOT_SUPPORTED for a profile that
/// the instance does not offer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpuInstanceGetComputeInstances(
    instance: nvmlGpuInstance_t,
    profile_id: c_uint,
    compute_instances: *mut nvmlComputeInstance_t,
    count: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlGpuInstanceGetComputeInstances", Kind::Within, |nvml| {
        let (gpu, found, life) = gpu_instance(nvml, instance)?;
        nvml.privileged()?;
        let size = COMPUTE_SLICES.get(profile_id as usize).copied().unwrap_or(u32::MAX);
        if size > slices(&found) {
            return Err(Code::NotSupported.into());
        }
        let mut handles = Vec::new();
        if gpu.compute_instances && full_profile(&found) == Some(profile_id) {
            handles.push(nvml.handle(Target::ComputeInstance(gpu.address, life)));
        }
        // SAFETY: null or large enough (one is the least a profile allows), the contract of this module.
        unsafe { ffi::write_list(compute_instances, count, &handles) }
    })
}

/// Which GPU, which GPU instance, which id, which profile, where in the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlComputeInstanceGetInfo_v2(
    compute_instance: nvmlComputeInstance_t,
    info: *mut nvmlComputeInstanceInfo_t,
) -> nvmlReturn_t {
    answer("nvmlComputeInstanceGetInfo_v2", Kind::Within, |nvml| {
        let Target::ComputeInstance(address, life) = nvml.target(compute_instance)? else {
            return Err(Code::InvalidArgument.into());
        };
        let (gpu, found) = nvml.instance(address, life)?;
        let written = nvmlComputeInstanceInfo_t {
            device: nvml.handle(Target::Gpu(gpu.address)),
            gpuInstance: nvml.handle(Target::GpuInstance(gpu.address, life)),
            id: COMPUTE_INSTANCE,
            profileId: full_profile(&found).unwrap_or(0),
            placement: nvmlComputeInstancePlacement_t { start: 0, size: slices(&found) },
        };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(info, written) }
    })
}
