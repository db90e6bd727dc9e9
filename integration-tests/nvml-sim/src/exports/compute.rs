//! Compute instances, and what could be made of them.

use std::os::raw::c_uint;

use nvml_wrapper_sys::bindings::{
    nvmlComputeInstance_t, nvmlComputeInstanceInfo_t, nvmlComputeInstancePlacement_t,
    nvmlComputeInstanceProfileInfo_t, nvmlGpuInstance_t, nvmlReturn_t,
};

use super::instance::gpu_instance;
use crate::answer::{Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::handles::Target;
use crate::session::mig_on;

/// Compute slices by `NVML_COMPUTE_INSTANCE_PROFILE_*`; the last is a second kind of one slice, which no
/// model here offers.
const COMPUTE_SLICES: [u32; 8] = [1, 2, 3, 4, 7, 8, 6, u32::MAX];

/// The id of the compute-instance profile of so many slices. Facts: ids are the enum's values.
fn profile_of(size: u32) -> u32 {
    let position = COMPUTE_SLICES.iter().position(|count| *count == size);
    position.and_then(|position| u32::try_from(position).ok()).unwrap_or(u32::MAX)
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
        let all = found.slices();
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
        if size > found.slices() {
            return Err(Code::NotSupported.into());
        }
        let mut handles = Vec::new();
        for (id, _) in (0..).zip(&found.compute).filter(|(_, one)| one.size == size) {
            handles.push(nvml.handle(Target::ComputeInstance(gpu.address, life, id)));
        }
        // SAFETY: null or large enough for all that the profile allows, the contract of this module.
        unsafe { nvml.list(compute_instances, count, &handles) }
    })
}

/// The compute instance of an id. Header: privileged; NOT_SUPPORTED without MIG, NOT_FOUND if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpuInstanceGetComputeInstanceById(
    instance: nvmlGpuInstance_t,
    id: c_uint,
    compute_instance: *mut nvmlComputeInstance_t,
) -> nvmlReturn_t {
    answer("nvmlGpuInstanceGetComputeInstanceById", Kind::Within, |nvml| {
        let (gpu, found, life) = gpu_instance(nvml, instance)?;
        mig_on(&gpu)?;
        nvml.privileged()?;
        found.compute.get(id as usize).ok_or(Code::NotFound)?;
        let handle = nvml.handle(Target::ComputeInstance(gpu.address, life, id));
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(compute_instance, handle) }
    })
}

/// Which GPU, which GPU instance, which id, which profile, where in the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlComputeInstanceGetInfo_v2(
    compute_instance: nvmlComputeInstance_t,
    info: *mut nvmlComputeInstanceInfo_t,
) -> nvmlReturn_t {
    answer("nvmlComputeInstanceGetInfo_v2", Kind::Within, |nvml| {
        let Target::ComputeInstance(address, life, id) = nvml.target(compute_instance)? else {
            return Err(Code::InvalidArgument.into());
        };
        let (gpu, found) = nvml.instance(address, life)?;
        let compute = found.compute.get(id as usize).ok_or(Code::InvalidArgument)?;
        let written = nvmlComputeInstanceInfo_t {
            device: nvml.handle(Target::Gpu(gpu.address)),
            gpuInstance: nvml.handle(Target::GpuInstance(gpu.address, life)),
            id,
            profileId: profile_of(compute.size),
            placement: nvmlComputeInstancePlacement_t { start: compute.start, size: compute.size },
        };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(info, written) }
    })
}
