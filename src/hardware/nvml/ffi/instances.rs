//! GPU instances, and the MIG devices of their compute instances.

use std::ffi::c_uint;
use std::marker::PhantomData;
use std::{mem, ptr};

use nvml_wrapper::Device;
use nvml_wrapper_sys::bindings::{nvmlGpuInstance_t, nvmlGpuInstanceInfo_t};
use serde::{Deserialize, Serialize};

use super::list::filled;
use super::{Answer, Span, checked};

/// What NVML tells of a GPU instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct InstanceFacts {
    pub(in crate::hardware) id: u32,
    pub(in crate::hardware) profile: u32,
    pub(in crate::hardware) span: Span,
}

/// A handle of a GPU instance. Never null, and gone with the session that gave it.
pub(in crate::hardware) struct Instance<'s> {
    pub(super) handle: nvmlGpuInstance_t,
    session: PhantomData<&'s ()>,
}

impl<'s> Instance<'s> {
    fn new(handle: nvmlGpuInstance_t) -> Option<Self> {
        (!handle.is_null()).then_some(Instance { handle, session: PhantomData })
    }
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
