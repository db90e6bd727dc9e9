//! MIG devices: they lead to GPU instances that no profile led to, and they are the compute instances.

use super::{Gone, Reading};
use crate::hardware::nvml::{Answer, CallError, ComputeFacts};
use crate::model::{ComputeInstance, DeviceProblem, GpuInstanceId};

/// MIG devices beyond which a limit is not believed. Compute instances count here: 7 by 7 at most so far.
const MIG_DEVICE_LIMIT: u32 = 64;

impl Reading<'_> {
    /// Looks through the MIG devices. GPU instances are counted by themselves, never by MIG devices: those stand
    /// for compute instances, which a vGPU host need not have.
    pub(super) fn mig_devices(&mut self) -> Result<(), Gone> {
        let denied = |problem: &DeviceProblem| matches!(problem, DeviceProblem::NoPermission { .. });
        if self.gpu.problems.iter().any(denied) {
            return Ok(());
        }
        let limit = match self.handle.mig_device_limit() {
            Ok(limit) => limit.min(MIG_DEVICE_LIMIT),
            Err(error) => return self.note(error.missing()),
        };
        for index in 0..limit {
            self.mig_device(index)?;
        }
        Ok(())
    }

    fn mig_device(&mut self, index: u32) -> Result<(), Gone> {
        let found = self.handle.mig_device(index);
        let found = found.and_then(|mig| Ok((self.handle.mig_device_instance(&mig)?, mig)));
        let (id, mig) = match found {
            Ok((id, mig)) => (GpuInstanceId::new(id), mig),
            // No MIG device of this index, or destroyed since.
            Err(error) if error.answer.is_not_this_one() || error.answer == Answer::NOT_FOUND => {
                return Ok(());
            }
            Err(error) => return self.note(error.missing()),
        };
        if !self.gpu.instances.contains_key(&id) {
            self.stray(id)?;
        }
        let facts = match self.found.get(&id) {
            Some(instance) => self
                .handle
                .mig_device_compute(&mig)
                .and_then(|compute| self.handle.compute_instance(instance, compute)),
            // Whatever it was in is gone.
            None => return Ok(()),
        };
        self.keep_compute(id, facts)
    }

    fn keep_compute(
        &mut self,
        id: GpuInstanceId,
        facts: Result<ComputeFacts, CallError>,
    ) -> Result<(), Gone> {
        let facts = match facts {
            // Destroyed since the MIG device was asked.
            Err(error) if error.answer == Answer::NOT_FOUND => return Ok(()),
            facts => self.figure(facts)?,
        };
        if let (Some(facts), Some(instance)) = (facts, self.gpu.instances.get_mut(&id)) {
            let ComputeFacts { id, profile, start, size } = facts;
            instance.compute.insert(ComputeInstance { id, profile, start, size });
        }
        Ok(())
    }
}
