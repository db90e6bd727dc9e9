//! One GPU of an open session: every call that a scan makes, named before it is made.

mod figures;
mod health;
mod sample;
mod vgpu;

use std::fmt;

use nvml_wrapper::Device;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ffi::{self, ComputeFacts, Edition, InstanceFacts, PciFacts, ProfileFacts, Span, Which};
use super::line::Line;
use super::{Answer, CallError};

/// GPU instances of one profile beyond which a recording is not believed.
const INSTANCE_LIMIT: usize = 4096;

/// A GPU.
pub(in crate::hardware) struct Handle<'s> {
    /// None where a recording answers.
    device: Option<Device<'s>>,
    line: Line<'s>,
}

/// A GPU instance that can be asked about.
pub(in crate::hardware) struct Instance<'s> {
    /// None where a recording answers.
    handle: Option<ffi::Instance<'s>>,
    /// How it was found: what its questions are recorded under.
    found: String,
}

/// A MIG device that can be asked about.
pub(in crate::hardware) struct MigDevice<'s> {
    device: Option<Device<'s>>,
    index: u32,
}

/// What is there of a thing that only a library has.
fn real<T>(thing: &Option<T>) -> Result<&T, Answer> {
    thing.as_ref().ok_or(Answer::Unrecorded)
}

impl<'s> Handle<'s> {
    pub(super) fn new(device: Option<Device<'s>>, line: Line<'s>) -> Self {
        Handle { device, line }
    }

    /// The wrapper's handle, for what this folder asks of it.
    ///
    /// # Errors
    ///
    /// A recording answers in its place.
    pub(super) fn device(&self) -> Result<&Device<'s>, Answer> {
        real(&self.device)
    }

    /// A call that takes the device alone.
    fn ask<T: Serialize + DeserializeOwned>(
        &self,
        call: &'static str,
        live: impl FnOnce(&Device<'s>) -> Result<T, Answer>,
    ) -> Result<T, CallError> {
        self.ask_of(call, format_args!(""), live)
    }

    /// A call that takes more; `of` says what.
    fn ask_of<T: Serialize + DeserializeOwned>(
        &self,
        call: &'static str,
        of: fmt::Arguments<'_>,
        live: impl FnOnce(&Device<'s>) -> Result<T, Answer>,
    ) -> Result<T, CallError> {
        self.line.ask(call, of, || live(real(&self.device)?))
    }

    pub(in crate::hardware) fn pci(&self) -> Result<PciFacts, CallError> {
        self.ask("nvmlDeviceGetPciInfo_v3", ffi::pci)
    }

    pub(in crate::hardware) fn product(&self) -> Result<String, CallError> {
        self.ask("nvmlDeviceGetName", ffi::name)
    }

    pub(in crate::hardware) fn uuid(&self) -> Result<String, CallError> {
        self.ask("nvmlDeviceGetUUID", ffi::uuid)
    }

    pub(in crate::hardware) fn serial(&self) -> Result<String, CallError> {
        self.ask("nvmlDeviceGetSerial", ffi::serial)
    }

    /// The whole framebuffer, in bytes.
    pub(in crate::hardware) fn memory(&self) -> Result<u64, CallError> {
        // What is used of it moves by itself, and is asked elsewhere.
        let told = self.ask_of("nvmlDeviceGetMemoryInfo_v2", format_args!("total"), |device| {
            device.memory_info().map(|memory| memory.total).map_err(Answer::from)
        });
        match told {
            Err(error) if error.answer.is_too_old() => {
                self.ask_of("nvmlDeviceGetMemoryInfo", format_args!("total"), ffi::memory_total)
            }
            told => told,
        }
    }

    /// Current and pending mode, as NVML's numbers: 1 is on, 0 is off.
    pub(in crate::hardware) fn mig_mode(&self) -> Result<(u32, u32), CallError> {
        self.ask("nvmlDeviceGetMigMode", |device| {
            device.mig_mode().map(|mode| (mode.current, mode.pending)).map_err(Answer::from)
        })
    }

    /// One GPU-instance profile, as far as the edition tells it.
    pub(in crate::hardware) fn profile(
        &self,
        edition: Edition,
        which: Which,
    ) -> Result<ProfileFacts, CallError> {
        let live = |device: &Device<'s>| ffi::profile(device, edition, which);
        match which {
            Which::Enum(number) => {
                self.ask_of(edition.call(), format_args!("enum {number}, {edition}"), live)
            }
            Which::Id(id) => {
                let call = "nvmlDeviceGetGpuInstanceProfileInfoByIdV";
                self.ask_of(call, format_args!("profile {id}, {edition}"), live)
            }
        }
    }

    /// Where instances of a profile can be put.
    pub(in crate::hardware) fn placements(&self, profile: u32) -> Result<Vec<Span>, CallError> {
        let call = "nvmlDeviceGetGpuInstancePossiblePlacements_v2";
        self.ask_of(call, format_args!("profile {profile}"), |device| ffi::placements(device, profile))
    }

    /// How many more of a profile the driver would make now.
    pub(in crate::hardware) fn remaining(&self, profile: u32) -> Result<u32, CallError> {
        let call = "nvmlDeviceGetGpuInstanceRemainingCapacity";
        self.ask_of(call, format_args!("profile {profile}"), |device| ffi::remaining(device, profile))
    }

    /// The instances of one profile, `expected` of them at most by what the driver told.
    pub(in crate::hardware) fn instances(
        &self,
        profile: u32,
        expected: u32,
    ) -> Result<Vec<Instance<'s>>, CallError> {
        let mut handles = Vec::new();
        let call = "nvmlDeviceGetGpuInstances";
        let count: usize = self.ask_of(call, format_args!("profile {profile}"), |device| {
            handles = ffi::instances(device, profile, expected)?;
            Ok(handles.len())
        })?;
        let mut handles = handles.into_iter();
        let one =
            |number| Instance { handle: handles.next(), found: format!("{number} of profile {profile}") };
        Ok((0..count.min(INSTANCE_LIMIT)).map(one).collect())
    }

    pub(in crate::hardware) fn instance_info(
        &self,
        instance: &Instance<'s>,
    ) -> Result<InstanceFacts, CallError> {
        self.ask_of("nvmlGpuInstanceGetInfo", format_args!("{}", instance.found), |device| {
            ffi::instance_info(device, real(&instance.handle)?)
        })
    }

    pub(in crate::hardware) fn instance_by_id(&self, id: u32) -> Result<Instance<'s>, CallError> {
        let mut handle = None;
        let of = format!("instance {id}");
        self.ask_of("nvmlDeviceGetGpuInstanceById", format_args!("{of}"), |device| {
            handle = Some(ffi::instance_by_id(device, id)?);
            Ok(())
        })?;
        Ok(Instance { handle, found: of })
    }

    /// How many MIG devices the GPU can have at most.
    pub(in crate::hardware) fn mig_device_limit(&self) -> Result<u32, CallError> {
        self.ask("nvmlDeviceGetMaxMigDeviceCount", |device| device.mig_device_count().map_err(Answer::from))
    }

    /// The MIG device of this index. Compute instances are MIG devices.
    pub(in crate::hardware) fn mig_device(&self, index: u32) -> Result<MigDevice<'s>, CallError> {
        let mut found = None;
        let call = "nvmlDeviceGetMigDeviceHandleByIndex";
        self.ask_of(call, format_args!("MIG device {index}"), |device| {
            found = Some(ffi::mig_device(device, index)?);
            Ok(())
        })?;
        Ok(MigDevice { device: found, index })
    }

    /// The GPU instance that a MIG device is in.
    pub(in crate::hardware) fn mig_device_instance(&self, mig: &MigDevice<'s>) -> Result<u32, CallError> {
        self.ask_of("nvmlDeviceGetGpuInstanceId", format_args!("MIG device {}", mig.index), |_| {
            ffi::instance_id_of_mig_device(real(&mig.device)?)
        })
    }

    /// The compute instance that a MIG device is, by its id in its GPU instance.
    pub(in crate::hardware) fn mig_device_compute(&self, mig: &MigDevice<'s>) -> Result<u32, CallError> {
        self.ask_of("nvmlDeviceGetComputeInstanceId", format_args!("MIG device {}", mig.index), |_| {
            ffi::compute_instance_id(real(&mig.device)?)
        })
    }

    pub(in crate::hardware) fn compute_instance(
        &self,
        instance: &Instance<'s>,
        id: u32,
    ) -> Result<ComputeFacts, CallError> {
        let of = format_args!("compute instance {id} in {}", instance.found);
        self.ask_of("nvmlComputeInstanceGetInfo_v2", of, |device| {
            ffi::compute_instance(device, real(&instance.handle)?, id)
        })
    }
}
