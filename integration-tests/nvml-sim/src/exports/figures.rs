//! What moves by itself: temperature, power, clocks, utilisation, processes. What the host file leaves out is
//! NOT_SUPPORTED, which the header has for each of them.

use std::os::raw::{c_uint, c_ulonglong};

use nvml_wrapper_sys::bindings::{
    nvmlClockType_enum_NVML_CLOCK_GRAPHICS as GRAPHICS, nvmlClockType_enum_NVML_CLOCK_MEM as MEMORY,
    nvmlClockType_enum_NVML_CLOCK_SM as SM, nvmlClockType_enum_NVML_CLOCK_VIDEO as VIDEO, nvmlClockType_t,
    nvmlDevice_t, nvmlProcessInfo_t, nvmlReturn_t, nvmlTemperatureSensors_t, nvmlUtilization_t,
};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::host::{Figures, Mig};
use crate::session::Session;

fn figures(nvml: &mut Session<'_>, device: nvmlDevice_t) -> Result<Figures, Fault> {
    Ok(nvml.gpu(device)?.figures)
}

/// # Safety
///
/// `out` is null or valid for a write.
unsafe fn told<T>(out: *mut T, value: Option<T>) -> Result<(), Fault> {
    let value = value.ok_or(Fault::Code(Code::NotSupported))?;
    // SAFETY: this function's contract.
    unsafe { ffi::write(out, value) }
}

/// Degrees Celsius of the GPU itself. Header: INVALID_ARGUMENT for another sensor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetTemperature(
    device: nvmlDevice_t,
    sensor: nvmlTemperatureSensors_t,
    temperature: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetTemperature", Kind::Within, |nvml| {
        let figures = figures(nvml, device)?;
        if sensor != 0 {
            return Err(Code::InvalidArgument.into());
        }
        // SAFETY: null or valid, the contract of this module.
        unsafe { told(temperature, figures.temperature) }
    })
}

/// Milliwatts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetPowerUsage(device: nvmlDevice_t, power: *mut c_uint) -> nvmlReturn_t {
    answer("nvmlDeviceGetPowerUsage", Kind::Within, |nvml| {
        let figures = figures(nvml, device)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { told(power, figures.power_mw) }
    })
}

/// Millijoules since the driver was loaded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetTotalEnergyConsumption(
    device: nvmlDevice_t,
    energy: *mut c_ulonglong,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetTotalEnergyConsumption", Kind::Within, |nvml| {
        let figures = figures(nvml, device)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { told(energy, figures.energy_mj) }
    })
}

/// MHz of a clock domain.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetClockInfo(
    device: nvmlDevice_t,
    domain: nvmlClockType_t,
    clock: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetClockInfo", Kind::Within, |nvml| {
        let figures = figures(nvml, device)?;
        let found = match domain {
            GRAPHICS => figures.graphics_clock,
            SM => figures.sm_clock,
            MEMORY => figures.memory_clock,
            VIDEO => figures.video_clock,
            _ => return Err(Code::InvalidArgument.into()),
        };
        // SAFETY: null or valid, the contract of this module.
        unsafe { told(clock, found) }
    })
}

/// Percent of time that GPU and memory were busy. Header: not "on MIG-enabled GPUs".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetUtilizationRates(
    device: nvmlDevice_t,
    utilization: *mut nvmlUtilization_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetUtilizationRates", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        let known = gpu.figures.utilisation.filter(|_| gpu.mig != Mig::On);
        // SAFETY: null or valid, the contract of this module.
        unsafe { told(utilization, known.map(|(gpu, memory)| nvmlUtilization_t { gpu, memory })) }
    })
}

/// Processes with a compute context. Facts: what is not available is all ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetComputeRunningProcesses_v3(
    device: nvmlDevice_t,
    count: *mut c_uint,
    processes: *mut nvmlProcessInfo_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetComputeRunningProcesses_v3", Kind::Within, |nvml| {
        let figures = figures(nvml, device)?;
        let list: Vec<nvmlProcessInfo_t> = figures
            .processes
            .iter()
            .map(|process| nvmlProcessInfo_t {
                pid: process.pid,
                usedGpuMemory: process.used_mib.map_or(c_ulonglong::MAX, |mib| mib << 20),
                gpuInstanceId: process.instance.unwrap_or(c_uint::MAX),
                computeInstanceId: process.instance.map_or(c_uint::MAX, |_| 0),
            })
            .collect();
        // SAFETY: null or as much room as `count` says, the contract of this module.
        unsafe { nvml.counted(processes, count, &list) }
    })
}
