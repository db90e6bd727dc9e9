//! What moves by itself of vGPUs.

use std::cell::Cell;
use std::ffi::{c_uint, c_ulonglong};
use std::mem;

use nvml_wrapper::Device;
use nvml_wrapper_sys::bindings::{
    nvmlValue_t, nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT as UNSIGNED_INT, nvmlValueType_t,
    nvmlVgpuInstanceUtilizationSample_t, nvmlVgpuLicenseInfo_t,
};
use serde::{Deserialize, Serialize};

use super::list::filled;
use super::{Answer, checked};

/// How busy one vGPU was, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct VgpuUseFacts {
    /// Which one.
    pub(in crate::hardware) id: u32,
    /// When, by the driver's clock.
    pub(in crate::hardware) at: u64,
    pub(in crate::hardware) multiprocessors: u32,
    pub(in crate::hardware) memory: u32,
    pub(in crate::hardware) encoder: u32,
    pub(in crate::hardware) decoder: u32,
}

/// `nvmlDeviceGetVgpuUtilization`: samples of all vGPUs of a GPU since that time by the driver's clock.
pub(in crate::hardware) fn vgpu_use(device: &Device<'_>, since: u64) -> Result<Vec<VgpuUseFacts>, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetVgpuUtilization.as_ref().map_err(|_| Answer::NoSymbol)?;
    let kind: Cell<nvmlValueType_t> = Cell::new(0);
    // SAFETY: integers and unions of numbers: all bytes zero is a value of it.
    let blank: nvmlVgpuInstanceUtilizationSample_t = unsafe { mem::zeroed() };
    let found = filled(0, blank, |list, count| {
        // SAFETY: the handle is of the open session that `device` borrows; `list` has as many elements as `count` says;
        // the kind goes to a live integer.
        unsafe { call(device.handle(), since, kind.as_ptr(), count, list) }
    })?;
    if !found.is_empty() && kind.get() != UNSIGNED_INT {
        return Err(Answer::Nonsense(format!("the use of vGPUs as values of type {}", kind.get())));
    }
    // SAFETY: every bit pattern is a value of every member of the union.
    let number = |value: nvmlValue_t| unsafe { value.uiVal };
    let plain = |sample: nvmlVgpuInstanceUtilizationSample_t| VgpuUseFacts {
        id: sample.vgpuInstance,
        at: sample.timeStamp,
        multiprocessors: number(sample.smUtil),
        memory: number(sample.memUtil),
        encoder: number(sample.encUtil),
        decoder: number(sample.decUtil),
    };
    Ok(found.into_iter().map(plain).collect())
}

/// `nvmlVgpuInstanceGetFbUsage`, in bytes.
pub(in crate::hardware) fn vgpu_memory(device: &Device<'_>, id: u32) -> Result<u64, Answer> {
    number!(device, nvmlVgpuInstanceGetFbUsage(id) -> c_ulonglong)
}

/// `nvmlVgpuInstanceGetLicenseInfo_v2`: whether it is licensed.
pub(in crate::hardware) fn vgpu_licensed(device: &Device<'_>, id: u32) -> Result<bool, Answer> {
    let lib = device.nvml().lib();
    let call = lib.nvmlVgpuInstanceGetLicenseInfo_v2.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: integers only: all bytes zero is a value of it.
    let mut info: nvmlVgpuLicenseInfo_t = unsafe { mem::zeroed() };
    // SAFETY: a number, and a struct of this function that outlives the call.
    checked(unsafe { call(id as c_uint, &raw mut info) })?;
    Ok(info.isLicensed != 0)
}
