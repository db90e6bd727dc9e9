//! One GPU of an open session: every call that a scan makes, named before it is made.

use nvml_wrapper::Device;

use super::ffi::{self, Edition, Instance, InstanceFacts, ProfileFacts, Span, Which};
use super::{Answer, CallError};
use crate::hardware::message::{Message, Sink};

/// A GPU. Says which call it is about to make, so that a call that never returns can be named.
pub(in crate::hardware) struct Handle<'s> {
    device: Device<'s>,
    index: u32,
    sink: &'s Sink<'s>,
}

/// Where a GPU sits and which model it is, as `nvmlPciInfo_t` has it.
pub(in crate::hardware) struct PciFacts {
    pub(in crate::hardware) domain: u32,
    pub(in crate::hardware) bus: u32,
    pub(in crate::hardware) device: u32,
    /// Device id in the upper half, vendor id in the lower.
    pub(in crate::hardware) combined_id: u32,
}

impl<'s> Handle<'s> {
    pub(super) fn new(device: Device<'s>, index: u32, sink: &'s Sink<'s>) -> Self {
        Handle { device, index, sink }
    }

    /// The wrapper's handle, for what this folder asks of it.
    pub(super) fn device(&self) -> &Device<'s> {
        &self.device
    }

    fn ask<T, E: Into<Answer>>(
        &self,
        call: &'static str,
        ask: impl FnOnce(&Device<'s>) -> Result<T, E>,
    ) -> Result<T, CallError> {
        (self.sink)(Message::Calling { device: Some(self.index), call });
        ask(&self.device).map_err(|error| CallError { call, answer: error.into() })
    }

    pub(in crate::hardware) fn pci(&self) -> Result<PciFacts, CallError> {
        let info = self.ask("nvmlDeviceGetPciInfo_v3", Device::pci_info)?;
        let (domain, bus, device) = (info.domain, info.bus, info.device);
        Ok(PciFacts { domain, bus, device, combined_id: info.pci_device_id })
    }

    pub(in crate::hardware) fn product(&self) -> Result<String, CallError> {
        self.ask("nvmlDeviceGetName", Device::name)
    }

    pub(in crate::hardware) fn uuid(&self) -> Result<String, CallError> {
        self.ask("nvmlDeviceGetUUID", Device::uuid)
    }

    /// The whole framebuffer, in bytes.
    pub(in crate::hardware) fn memory(&self) -> Result<u64, CallError> {
        self.ask("nvmlDeviceGetMemoryInfo_v2", Device::memory_info).map(|memory| memory.total)
    }

    /// Current and pending mode, as NVML's numbers: 1 is on, 0 is off.
    pub(in crate::hardware) fn mig_mode(&self) -> Result<(u32, u32), CallError> {
        self.ask("nvmlDeviceGetMigMode", Device::mig_mode).map(|mode| (mode.current, mode.pending))
    }

    /// One GPU-instance profile, as far as the edition tells it.
    pub(in crate::hardware) fn profile(
        &self,
        edition: Edition,
        which: Which,
    ) -> Result<ProfileFacts, CallError> {
        let call = match which {
            Which::Enum(_) => edition.call(),
            Which::Id(_) => "nvmlDeviceGetGpuInstanceProfileInfoByIdV",
        };
        self.ask(call, |device| ffi::profile(device, edition, which))
    }

    /// Where instances of a profile can be put.
    pub(in crate::hardware) fn placements(&self, profile: u32) -> Result<Vec<Span>, CallError> {
        let call = "nvmlDeviceGetGpuInstancePossiblePlacements_v2";
        self.ask(call, |device| ffi::placements(device, profile))
    }

    /// The instances of one profile, `expected` of them at most by what the driver told.
    pub(in crate::hardware) fn instances(
        &self,
        profile: u32,
        expected: u32,
    ) -> Result<Vec<Instance<'s>>, CallError> {
        self.ask("nvmlDeviceGetGpuInstances", |device| ffi::instances(device, profile, expected))
    }

    pub(in crate::hardware) fn instance_info(
        &self,
        instance: &Instance<'s>,
    ) -> Result<InstanceFacts, CallError> {
        self.ask("nvmlGpuInstanceGetInfo", |device| ffi::instance_info(device, instance))
    }

    pub(in crate::hardware) fn instance_by_id(&self, id: u32) -> Result<Instance<'s>, CallError> {
        self.ask("nvmlDeviceGetGpuInstanceById", |device| ffi::instance_by_id(device, id))
    }

    /// How many MIG devices the GPU can have at most.
    pub(in crate::hardware) fn mig_device_limit(&self) -> Result<u32, CallError> {
        self.ask("nvmlDeviceGetMaxMigDeviceCount", Device::mig_device_count)
    }

    /// The GPU instance that the MIG device of this index is in.
    pub(in crate::hardware) fn mig_device_instance(&self, index: u32) -> Result<u32, CallError> {
        let call = "nvmlDeviceGetMigDeviceHandleByIndex";
        let mig = self.ask(call, |device| device.mig_device_by_index(index))?;
        self.ask("nvmlDeviceGetGpuInstanceId", |_| ffi::instance_id_of_mig_device(&mig))
    }
}
