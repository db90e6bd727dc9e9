//! The C ABI.
//!
//! Every comment at a return code says what it rests on: *header* is the documentation in NVIDIA's
//! `nvml.h` (13.3), *facts* is what this project knows from running the real library. What rests on
//! neither says *assumed* and is in the README's list.
#![allow(non_snake_case, reason = "the names are NVIDIA's")]
#![allow(
    clippy::missing_safety_doc,
    reason = "one contract for all: pointers are null or valid for what nvml.h says is read or written"
)]

mod compute;
mod device;
mod event;
mod figures;
mod gpm;
mod health;
mod instance;
mod memory;
mod mig;
mod mig_device;
mod system;
mod vgpu;
mod vgpu_instance;
mod vgpu_type;

pub use compute::*;
pub use device::*;
pub use event::*;
pub use figures::*;
pub use gpm::*;
pub use health::*;
pub use instance::*;
pub use memory::*;
pub use mig::*;
pub use mig_device::*;
pub use system::*;
pub use vgpu::*;
pub use vgpu_instance::*;
pub use vgpu_type::*;

use nvml_wrapper_sys::bindings::NvmlLib;

/// Lists the entry points once, for their names and for their types.
macro_rules! symbols {
    ($($name:ident)+) => {
        /// Every entry point.
        pub const SYMBOLS: &[&str] = &[$(stringify!($name)),+];

        /// Never called: that it compiles means that each entry point has exactly the type under which
        /// `nvml-wrapper` looks it up.
        #[allow(dead_code, reason = "a check for the compiler alone")]
        fn signatures(lib: &mut NvmlLib) {
            $(lib.$name = Ok($name);)+
        }
    };
}

symbols! {
    nvmlInit_v2
    nvmlInitWithFlags
    nvmlShutdown
    nvmlErrorString
    nvmlSystemGetDriverVersion
    nvmlSystemGetNVMLVersion
    nvmlSystemGetCudaDriverVersion
    nvmlSystemGetCudaDriverVersion_v2
    nvmlEventSetCreate
    nvmlEventSetFree
    nvmlEventSetWait_v2
    nvmlDeviceGetSupportedEventTypes
    nvmlDeviceRegisterEvents
    nvmlDeviceGetCount_v2
    nvmlDeviceGetHandleByIndex_v2
    nvmlDeviceGetHandleByUUID
    nvmlDeviceGetHandleByPciBusId_v2
    nvmlDeviceGetIndex
    nvmlDeviceGetPciInfo_v3
    nvmlDeviceGetUUID
    nvmlDeviceGetSerial
    nvmlDeviceGetName
    nvmlDeviceGetMinorNumber
    nvmlDeviceGetMemoryInfo
    nvmlDeviceGetMemoryInfo_v2
    nvmlDeviceGetMigMode
    nvmlDeviceGetMaxMigDeviceCount
    nvmlDeviceGetGpuInstanceProfileInfo
    nvmlDeviceGetGpuInstanceProfileInfoV
    nvmlDeviceGetGpuInstanceProfileInfoByIdV
    nvmlDeviceGetGpuInstancePossiblePlacements_v2
    nvmlDeviceGetGpuInstanceRemainingCapacity
    nvmlDeviceGetGpuInstances
    nvmlDeviceGetGpuInstanceById
    nvmlGpuInstanceGetInfo
    nvmlGpuInstanceGetComputeInstanceProfileInfo
    nvmlGpuInstanceGetComputeInstances
    nvmlGpuInstanceGetComputeInstanceById
    nvmlComputeInstanceGetInfo_v2
    nvmlDeviceIsMigDeviceHandle
    nvmlDeviceGetMigDeviceHandleByIndex
    nvmlDeviceGetDeviceHandleFromMigDeviceHandle
    nvmlDeviceGetGpuInstanceId
    nvmlDeviceGetComputeInstanceId
    nvmlDeviceGetVirtualizationMode
    nvmlDeviceGetHostVgpuMode
    nvmlDeviceGetSupportedVgpus
    nvmlDeviceGetCreatableVgpus
    nvmlDeviceGetActiveVgpus
    nvmlDeviceGetVgpuHeterogeneousMode
    nvmlVgpuTypeGetClass
    nvmlVgpuTypeGetName
    nvmlVgpuTypeGetFramebufferSize
    nvmlVgpuTypeGetGpuInstanceProfileId
    nvmlVgpuTypeGetMaxInstancesPerVm
    nvmlVgpuTypeGetMaxInstances
    nvmlVgpuTypeGetMaxInstancesPerGpuInstance
    nvmlVgpuInstanceGetVmID
    nvmlVgpuInstanceGetUUID
    nvmlVgpuInstanceGetMdevUUID
    nvmlVgpuInstanceGetType
    nvmlVgpuInstanceGetGpuInstanceId
    nvmlDeviceGetEccMode
    nvmlDeviceGetTotalEccErrors
    nvmlDeviceGetRemappedRows
    nvmlDeviceGetFieldValues
    nvmlDeviceGetTemperature
    nvmlDeviceGetPowerUsage
    nvmlDeviceGetTotalEnergyConsumption
    nvmlDeviceGetClockInfo
    nvmlDeviceGetUtilizationRates
    nvmlDeviceGetComputeRunningProcesses_v3
    nvmlGpmQueryDeviceSupport
    nvmlGpmSampleAlloc
    nvmlGpmSampleFree
    nvmlGpmSampleGet
    nvmlGpmMigSampleGet
    nvmlGpmMetricsGet
    nvmlDeviceGetVgpuUtilization
    nvmlVgpuInstanceGetFbUsage
    nvmlVgpuInstanceGetLicenseInfo_v2
}
