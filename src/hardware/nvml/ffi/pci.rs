//! Where a GPU sits.

use std::mem;

use nvml_wrapper::Device;
use nvml_wrapper_sys::bindings::nvmlPciInfo_t;
use serde::{Deserialize, Serialize};

use super::{Answer, checked};

/// Where a GPU sits and which model it is, as `nvmlPciInfo_t` has it. Its texts say the same and are not read.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(in crate::hardware) struct PciFacts {
    pub(in crate::hardware) domain: u32,
    pub(in crate::hardware) bus: u32,
    pub(in crate::hardware) device: u32,
    /// Device id in the upper half, vendor id in the lower.
    pub(in crate::hardware) combined_id: u32,
}

/// `nvmlDeviceGetPciInfo_v3`.
pub(in crate::hardware) fn pci(device: &Device<'_>) -> Result<PciFacts, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetPciInfo_v3.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: integers and arrays of integers: all bytes zero is a value of it.
    let mut info: nvmlPciInfo_t = unsafe { mem::zeroed() };
    // SAFETY: the handle is of the open session that `device` borrows; `info` outlives the call.
    checked(unsafe { call(device.handle(), &raw mut info) })?;
    Ok(PciFacts { domain: info.domain, bus: info.bus, device: info.device, combined_id: info.pciDeviceId })
}
