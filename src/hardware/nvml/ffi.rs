//! The calls that `nvml-wrapper` has no safe form for, or one that trusts the driver too far: it sizes lists by
//! any number and reads a text until a zero comes. With the files under it the only unsafe code of this program.
//!
//! Three rules. A function is reached through its field (`lib().nvmlFoo.as_ref()`), because the method of the
//! same name panics when the library lacks it. A number from the driver never sizes an allocation beyond
//! [`ROOM_LIMIT`] and never a read beyond the room that was given. What came back is copied into plain values
//! here, so that no pointer of NVML's leaves this file but [`Instance`], which cannot be taken apart outside.
#![allow(unsafe_code, reason = "NVML is a C library; every call of it beyond nvml-wrapper is in this file")]

#[macro_use]
mod number;
mod compute;
mod figures;
mod gpm;
mod health;
mod pci;
mod texts;
mod vgpu;
mod vgpu_figures;

use std::ffi::{c_char, c_uint};
use std::marker::PhantomData;
use std::{fmt, mem, ptr};

use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::{
    nvmlEventData_t, nvmlEventSet_t, nvmlGpuInstance_t, nvmlGpuInstanceInfo_t, nvmlGpuInstancePlacement_t,
    nvmlGpuInstanceProfileInfo_t, nvmlGpuInstanceProfileInfo_v2_t, nvmlGpuInstanceProfileInfo_v3_t,
    nvmlReturn_t,
};
use serde::{Deserialize, Serialize};

use super::Answer;
pub(in crate::hardware) use compute::{ComputeFacts, compute_instance, compute_instance_id};
pub(in crate::hardware) use figures::{Clock, ProcessFacts, clock, energy, power, processes, temperature};
pub(in crate::hardware) use gpm::{GpmFacts, GpmSample, gpm_supported};
pub(in crate::hardware) use health::{
    Field, Rows, ecc_errors, ecc_mode, field_id, field_values, remapped_rows,
};
pub(in crate::hardware) use pci::{PciFacts, pci};
pub(in crate::hardware) use texts::{name, serial, uuid};
pub(in crate::hardware) use vgpu::{
    Vm, active_gpu_instance, active_mdev, active_type, active_uuid, active_vgpus, active_vm, creatable_types,
    heterogeneous, host_mode, supported_types, type_class, type_framebuffer, type_limit,
    type_limit_per_gpu_instance, type_limit_per_vm, type_name, type_profile, virtualization_mode,
};
pub(in crate::hardware) use vgpu_figures::{VgpuUseFacts, vgpu_licensed, vgpu_memory, vgpu_use};

/// Elements that a list has room for at first. More than any GPU has of anything asked for here: 12 slots are
/// the most that is known. Some drivers treat `count` as output only and write what they have, so the room is
/// never less than this.
const ROOM: usize = 64;

/// Elements beyond which a list is not believed.
const ROOM_LIMIT: usize = 4096;

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

/// What NVML tells of a GPU instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct InstanceFacts {
    pub(in crate::hardware) id: u32,
    pub(in crate::hardware) profile: u32,
    pub(in crate::hardware) span: Span,
}

/// A handle of a GPU instance. Never null, and gone with the session that gave it.
pub(in crate::hardware) struct Instance<'s> {
    handle: nvmlGpuInstance_t,
    session: PhantomData<&'s ()>,
}

impl<'s> Instance<'s> {
    fn new(handle: nvmlGpuInstance_t) -> Option<Self> {
        (!handle.is_null()).then_some(Instance { handle, session: PhantomData })
    }
}

fn checked(code: nvmlReturn_t) -> Result<(), Answer> {
    if code == 0 { Ok(()) } else { Err(Answer::Code(code)) }
}

/// `NVML_STRUCT_VERSION` of `nvml.h`: the struct's size, with its version in the upper byte.
const fn struct_version<T>(version: u32) -> c_uint {
    mem::size_of::<T>() as c_uint | (version << 24)
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
            Ok(ProfileFacts {
                id: info.id,
                slices: info.sliceCount,
                instances: info.instanceCount,
                multiprocessors: info.multiprocessorCount,
                memory_mib: info.memorySizeMB,
                engines: [
                    info.copyEngineCount,
                    info.decoderCount,
                    info.encoderCount,
                    info.jpegCount,
                    info.ofaCount,
                ],
                name: Some(text(&info.name)),
            })
        }
        Edition::V2 => {
            // SAFETY: integers and an array of integers: all bytes zero is a value of it.
            let mut info: nvmlGpuInstanceProfileInfo_v2_t = unsafe { mem::zeroed() };
            info.version = V2;
            versioned(device, which, &raw mut info)?;
            Ok(ProfileFacts {
                id: info.id,
                slices: info.sliceCount,
                instances: info.instanceCount,
                multiprocessors: info.multiprocessorCount,
                memory_mib: info.memorySizeMB,
                engines: [
                    info.copyEngineCount,
                    info.decoderCount,
                    info.encoderCount,
                    info.jpegCount,
                    info.ofaCount,
                ],
                name: Some(text(&info.name)),
            })
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
            Ok(ProfileFacts {
                id: info.id,
                slices: info.sliceCount,
                instances: info.instanceCount,
                multiprocessors: info.multiprocessorCount,
                memory_mib: info.memorySizeMB,
                engines: [
                    info.copyEngineCount,
                    info.decoderCount,
                    info.encoderCount,
                    info.jpegCount,
                    info.ofaCount,
                ],
                name: None,
            })
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

/// `nvmlDeviceGetGpuInstances`: the instances of one profile. `expected` is the profile's `instanceCount`.
pub(in crate::hardware) fn instances<'s>(
    device: &Device<'s>,
    profile: u32,
    expected: u32,
) -> Result<Vec<Instance<'s>>, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetGpuInstances.as_ref();
    let call = call.map_err(|_| Answer::NoSymbol)?;
    let found = filled(expected, ptr::null_mut(), |list, count| {
        // SAFETY: the handle is of the open session that `device` borrows; `list` has as many elements as
        // `count` says and never fewer than the profile can have; both outlive the call.
        unsafe { call(device.handle(), profile, list, count) }
    })?;
    let null = || Answer::Nonsense("a GPU instance without a handle".to_owned());
    found.into_iter().map(|handle| Instance::new(handle).ok_or_else(null)).collect()
}

/// Asks for a list with enough room, growing while NVML says that it is too small, and believes the count
/// only up to the room.
fn filled<T: Copy>(
    expected: c_uint,
    blank: T,
    ask: impl Fn(*mut T, *mut c_uint) -> nvmlReturn_t,
) -> Result<Vec<T>, Answer> {
    let limited = |wanted: c_uint| usize::try_from(wanted).unwrap_or(ROOM_LIMIT).clamp(ROOM, ROOM_LIMIT);
    let mut room = limited(expected);
    loop {
        let mut list = vec![blank; room];
        let mut count = c_uint::try_from(room).unwrap_or(0);
        match checked(ask(list.as_mut_ptr(), &raw mut count)) {
            Err(Answer::INSUFFICIENT_SIZE) if room < ROOM_LIMIT => {
                room = limited(count).max(room.saturating_mul(2)).min(ROOM_LIMIT);
            }
            Err(answer) => return Err(answer),
            Ok(()) => match usize::try_from(count) {
                Ok(count) if count <= room => {
                    list.truncate(count);
                    return Ok(list);
                }
                _ => return Err(Answer::Nonsense(format!("{count} elements in room for {room}"))),
            },
        }
    }
}

/// `nvmlDeviceGetGpuInstanceById`.
pub(in crate::hardware) fn instance_by_id<'s>(device: &Device<'s>, id: u32) -> Result<Instance<'s>, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetGpuInstanceById.as_ref();
    let call = call.map_err(|_| Answer::NoSymbol)?;
    let mut handle: nvmlGpuInstance_t = ptr::null_mut();
    // SAFETY: the handle is of the open session that `device` borrows; the result goes to a live pointer.
    checked(unsafe { call(device.handle(), id, &raw mut handle) })?;
    Instance::new(handle).ok_or_else(|| Answer::Nonsense("a GPU instance without a handle".to_owned()))
}

/// `nvmlGpuInstanceGetInfo`. `device` is any of the same session: it gives the library.
pub(in crate::hardware) fn instance_info(
    device: &Device<'_>,
    instance: &Instance<'_>,
) -> Result<InstanceFacts, Answer> {
    let call = device.nvml().lib().nvmlGpuInstanceGetInfo.as_ref();
    let call = call.map_err(|_| Answer::NoSymbol)?;
    // SAFETY: a pointer, which may be null, and integers: all bytes zero is a value of it.
    let mut info: nvmlGpuInstanceInfo_t = unsafe { mem::zeroed() };
    // SAFETY: the instance's handle came from NVML, is not null, and its session is still open (lifetime 's);
    // NVML answers for an instance that was destroyed meanwhile with an error; `info` outlives the call.
    checked(unsafe { call(instance.handle, &raw mut info) })?;
    let span = Span { start: info.placement.start, size: info.placement.size };
    Ok(InstanceFacts { id: info.id, profile: info.profileId, span })
}

/// `nvmlDeviceGetMigDeviceHandleByIndex`.
pub(in crate::hardware) fn mig_device<'s>(device: &Device<'s>, index: u32) -> Result<Device<'s>, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetMigDeviceHandleByIndex.as_ref();
    let call = call.map_err(|_| Answer::NoSymbol)?;
    let mut handle = ptr::null_mut();
    // SAFETY: the handle is of the open session that `device` borrows; the result goes to a live pointer.
    checked(unsafe { call(device.handle(), index, &raw mut handle) })?;
    if handle.is_null() {
        return Err(Answer::Nonsense("a MIG device without a handle".to_owned()));
    }
    // SAFETY: NVML gave it just now, as a device of the session that `device` borrows for `'s`.
    Ok(unsafe { Device::new(handle, device.nvml()) })
}

/// `nvmlDeviceGetGpuInstanceId` of a MIG device handle.
pub(in crate::hardware) fn instance_id_of_mig_device(mig: &Device<'_>) -> Result<u32, Answer> {
    number!(mig, nvmlDeviceGetGpuInstanceId(mig.handle()) -> c_uint)
}

/// `nvmlEventMigConfigChange`.
pub(in crate::hardware) const EVENT_MIG: u64 = 0x100;
/// `nvmlEventTypeXidCriticalError`.
pub(in crate::hardware) const EVENT_XID: u64 = 0x8;

/// An event set: no thread but the one that made it may use it (`nvml.h`: "not thread safe"), which the raw
/// pointer in it sees to. Freed when it is dropped, before its session.
pub(in crate::hardware) struct EventSet<'s> {
    handle: nvmlEventSet_t,
    nvml: &'s Nvml,
}

/// What NVML tells of an event.
pub(in crate::hardware) struct EventFacts<'s> {
    /// Where it happened.
    pub(in crate::hardware) device: Option<Device<'s>>,
    /// `eventType`: one of the `EVENT_…`.
    pub(in crate::hardware) kind: u64,
    /// `eventData`: the number of an XID.
    pub(in crate::hardware) data: u64,
    /// The GPU instance that an XID belongs to, where the driver knows.
    pub(in crate::hardware) instance: Option<u32>,
}

impl<'s> EventSet<'s> {
    /// `nvmlEventSetCreate`. A library that lacks any of what an event set needs has none.
    pub(in crate::hardware) fn new(nvml: &'s Nvml) -> Result<Self, Answer> {
        let lib = nvml.lib();
        let complete = lib.nvmlEventSetFree.is_ok()
            && lib.nvmlEventSetWait_v2.is_ok()
            && lib.nvmlDeviceGetSupportedEventTypes.is_ok()
            && lib.nvmlDeviceRegisterEvents.is_ok();
        let call = lib.nvmlEventSetCreate.as_ref().ok().filter(|_| complete).ok_or(Answer::NoSymbol)?;
        let mut handle: nvmlEventSet_t = ptr::null_mut();
        // SAFETY: the session is open as long as `nvml` lives; the result goes to a live pointer.
        checked(unsafe { call(&raw mut handle) })?;
        if handle.is_null() {
            return Err(Answer::Nonsense("an event set without a handle".to_owned()));
        }
        Ok(EventSet { handle, nvml })
    }

    /// `nvmlDeviceRegisterEvents`: these kinds, which the device must support, from now on.
    pub(in crate::hardware) fn register(&self, device: &Device<'s>, kinds: u64) -> Result<(), Answer> {
        let call = self.nvml.lib().nvmlDeviceRegisterEvents.as_ref().map_err(|_| Answer::NoSymbol)?;
        // SAFETY: both handles are of the session that `self` borrows, and the set is not freed yet.
        checked(unsafe { call(device.handle(), kinds, self.handle) })
    }

    /// `nvmlEventSetWait_v2`: the next event, waited for so many milliseconds at most.
    pub(in crate::hardware) fn wait(&self, milliseconds: u32) -> Result<EventFacts<'s>, Answer> {
        let call = self.nvml.lib().nvmlEventSetWait_v2.as_ref().map_err(|_| Answer::NoSymbol)?;
        let mut data = nvmlEventData_t {
            device: ptr::null_mut(),
            eventType: 0,
            eventData: 0,
            // What `nvml.h` has for "none", should the driver leave them as they are.
            gpuInstanceId: u32::MAX,
            computeInstanceId: u32::MAX,
        };
        // SAFETY: the set is of the session that `self` borrows and not freed yet; no other thread has it;
        // `data` outlives the call.
        checked(unsafe { call(self.handle, &raw mut data, milliseconds) })?;
        let device = (!data.device.is_null()).then(|| {
            // SAFETY: NVML has just told this handle, in the session that `nvml` keeps open.
            unsafe { Device::new(data.device, self.nvml) }
        });
        Ok(EventFacts {
            device,
            kind: data.eventType,
            data: data.eventData,
            instance: Some(data.gpuInstanceId).filter(|id| *id != u32::MAX),
        })
    }
}

impl Drop for EventSet<'_> {
    fn drop(&mut self) {
        if let Ok(call) = self.nvml.lib().nvmlEventSetFree.as_ref() {
            // SAFETY: the set is of the session that `self` borrows, and nobody uses it after this.
            unsafe { call(self.handle) };
        }
    }
}

/// `nvmlDeviceGetSupportedEventTypes`: a set of `EVENT_…` and others.
pub(in crate::hardware) fn supported_events(device: &Device<'_>) -> Result<u64, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetSupportedEventTypes.as_ref();
    let call = call.map_err(|_| Answer::NoSymbol)?;
    let mut kinds = 0;
    // SAFETY: the handle is of the open session that `device` borrows; the result goes to a live integer.
    checked(unsafe { call(device.handle(), &raw mut kinds) })?;
    Ok(kinds)
}
