//! What a GPU is cut into. Asked only where MIG is on.

use std::collections::BTreeSet;

use super::{Gone, Reading, place};
use crate::hardware::nvml::{Answer, CallError, Edition, Instance, InstanceFacts, Which};
use crate::model::{DeviceProblem, GpuInstance, GpuInstanceId, ProfileId};

impl<'s> Reading<'s> {
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
    pub(super) fn instances_of(
        &mut self,
        profile: u32,
        expected: u32,
    ) -> Result<Result<(), CallError>, Gone> {
        match self.handle.instances(profile, expected) {
            Ok(instances) => {
                for instance in instances {
                    match self.handle.instance_info(&instance) {
                        Ok(facts) => self.keep(facts, instance),
                        Err(error) => self.note(error.blinding())?,
                    }
                }
                Ok(Ok(()))
            }
            Err(error) if error.answer.is_not_this_one() => Ok(Err(error)),
            Err(error) => self.note(error.blinding()).map(Ok),
        }
    }

    pub(super) fn keep(&mut self, facts: InstanceFacts, found: Instance<'s>) {
        let id = GpuInstanceId::new(facts.id);
        let (profile, placement) = (ProfileId::new(facts.profile), place(facts.span));
        let instance = GpuInstance { id, profile, placement, compute: BTreeSet::new() };
        self.gpu.instances.insert(id, instance);
        self.found.insert(id, found);
    }

    /// A GPU instance that no profile led to.
    pub(super) fn stray(&mut self, id: GpuInstanceId) -> Result<(), Gone> {
        let found = self.handle.instance_by_id(id.get());
        let found = found.and_then(|found| Ok((self.handle.instance_info(&found)?, found)));
        let (facts, found) = match found {
            Ok(found) => found,
            // Destroyed since it was heard of.
            Err(error) if error.answer == Answer::NOT_FOUND => return Ok(()),
            Err(error) => return self.note(error.blinding()),
        };
        self.keep(facts, found);
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
