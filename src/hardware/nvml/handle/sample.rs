//! The calls of telemetry alone: performance monitoring, and what moves by itself of MIG devices and vGPUs.

use super::{Handle, MigDevice, real};
use crate::hardware::nvml::CallError;
use crate::hardware::nvml::ffi::{self, GpmFacts, GpmSample, VgpuUseFacts};

impl<'s> Handle<'s> {
    pub(in crate::hardware) fn gpm_supported(&self) -> Result<bool, CallError> {
        self.ask("nvmlGpmQueryDeviceSupport", ffi::gpm_supported)
    }

    /// A sample as of now: of the whole GPU, or of the GPU instance of that id.
    pub(in crate::hardware) fn gpm_sample(&self, instance: Option<u32>) -> Result<GpmSample<'s>, CallError> {
        let mut sample = None;
        self.ask("nvmlGpmSampleAlloc", |device| {
            sample = Some(GpmSample::new(device)?);
            Ok(())
        })?;
        let (call, of) = match instance {
            None => ("nvmlGpmSampleGet", String::new()),
            Some(id) => ("nvmlGpmMigSampleGet", format!("GPU instance {id}")),
        };
        self.ask_of(call, format_args!("{of}"), |device| match &mut sample {
            Some(sample) => sample.take(device, instance),
            None => Ok(()),
        })?;
        let answer = crate::hardware::nvml::Answer::Unrecorded;
        sample.ok_or(CallError { call, answer })
    }

    /// What happened from one sample to another.
    pub(in crate::hardware) fn gpm_between(
        &self,
        before: &GpmSample<'s>,
        after: &GpmSample<'s>,
    ) -> Result<GpmFacts, CallError> {
        self.ask("nvmlGpmMetricsGet", |_| after.since(before))
    }

    /// Framebuffer of a MIG device, used and free, in bytes.
    pub(in crate::hardware) fn mig_device_memory(
        &self,
        mig: &MigDevice<'s>,
    ) -> Result<(u64, u64), CallError> {
        let of = format_args!("MIG device {}, use", mig.index);
        self.ask_of("nvmlDeviceGetMemoryInfo_v2", of, |_| {
            let memory = real(&mig.device)?.memory_info()?;
            Ok((memory.used, memory.free))
        })
    }

    pub(in crate::hardware) fn vgpu_use(&self, since: u64) -> Result<Vec<VgpuUseFacts>, CallError> {
        self.ask("nvmlDeviceGetVgpuUtilization", |device| ffi::vgpu_use(device, since))
    }

    /// In bytes.
    pub(in crate::hardware) fn vgpu_memory(&self, id: u32) -> Result<u64, CallError> {
        let of = format_args!("vGPU {id}");
        self.ask_of("nvmlVgpuInstanceGetFbUsage", of, |device| ffi::vgpu_memory(device, id))
    }

    pub(in crate::hardware) fn vgpu_licensed(&self, id: u32) -> Result<bool, CallError> {
        let of = format_args!("vGPU {id}");
        self.ask_of("nvmlVgpuInstanceGetLicenseInfo_v2", of, |device| ffi::vgpu_licensed(device, id))
    }
}
