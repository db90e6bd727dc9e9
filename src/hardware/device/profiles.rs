//! What a GPU can be cut into. Asked only where MIG is on: the answers with names need that.

use super::{Gone, Reading, place};
use crate::hardware::names;
use crate::hardware::nvml::{Answer, CallError, Edition, ProfileFacts, Which};
use crate::model::{DeviceProblem, GpuInstanceProfile, ProfileId, SlicePlacement};

/// Profile enums that are tried. `nvml.h` of 2026 knows 0 to 17, and later ones add to it.
const PROFILE_ENUMS: std::ops::RangeInclusive<u32> = 0..=0x3f;

impl Reading<'_> {
    /// Every profile that an enum describes, in the newest edition of the answer that this driver speaks.
    pub(super) fn profiles(&mut self) -> Result<(), Gone> {
        for edition in Edition::ALL {
            let mut spoken = false;
            for number in PROFILE_ENUMS {
                match self.handle.profile(edition, Which::Enum(number)) {
                    Ok(facts) => {
                        spoken = true;
                        self.describe(&facts, Some(number))?;
                    }
                    Err(error) if error.answer.is_not_this_one() => {}
                    Err(error) if error.answer.is_too_old() && edition != Edition::V1 => {}
                    Err(error) => {
                        spoken = true;
                        self.note(error.blinding())?;
                    }
                }
            }
            if spoken {
                return Ok(());
            }
        }
        // In MIG mode a GPU has profiles. One that tells none could have instances that nobody sees.
        let answer = Answer::Nonsense("MIG is on, and there is no profile".to_owned());
        self.note(CallError { call: Edition::V3.call(), answer }.blinding())
    }

    pub(super) fn describe(&mut self, facts: &ProfileFacts, number: Option<u32>) -> Result<(), Gone> {
        let id = ProfileId::new(facts.id);
        if self.gpu.profiles.contains_key(&id) {
            return Ok(());
        }
        let name = match names::told(facts) {
            Some(name) => name,
            None => {
                let error = "it tells no names of profiles; they are made from slices and memory".to_owned();
                let call = "nvmlDeviceGetGpuInstanceProfileInfo";
                self.note(DeviceProblem::Missing { call, error })?;
                names::made_up(facts, number, self.total_bytes)
            }
        };
        let placements = self.placements(facts.id)?;
        let profile = GpuInstanceProfile {
            id,
            name,
            compute_slices: facts.slices,
            multiprocessors: facts.multiprocessors,
            memory_mib: facts.memory_mib,
            max_instances: facts.instances,
            engines: Default::default(),
            placements,
        };
        self.gpu.profiles.insert(id, profile);
        Ok(())
    }

    /// Sorted, so that two scans are equal whatever the driver's order.
    fn placements(&mut self, profile: u32) -> Result<Vec<SlicePlacement>, Gone> {
        match self.handle.placements(profile) {
            Ok(spans) => {
                let mut placements: Vec<_> = spans.into_iter().map(place).collect();
                placements.sort_unstable();
                placements.dedup();
                Ok(placements)
            }
            Err(error) if error.answer.is_not_this_one() => Ok(Vec::new()),
            // Whoever may not see this may not see instances either: that blinds.
            Err(error) if error.answer == Answer::NO_PERMISSION => {
                self.note(error.blinding()).map(|()| Vec::new())
            }
            Err(error) => self.note(error.missing()).map(|()| Vec::new()),
        }
    }
}
