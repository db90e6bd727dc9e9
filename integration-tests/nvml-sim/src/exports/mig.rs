//! MIG mode, and what a GPU could be cut into.

use std::os::raw::{c_char, c_uint};

use nvml_wrapper_sys::bindings::{
    NVML_GPU_INSTANCE_PROFILE_CAPS_GFX, NVML_GPU_INSTANCE_PROFILE_CAPS_P2P, nvmlDevice_t,
    nvmlGpuInstancePlacement_t, nvmlGpuInstanceProfileInfo_t, nvmlGpuInstanceProfileInfo_v2_t,
    nvmlGpuInstanceProfileInfo_v3_t, nvmlReturn_t,
};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::data::Profile;
use crate::ffi;
use crate::host::{Gpu, Mig, remaining};
use crate::session::{Session, mig_capable, mig_on};

/// Profiles that `nvml.h` 13.3 names: one more than the bindings know.
const PROFILE_ENUMS: c_uint = 0x12;

const V2: c_uint = size_of::<nvmlGpuInstanceProfileInfo_v2_t>() as c_uint | (2 << 24);
const V3: c_uint = size_of::<nvmlGpuInstanceProfileInfo_v3_t>() as c_uint | (3 << 24);

/// The mode, and the mode after the next reset.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMigMode(
    device: nvmlDevice_t,
    current: *mut c_uint,
    pending: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetMigMode", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        mig_capable(&gpu)?;
        if pending.is_null() {
            // Header: INVALID_ARGUMENT for either; asked before the first is written.
            return Err(Code::InvalidArgument.into());
        }
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(current, c_uint::from(gpu.mig == Mig::On)) }?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(pending, c_uint::from(gpu.mig_pending)) }
    })
}

/// How many MIG devices there can be. Header: zero if MIG is not supported or not enabled. Otherwise the
/// compute slices (assumed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMaxMigDeviceCount(
    device: nvmlDevice_t,
    count: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetMaxMigDeviceCount", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        let most = gpu.model.filter(|_| gpu.mig == Mig::On).map_or(0, |model| model.compute_slices);
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(count, most) }
    })
}

/// Header: enumerate "until the API returns INVALID_ARGUMENT"; NOT_SUPPORTED before that.
fn by_enum(gpu: &Gpu, profile: c_uint) -> Result<&'static Profile, Fault> {
    let mut profiles = gpu.model.map(|model| model.profiles.iter()).into_iter().flatten();
    let missing = if profile < PROFILE_ENUMS { Code::NotSupported } else { Code::InvalidArgument };
    profiles.find(|one| one.nvml_enum == profile).ok_or(missing.into())
}

/// A profile, without its name. Header: needs only a GPU that can do MIG.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetGpuInstanceProfileInfo(
    device: nvmlDevice_t,
    profile: c_uint,
    info: *mut nvmlGpuInstanceProfileInfo_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetGpuInstanceProfileInfo", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        mig_capable(&gpu)?;
        let profile = by_enum(&gpu, profile)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(info, v1(profile)) }
    })
}

/// A profile with its name. Header: needs MIG on, unlike the call without a version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetGpuInstanceProfileInfoV(
    device: nvmlDevice_t,
    profile: c_uint,
    info: *mut nvmlGpuInstanceProfileInfo_v2_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetGpuInstanceProfileInfoV", Kind::Within, |nvml| {
        // SAFETY: null or valid, the contract of this module.
        unsafe { versioned(nvml, device, info, |gpu| by_enum(gpu, profile)) }
    })
}

/// The same by profile id. Header: NOT_SUPPORTED if the profile "isn't supported".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetGpuInstanceProfileInfoByIdV(
    device: nvmlDevice_t,
    profile_id: c_uint,
    info: *mut nvmlGpuInstanceProfileInfo_v2_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetGpuInstanceProfileInfoByIdV", Kind::Within, |nvml| {
        let by_id = |gpu: &Gpu| gpu.profile(profile_id).ok_or(Fault::Code(Code::NotSupported));
        // SAFETY: null or valid, the contract of this module.
        unsafe { versioned(nvml, device, info, by_id) }
    })
}

/// # Safety
///
/// `info` is null or as long as the structure of the version that it begins with.
unsafe fn versioned(
    nvml: &mut Session<'_>,
    device: nvmlDevice_t,
    info: *mut nvmlGpuInstanceProfileInfo_v2_t,
    find: impl Fn(&Gpu) -> Result<&'static Profile, Fault>,
) -> Result<(), Fault> {
    let gpu = nvml.gpu(device)?;
    // SAFETY: null or valid; the version is the first field of both structures.
    let version = unsafe { ffi::read(info.cast::<c_uint>()) }?;
    if version != V2 && version != V3 {
        // Header of the code: "The provided version is invalid/unsupported". (The header of this
        // call files a wrong version under INVALID_ARGUMENT; the README lists the choice.)
        return Err(Code::ArgumentVersionMismatch.into());
    }
    mig_on(&gpu)?;
    let profile = find(&gpu)?;
    let name = nvml.field(&nvml_name(profile));
    if version == V2 {
        // SAFETY: null or valid, this function's contract.
        unsafe { ffi::write(info, v2(profile, name)) }
    } else {
        // SAFETY: a caller who writes version 3 holds the larger structure; that is what it is for.
        unsafe { ffi::write(info.cast::<nvmlGpuInstanceProfileInfo_v3_t>(), v3(profile, name)) }
    }
}

/// Facts: NVML's names carry this prefix.
fn nvml_name(profile: &Profile) -> String {
    format!("MIG {}", profile.name)
}

fn v1(profile: &Profile) -> nvmlGpuInstanceProfileInfo_t {
    nvmlGpuInstanceProfileInfo_t {
        id: profile.profile_id,
        isP2pSupported: c_uint::from(profile.p2p),
        sliceCount: profile.compute_slices,
        instanceCount: profile.max_instances,
        multiprocessorCount: profile.multiprocessors.unwrap_or(0),
        copyEngineCount: profile.copy_engines.unwrap_or(0),
        decoderCount: profile.decoders.unwrap_or(0),
        encoderCount: profile.encoders.unwrap_or(0),
        jpegCount: profile.jpeg.unwrap_or(0),
        ofaCount: profile.ofa.unwrap_or(0),
        memorySizeMB: profile.memory_mib(),
    }
}

fn v2(profile: &Profile, name: [c_char; 96]) -> nvmlGpuInstanceProfileInfo_v2_t {
    let v1 = v1(profile);
    nvmlGpuInstanceProfileInfo_v2_t {
        version: V2,
        id: v1.id,
        isP2pSupported: v1.isP2pSupported,
        sliceCount: v1.sliceCount,
        instanceCount: v1.instanceCount,
        multiprocessorCount: v1.multiprocessorCount,
        copyEngineCount: v1.copyEngineCount,
        decoderCount: v1.decoderCount,
        encoderCount: v1.encoderCount,
        jpegCount: v1.jpegCount,
        ofaCount: v1.ofaCount,
        memorySizeMB: v1.memorySizeMB,
        name,
    }
}

fn v3(profile: &Profile, name: [c_char; 96]) -> nvmlGpuInstanceProfileInfo_v3_t {
    let v1 = v1(profile);
    let p2p = if profile.p2p { NVML_GPU_INSTANCE_PROFILE_CAPS_P2P } else { 0 };
    let graphics = if profile.is_graphics() { NVML_GPU_INSTANCE_PROFILE_CAPS_GFX } else { 0 };
    nvmlGpuInstanceProfileInfo_v3_t {
        version: V3,
        id: v1.id,
        sliceCount: v1.sliceCount,
        instanceCount: v1.instanceCount,
        multiprocessorCount: v1.multiprocessorCount,
        copyEngineCount: v1.copyEngineCount,
        decoderCount: v1.decoderCount,
        encoderCount: v1.encoderCount,
        jpegCount: v1.jpegCount,
        ofaCount: v1.ofaCount,
        memorySizeMB: v1.memorySizeMB,
        name,
        capabilities: p2p | graphics,
    }
}

/// Where instances of a profile can start. Header: "regardless of whether MIG is enabled or not", for a
/// privileged user, and a null list asks for the count alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetGpuInstancePossiblePlacements_v2(
    device: nvmlDevice_t,
    profile_id: c_uint,
    placements: *mut nvmlGpuInstancePlacement_t,
    count: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetGpuInstancePossiblePlacements_v2", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        mig_capable(&gpu)?;
        nvml.privileged()?;
        // Header: NOT_SUPPORTED if the profile "isn't supported".
        let profile = gpu.profile(profile_id).ok_or(Code::NotSupported)?;
        let list: Vec<nvmlGpuInstancePlacement_t> = profile
            .placements
            .iter()
            .map(|&(start, size)| nvmlGpuInstancePlacement_t { start, size })
            .collect();
        if placements.is_null() {
            // SAFETY: null or valid, the contract of this module.
            return unsafe { nvml.count(count, list.len()) };
        }
        // SAFETY: not null; header: "must be large enough to accommodate the placements".
        unsafe { nvml.list(placements, count, &list) }
    })
}

/// How many more instances of a profile fit. Header: needs MIG on and a privileged user.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetGpuInstanceRemainingCapacity(
    device: nvmlDevice_t,
    profile_id: c_uint,
    count: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetGpuInstanceRemainingCapacity", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        mig_on(&gpu)?;
        nvml.privileged()?;
        // Header: NOT_SUPPORTED if the profile "isn't supported".
        let (model, profile) = gpu.model.zip(gpu.profile(profile_id)).ok_or(Code::NotSupported)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(count, remaining(model, profile, &gpu.instances)) }
    })
}
