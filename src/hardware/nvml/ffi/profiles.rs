//! GPU-instance profiles: what they are, where their instances can be put, how many more would fit.

use std::ffi::{c_char, c_uint};
use std::{fmt, mem, ptr};

use nvml_wrapper::Device;
use nvml_wrapper_sys::bindings::{
    nvmlGpuInstancePlacement_t, nvmlGpuInstanceProfileInfo_t, nvmlGpuInstanceProfileInfo_v2_t,
    nvmlGpuInstanceProfileInfo_v3_t,
};
use serde::{Deserialize, Serialize};

use super::list::filled;
use super::{Answer, checked, struct_version};

/// Which edition of `nvmlGpuInstanceProfileInfo_t` to ask with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::hardware) enum Edition {
    /// `nvmlGpuInstanceProfileInfo_v3_t`: with a name and capabilities.
    V3,
    /// `nvmlGpuInstanceProfileInfo_v2_t`: with a name.
    V2,
    /// `nvmlGpuInstanceProfileInfo_t`: without a name.
    V1,
}

impl Edition {
    /// The newest first.
    pub(in crate::hardware) const ALL: [Edition; 3] = [Edition::V3, Edition::V2, Edition::V1];

    /// Its number.
    const fn number(self) -> u32 {
        match self {
            Edition::V3 => 3,
            Edition::V2 => 2,
            Edition::V1 => 1,
        }
    }

    /// The function that takes it.
    pub(in crate::hardware) const fn call(self) -> &'static str {
        match self {
            Edition::V3 | Edition::V2 => "nvmlDeviceGetGpuInstanceProfileInfoV",
            Edition::V1 => "nvmlDeviceGetGpuInstanceProfileInfo",
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "edition {}", self.number())
    }
}

/// How a GPU-instance profile is named in a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::hardware) enum Which {
    /// By `NVML_GPU_INSTANCE_PROFILE_*`.
    Enum(u32),
    /// By its id. Newer drivers only, editions 2 and 3 only.
    Id(u32),
}

/// What NVML tells of a GPU-instance profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct ProfileFacts {
    /// The profile id.
    pub(in crate::hardware) id: u32,
    /// `sliceCount`: compute slices.
    pub(in crate::hardware) slices: u32,
    /// `instanceCount`: how many the GPU can hold.
    pub(in crate::hardware) instances: u32,
    /// `multiprocessorCount`.
    pub(in crate::hardware) multiprocessors: u32,
    /// `memorySizeMB`, which is MiB.
    pub(in crate::hardware) memory_mib: u64,
    /// `copyEngineCount`, `decoderCount`, `encoderCount`, `jpegCount`, `ofaCount`.
    pub(in crate::hardware) engines: [u32; 5],
    /// The name as it was told, bytes that are not UTF-8 replaced. Edition 1 has none.
    pub(in crate::hardware) name: Option<String>,
}

/// `start` and `size` of a placement or an instance, in memory slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct Span {
    pub(in crate::hardware) start: u32,
    pub(in crate::hardware) size: u32,
}

const V2: c_uint = struct_version::<nvmlGpuInstanceProfileInfo_v2_t>(2);
const V3: c_uint = struct_version::<nvmlGpuInstanceProfileInfo_v3_t>(3);

// What `nvml.h` comes to on the 64-bit machines that it is made for.
const _: () = assert!(V2 == 0x0200_0098 && V3 == 0x0300_0098);

/// A C string in a fixed field. An unterminated one ends with its field.
fn text(field: &[c_char]) -> String {
    let bytes: Vec<u8> =
        field.iter().map(|c| u8::from_ne_bytes(c.to_ne_bytes())).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What every edition tells, under the same names.
macro_rules! facts {
    ($info:ident, $name:expr) => {
        ProfileFacts {
            id: $info.id,
            slices: $info.sliceCount,
            instances: $info.instanceCount,
            multiprocessors: $info.multiprocessorCount,
            memory_mib: $info.memorySizeMB,
            engines: [
                $info.copyEngineCount,
                $info.decoderCount,
                $info.encoderCount,
                $info.jpegCount,
                $info.ofaCount,
            ],
            name: $name,
        }
    };
}

/// `nvmlDeviceGetGpuInstanceProfileInfoV`, `…ByIdV` or `nvmlDeviceGetGpuInstanceProfileInfo`.
pub(in crate::hardware) fn profile(
    device: &Device<'_>,
    edition: Edition,
    which: Which,
) -> Result<ProfileFacts, Answer> {
    match edition {
        Edition::V3 => {
            // SAFETY: integers and an array of integers: all bytes zero is a value of it.
            let mut info: nvmlGpuInstanceProfileInfo_v3_t = unsafe { mem::zeroed() };
            info.version = V3;
            versioned(device, which, (&raw mut info).cast())?;
            Ok(facts!(info, Some(text(&info.name))))
        }
        Edition::V2 => {
            // SAFETY: integers and an array of integers: all bytes zero is a value of it.
            let mut info: nvmlGpuInstanceProfileInfo_v2_t = unsafe { mem::zeroed() };
            info.version = V2;
            versioned(device, which, &raw mut info)?;
            Ok(facts!(info, Some(text(&info.name))))
        }
        Edition::V1 => {
            let Which::Enum(number) = which else { return Err(Answer::NOT_SUPPORTED) };
            let call = device.nvml().lib().nvmlDeviceGetGpuInstanceProfileInfo.as_ref();
            let call = call.map_err(|_| Answer::NoSymbol)?;
            // SAFETY: integers only: all bytes zero is a value of it.
            let mut info: nvmlGpuInstanceProfileInfo_t = unsafe { mem::zeroed() };
            // SAFETY: the handle comes from the session that `device` borrows and that is open as long as it
            // lives; `info` is the struct of this function and outlives the call.
            checked(unsafe { call(device.handle(), number, &raw mut info) })?;
            Ok(facts!(info, None))
        }
    }
}

/// The two functions that take editions 2 and 3. `info` points to a struct of either, its version set: the
/// driver writes as much as that version has.
fn versioned(
    device: &Device<'_>,
    which: Which,
    info: *mut nvmlGpuInstanceProfileInfo_v2_t,
) -> Result<(), Answer> {
    let lib = device.nvml().lib();
    let (call, number) = match which {
        Which::Enum(number) => (lib.nvmlDeviceGetGpuInstanceProfileInfoV.as_ref(), number),
        Which::Id(number) => (lib.nvmlDeviceGetGpuInstanceProfileInfoByIdV.as_ref(), number),
    };
    let call = call.map_err(|_| Answer::NoSymbol)?;
    // SAFETY: the handle is of the open session that `device` borrows; both callers above pass a live, zeroed
    // struct whose version field tells the driver its true size.
    checked(unsafe { call(device.handle(), number, info) })
}

/// `nvmlDeviceGetGpuInstancePossiblePlacements_v2`: where instances of a profile can be put.
pub(in crate::hardware) fn placements(device: &Device<'_>, profile: u32) -> Result<Vec<Span>, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetGpuInstancePossiblePlacements_v2.as_ref();
    let call = call.map_err(|_| Answer::NoSymbol)?;
    let mut needed: c_uint = 0;
    // SAFETY: the handle is of the open session that `device` borrows; a null list asks for the count alone,
    // which goes to a live integer.
    let sized = checked(unsafe { call(device.handle(), profile, ptr::null_mut(), &raw mut needed) });
    match sized {
        Ok(()) | Err(Answer::INSUFFICIENT_SIZE) => {}
        Err(answer) => return Err(answer),
    }
    let blank = nvmlGpuInstancePlacement_t { start: 0, size: 0 };
    let found = filled(needed, blank, |list, count| {
        // SAFETY: as above; `list` has as many elements as `count` says, and both outlive the call.
        unsafe { call(device.handle(), profile, list, count) }
    })?;
    Ok(found.into_iter().map(|span| Span { start: span.start, size: span.size }).collect())
}

/// `nvmlDeviceGetGpuInstanceRemainingCapacity`: how many more of a profile fit now.
pub(in crate::hardware) fn remaining(device: &Device<'_>, profile: u32) -> Result<u32, Answer> {
    number!(device, nvmlDeviceGetGpuInstanceRemainingCapacity(device.handle(), profile) -> c_uint)
}
