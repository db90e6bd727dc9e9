//! The calls about what moves by itself.

use super::Handle;
use crate::hardware::nvml::ffi::{self, Clock, ProcessFacts};
use crate::hardware::nvml::{Answer, CallError};

impl Handle<'_> {
    /// Degrees Celsius of the GPU itself.
    pub(in crate::hardware) fn temperature(&self) -> Result<u32, CallError> {
        self.ask("nvmlDeviceGetTemperature", ffi::temperature)
    }

    /// In mW.
    pub(in crate::hardware) fn power(&self) -> Result<u32, CallError> {
        self.ask("nvmlDeviceGetPowerUsage", ffi::power)
    }

    /// In mJ.
    pub(in crate::hardware) fn energy(&self) -> Result<u64, CallError> {
        self.ask("nvmlDeviceGetTotalEnergyConsumption", ffi::energy)
    }

    /// In MHz.
    pub(in crate::hardware) fn clock(&self, domain: Clock) -> Result<u32, CallError> {
        self.ask_of("nvmlDeviceGetClockInfo", format_args!("{domain:?}"), |device| ffi::clock(device, domain))
    }

    /// Percent of the time that the GPU, and its memory, were busy.
    pub(in crate::hardware) fn utilisation(&self) -> Result<(u32, u32), CallError> {
        self.ask("nvmlDeviceGetUtilizationRates", |device| {
            device.utilization_rates().map(|rates| (rates.gpu, rates.memory)).map_err(Answer::from)
        })
    }

    /// Framebuffer in use and free, in bytes.
    pub(in crate::hardware) fn memory_in_use(&self) -> Result<(u64, u64), CallError> {
        self.ask_of("nvmlDeviceGetMemoryInfo_v2", format_args!("used and free"), |device| {
            device.memory_info().map(|memory| (memory.used, memory.free)).map_err(Answer::from)
        })
    }

    /// Processes with a compute context.
    pub(in crate::hardware) fn processes(&self) -> Result<Vec<ProcessFacts>, CallError> {
        self.ask("nvmlDeviceGetComputeRunningProcesses_v3", ffi::processes)
    }
}
