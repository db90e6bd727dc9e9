//! vGPUs. A GPU of a host without vGPU manager is asked one question, and says that it is not supported.

use uuid::Uuid;

use super::{Gone, Reading};
use crate::hardware::nvml::{Answer, CallError};
use crate::model::{
    ActiveVgpu, GpuInstanceId, HostVgpuMode, ProfileId, VgpuInstanceId, VgpuType, VgpuTypeId,
};

/// `INVALID_GPU_INSTANCE_PROFILE_ID` and `INVALID_GPU_INSTANCE_ID`.
const INVALID_ID: u32 = u32::MAX;

/// `NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU`: the GPU is one of a vGPU host.
const VIRTUALIZATION_HOST_VGPU: u32 = 3;

impl Reading<'_> {
    pub(super) fn vgpus(&mut self) -> Result<(), Gone> {
        match self.handle.host_vgpu_mode() {
            Ok(0) => self.gpu.vgpu.host_mode = Some(HostVgpuMode::NonSriov),
            Ok(1) => self.gpu.vgpu.host_mode = Some(HostVgpuMode::Sriov),
            Ok(other) => {
                let answer = Answer::Nonsense(format!("host vGPU mode {other}"));
                self.note(CallError { call: "nvmlDeviceGetHostVgpuMode", answer }.missing())?;
            }
            Err(error) if error.answer == Answer::NOT_SUPPORTED => return Ok(()),
            // Older than the call, or in trouble: the list of types tells more.
            Err(error) => drop(self.figure::<()>(Err(error))?),
        }
        match self.handle.vgpu_types() {
            Ok(types) => {
                for id in types {
                    self.vgpu_type(id)?;
                }
            }
            Err(error) if error.answer.is_absence() && !self.hands_out_vgpus() => {
                self.gpu.vgpu.host_mode = None;
                return Ok(());
            }
            // Nothing could be told of what its virtual functions are, or could be.
            Err(error) => return self.note(error.blinding()),
        }
        // NVML has no such mode with MIG on.
        if !self.gpu.mig.is_on() {
            self.gpu.vgpu.heterogeneous = self.figure(self.handle.vgpu_heterogeneous())?;
        }
        let creatable = self.figure(self.handle.creatable_vgpu_types())?.unwrap_or_default();
        self.gpu.vgpu.creatable = creatable.into_iter().map(VgpuTypeId::new).collect();
        for id in self.figure(self.handle.active_vgpus())?.unwrap_or_default() {
            self.active(id)?;
        }
        Ok(())
    }

    /// Whether a GPU that told a host vGPU mode and then denies having types is in that mode all the same: two
    /// answers that contradict each other, of which a third decides.
    fn hands_out_vgpus(&self) -> bool {
        self.gpu.vgpu.host_mode.is_some()
            && self.handle.virtualization_mode().map_or(true, |mode| mode == VIRTUALIZATION_HOST_VGPU)
    }

    /// A type is its name and where it lives: without either it could only be offered wrongly, and what a GPU has
    /// of it not at all. Everything else may be absent.
    fn vgpu_type(&mut self, id: u32) -> Result<(), Gone> {
        let name = match self.handle.vgpu_type_name(id) {
            Ok(name) if !name.is_empty() => name,
            Ok(_) => {
                let answer = Answer::Nonsense(format!("vGPU type {id} has no name"));
                return self.note(CallError { call: "nvmlVgpuTypeGetName", answer }.blinding());
            }
            Err(error) => return self.note(error.blinding()),
        };
        let profile = match self.handle.vgpu_type_profile(id) {
            Ok(INVALID_ID) => None,
            Ok(profile) => Some(ProfileId::new(profile)),
            // A driver older than vGPUs inside MIG.
            Err(error) if error.answer.is_absence() => None,
            Err(error) => return self.note(error.blinding()),
        };
        let max_per_gpu_instance = match profile {
            Some(_) => self.figure(self.handle.vgpu_type_limit_per_gpu_instance(id))?,
            None => None,
        };
        let described = VgpuType {
            id: VgpuTypeId::new(id),
            name,
            class: self.figure(self.handle.vgpu_type_class(id))?,
            framebuffer_mib: self.figure(self.handle.vgpu_type_framebuffer(id))?.map(|bytes| bytes >> 20),
            max_instances: self.figure(self.handle.vgpu_type_limit(id))?,
            max_per_gpu_instance,
            max_per_vm: self.figure(self.handle.vgpu_type_limit_per_vm(id))?,
            profile,
        };
        self.gpu.vgpu.types.insert(described.id, described);
        Ok(())
    }

    fn active(&mut self, id: u32) -> Result<(), Gone> {
        let vgpu_type = match self.handle.vgpu_type_of(id) {
            Ok(vgpu_type) => VgpuTypeId::new(vgpu_type),
            // Its guest has ended since.
            Err(error) if error.answer == Answer::NOT_FOUND => return Ok(()),
            Err(error) => return self.note(error.missing()),
        };
        let instance = self.figure(self.handle.vgpu_gpu_instance(id))?.filter(|id| *id != INVALID_ID);
        let vm = self.figure(self.handle.vgpu_vm(id))?;
        let mdev = self.figure(self.handle.vgpu_mdev(id))?;
        let active = ActiveVgpu {
            id: VgpuInstanceId::new(id),
            uuid: self.figure(self.handle.vgpu_uuid(id))?.unwrap_or_default(),
            vgpu_type,
            vm: vm.map(|vm| vm.id).filter(|id| !id.is_empty()),
            instance: instance.map(GpuInstanceId::new),
            mdev: mdev.and_then(|text| Uuid::try_parse(&text).ok()).filter(|uuid| !uuid.is_nil()),
        };
        self.gpu.vgpu.active.insert(active.id, active);
        Ok(())
    }
}
