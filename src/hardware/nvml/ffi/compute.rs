//! Compute instances, reached through the MIG devices that they are.

use std::ffi::c_uint;
use std::{mem, ptr};

use nvml_wrapper::Device;
use nvml_wrapper_sys::bindings::{nvmlComputeInstance_t, nvmlComputeInstanceInfo_t};
use serde::{Deserialize, Serialize};

use super::{Answer, Instance, checked};

/// What NVML tells of a compute instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct ComputeFacts {
    /// Its id in its GPU instance.
    pub(in crate::hardware) id: u32,
    /// Its profile id.
    pub(in crate::hardware) profile: u32,
    /// The first of its GPU instance's compute slices that it has.
    pub(in crate::hardware) start: u32,
    /// How many it has.
    pub(in crate::hardware) size: u32,
}

/// `nvmlDeviceGetComputeInstanceId` of a MIG device handle.
pub(in crate::hardware) fn compute_instance_id(mig: &Device<'_>) -> Result<u32, Answer> {
    number!(mig, nvmlDeviceGetComputeInstanceId(mig.handle()) -> c_uint)
}

/// `nvmlGpuInstanceGetComputeInstanceById`, then `nvmlComputeInstanceGetInfo_v2`. `device` is any of the same
/// session: it gives the library.
pub(in crate::hardware) fn compute_instance(
    device: &Device<'_>,
    instance: &Instance<'_>,
    id: u32,
) -> Result<ComputeFacts, Answer> {
    let lib = device.nvml().lib();
    let by_id = lib.nvmlGpuInstanceGetComputeInstanceById.as_ref().map_err(|_| Answer::NoSymbol)?;
    let tell = lib.nvmlComputeInstanceGetInfo_v2.as_ref().map_err(|_| Answer::NoSymbol)?;
    let mut handle: nvmlComputeInstance_t = ptr::null_mut();
    // SAFETY: the instance's handle came from NVML, is not null, and its session is still open; the result goes to
    // a live pointer.
    checked(unsafe { by_id(instance.handle, id, &raw mut handle) })?;
    if handle.is_null() {
        return Err(Answer::Nonsense("a compute instance without a handle".to_owned()));
    }
    // SAFETY: pointers, which may be null, and integers: all bytes zero is a value of it.
    let mut info: nvmlComputeInstanceInfo_t = unsafe { mem::zeroed() };
    // SAFETY: the handle came from NVML just now and is not null; `info` outlives the call.
    checked(unsafe { tell(handle, &raw mut info) })?;
    let placement = info.placement;
    Ok(ComputeFacts { id: info.id, profile: info.profileId, start: placement.start, size: placement.size })
}
