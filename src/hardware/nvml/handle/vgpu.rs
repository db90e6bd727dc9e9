//! The calls about vGPUs.

use super::Handle;
use crate::hardware::nvml::CallError;
use crate::hardware::nvml::ffi::{self, Vm};

macro_rules! of_type {
    ($($(#[$doc:meta])* $name:ident = $call:literal, $ffi:ident -> $told:ty;)*) => {
        $($(#[$doc])*
        pub(in crate::hardware) fn $name(&self, id: u32) -> Result<$told, CallError> {
            self.ask_of($call, format_args!("type {id}"), |device| ffi::$ffi(device, id))
        })*
    };
}

macro_rules! of_active {
    ($($(#[$doc:meta])* $name:ident = $call:literal, $ffi:ident -> $told:ty;)*) => {
        $($(#[$doc])*
        pub(in crate::hardware) fn $name(&self, id: u32) -> Result<$told, CallError> {
            self.ask_of($call, format_args!("vGPU {id}"), |device| ffi::$ffi(device, id))
        })*
    };
}

impl Handle<'_> {
    /// 0 without SR-IOV, 1 with.
    pub(in crate::hardware) fn host_vgpu_mode(&self) -> Result<u32, CallError> {
        self.ask("nvmlDeviceGetHostVgpuMode", ffi::host_mode)
    }

    /// `nvmlGpuVirtualizationMode_t`.
    pub(in crate::hardware) fn virtualization_mode(&self) -> Result<u32, CallError> {
        self.ask("nvmlDeviceGetVirtualizationMode", ffi::virtualization_mode)
    }

    pub(in crate::hardware) fn vgpu_heterogeneous(&self) -> Result<bool, CallError> {
        self.ask("nvmlDeviceGetVgpuHeterogeneousMode", ffi::heterogeneous)
    }

    pub(in crate::hardware) fn vgpu_types(&self) -> Result<Vec<u32>, CallError> {
        self.ask("nvmlDeviceGetSupportedVgpus", ffi::supported_types)
    }

    pub(in crate::hardware) fn creatable_vgpu_types(&self) -> Result<Vec<u32>, CallError> {
        self.ask("nvmlDeviceGetCreatableVgpus", ffi::creatable_types)
    }

    pub(in crate::hardware) fn active_vgpus(&self) -> Result<Vec<u32>, CallError> {
        self.ask("nvmlDeviceGetActiveVgpus", ffi::active_vgpus)
    }

    of_type! {
        vgpu_type_name = "nvmlVgpuTypeGetName", type_name -> String;
        vgpu_type_class = "nvmlVgpuTypeGetClass", type_class -> String;
        /// In bytes.
        vgpu_type_framebuffer = "nvmlVgpuTypeGetFramebufferSize", type_framebuffer -> u64;
        /// `u32::MAX` for a type that lives in no GPU instance.
        vgpu_type_profile = "nvmlVgpuTypeGetGpuInstanceProfileId", type_profile -> u32;
        /// On this GPU.
        vgpu_type_limit = "nvmlVgpuTypeGetMaxInstances", type_limit -> u32;
        vgpu_type_limit_per_vm = "nvmlVgpuTypeGetMaxInstancesPerVm", type_limit_per_vm -> u32;
        vgpu_type_limit_per_gpu_instance =
            "nvmlVgpuTypeGetMaxInstancesPerGpuInstance", type_limit_per_gpu_instance -> u32;
    }

    of_active! {
        vgpu_type_of = "nvmlVgpuInstanceGetType", active_type -> u32;
        vgpu_uuid = "nvmlVgpuInstanceGetUUID", active_uuid -> String;
        vgpu_vm = "nvmlVgpuInstanceGetVmID", active_vm -> Vm;
        vgpu_mdev = "nvmlVgpuInstanceGetMdevUUID", active_mdev -> String;
        /// `u32::MAX` for one that lives in no GPU instance.
        vgpu_gpu_instance = "nvmlVgpuInstanceGetGpuInstanceId", active_gpu_instance -> u32;
    }
}
