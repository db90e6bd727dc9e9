//! What moves by itself.

use std::ffi::{c_uint, c_ulonglong};
use std::mem;

use nvml_wrapper::Device;
use nvml_wrapper_sys::bindings::{
    nvmlClockType_enum_NVML_CLOCK_GRAPHICS as GRAPHICS, nvmlClockType_enum_NVML_CLOCK_MEM as MEMORY,
    nvmlClockType_enum_NVML_CLOCK_SM as MULTIPROCESSORS, nvmlClockType_enum_NVML_CLOCK_VIDEO as VIDEO,
    nvmlMemory_t, nvmlProcessInfo_t, nvmlTemperatureSensors_enum_NVML_TEMPERATURE_GPU as GPU_SENSOR,
};
use serde::{Deserialize, Serialize};

use super::list::filled;
use super::{Answer, checked};

/// A clock domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::hardware) enum Clock {
    Graphics,
    Multiprocessors,
    Memory,
    Video,
}

/// A process as NVML tells of it, sentinels and all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct ProcessFacts {
    pub(in crate::hardware) pid: u32,
    /// `u64::MAX` is none.
    pub(in crate::hardware) used_bytes: u64,
    /// `u32::MAX` is none.
    pub(in crate::hardware) instance: u32,
}

/// `nvmlDeviceGetMemoryInfo`, which every driver has: the whole framebuffer, in bytes.
pub(in crate::hardware) fn memory_total(device: &Device<'_>) -> Result<u64, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetMemoryInfo.as_ref().map_err(|_| Answer::NoSymbol)?;
    let mut memory = nvmlMemory_t { total: 0, free: 0, used: 0 };
    // SAFETY: the handle is of the open session that `device` borrows; `memory` outlives the call.
    checked(unsafe { call(device.handle(), &raw mut memory) })?;
    Ok(memory.total)
}

/// `nvmlDeviceGetTemperature` of the GPU itself, in degrees Celsius.
pub(in crate::hardware) fn temperature(device: &Device<'_>) -> Result<u32, Answer> {
    number!(device, nvmlDeviceGetTemperature(device.handle(), GPU_SENSOR) -> c_uint)
}

/// `nvmlDeviceGetPowerUsage`, in mW.
pub(in crate::hardware) fn power(device: &Device<'_>) -> Result<u32, Answer> {
    number!(device, nvmlDeviceGetPowerUsage(device.handle()) -> c_uint)
}

/// `nvmlDeviceGetTotalEnergyConsumption`, in mJ since the driver was loaded.
pub(in crate::hardware) fn energy(device: &Device<'_>) -> Result<u64, Answer> {
    number!(device, nvmlDeviceGetTotalEnergyConsumption(device.handle()) -> c_ulonglong)
}

/// `nvmlDeviceGetClockInfo`, in MHz.
pub(in crate::hardware) fn clock(device: &Device<'_>, domain: Clock) -> Result<u32, Answer> {
    let domain = match domain {
        Clock::Graphics => GRAPHICS,
        Clock::Multiprocessors => MULTIPROCESSORS,
        Clock::Memory => MEMORY,
        Clock::Video => VIDEO,
    };
    number!(device, nvmlDeviceGetClockInfo(device.handle(), domain) -> c_uint)
}

/// `nvmlDeviceGetComputeRunningProcesses_v3`.
pub(in crate::hardware) fn processes(device: &Device<'_>) -> Result<Vec<ProcessFacts>, Answer> {
    let lib = device.nvml().lib();
    let call = lib.nvmlDeviceGetComputeRunningProcesses_v3.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: integers only: all bytes zero is a value of it.
    let blank: nvmlProcessInfo_t = unsafe { mem::zeroed() };
    // SAFETY: the handle is of the open session that `device` borrows; `list` has as many elements as `count` says.
    let found = filled(0, blank, |list, count| unsafe { call(device.handle(), count, list) })?;
    let plain = |process: nvmlProcessInfo_t| ProcessFacts {
        pid: process.pid,
        used_bytes: process.usedGpuMemory,
        instance: process.gpuInstanceId,
    };
    Ok(found.into_iter().map(plain).collect())
}
