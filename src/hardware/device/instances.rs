//! What a GPU is cut into. Asked only where MIG is on.

use super::{Gone, Reading, place};
use crate::hardware::nvml::{Answer, CallError, Edition, InstanceFacts, Which};
use crate::model::{DeviceProblem, GpuInstance, GpuInstanceId, ProfileId};

/// MIG devices beyond which a limit is not believed. Compute instances count here: 7 by 7 at most so far.
const MIG_DEVICE_LIMIT: u32 = 64;

impl Reading<'_> {
    /// The GPU instances, profile by profile: the driver lists them in no other way. One profile may be
    /// denied; a GPU in MIG mode that denies all of them is not believed to have no instance.
    pub(super) fn instances(&mut self) -> Result<(), Gone> {
        let known: Vec<(u32, u32)> =
            self.gpu.profiles.values().map(|profile| (profile.id.get(), profile.max_instances)).collect();
        let mut denied = None;
        let mut listed = false;
        for (profile, expected) in known {
            match self.instances_of(profile, expected)? {
                Ok(()) => listed = true,
                Err(error) => denied = Some(error),
            }
        }
        match denied {
            Some(error) if !listed => self.note(error.blinding()),
            _ => Ok(()),
        }
    }

    /// The inner error: NVML denies having such a profile here.
    fn instances_of(&mut self, profile: u32, expected: u32) -> Result<Result<(), CallError>, Gone> {
        match self.handle.instances(profile, expected) {
            Ok(instances) => {
                for instance in &instances {
                    match self.handle.instance_info(instance) {
                        Ok(facts) => self.keep(facts),
                        Err(error) => self.note(error.blinding())?,
                    }
                }
                Ok(Ok(()))
            }
            Err(error) if error.answer.is_not_this_one() => Ok(Err(error)),
            Err(error) => self.note(error.blinding()).map(Ok),
        }
    }

    fn keep(&mut self, facts: InstanceFacts) {
        let id = GpuInstanceId::new(facts.id);
        let placement = place(facts.span);
        let (profile, compute) = (ProfileId::new(facts.profile), Default::default());
        let instance = GpuInstance { id, profile, placement, compute };
        self.gpu.instances.insert(id, instance);
    }

    /// Looks through the MIG devices for GPU instances that no profile led to. Instances are counted, never
    /// MIG devices: those stand for compute instances, which a vGPU host need not have.
    pub(super) fn strays(&mut self) -> Result<(), Gone> {
        if self.gpu.problems.iter().any(|problem| matches!(problem, DeviceProblem::NoPermission { .. })) {
            return Ok(());
        }
        let limit = match self.handle.mig_device_limit() {
            Ok(limit) => limit.min(MIG_DEVICE_LIMIT),
            Err(error) => return self.note(error.missing()),
        };
        for index in 0..limit {
            match self.handle.mig_device_instance(index) {
                Ok(id) if self.gpu.instances.contains_key(&GpuInstanceId::new(id)) => {}
                Ok(id) => self.stray(id)?,
                Err(error) if error.answer.is_not_this_one() || error.answer == Answer::NOT_FOUND => {}
                Err(error) => self.note(error.missing())?,
            }
        }
        Ok(())
    }

    fn stray(&mut self, id: u32) -> Result<(), Gone> {
        let found = self.handle.instance_by_id(id).and_then(|handle| self.handle.instance_info(&handle));
        let facts = match found {
            Ok(facts) => facts,
            // Destroyed since the MIG device was asked.
            Err(error) if error.answer == Answer::NOT_FOUND => return Ok(()),
            Err(error) => return self.note(error.blinding()),
        };
        self.keep(facts);
        let profile = ProfileId::new(facts.profile);
        if self.gpu.profiles.contains_key(&profile) {
            return Ok(());
        }
        for edition in [Edition::V3, Edition::V2] {
            if let Ok(described) = self.handle.profile(edition, Which::Id(facts.profile)) {
                self.describe(&described, None)?;
                // Denied or not: the instance that led here is known.
                return self.instances_of(described.id, described.instances).map(|_| ());
            }
        }
        self.note(DeviceProblem::UnknownProfile { instance: GpuInstanceId::new(facts.id), profile })
    }
}
