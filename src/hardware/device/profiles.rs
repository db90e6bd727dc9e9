//! What a GPU can be cut into. Asked only where MIG is on: the answers with names need that.

use super::{Gone, Reading, place};
use crate::hardware::names;
use crate::hardware::nvml::{Answer, CallError, Edition, ProfileFacts, Which};
use crate::model::{DeviceProblem, Engines, GpuInstanceProfile, ProfileId, SlicePlacement};

/// Profile enums that are tried in any case: `nvml.h` of 2026 knows 0 to 17.
const KNOWN_ENUMS: u32 = 0x12;

/// Enums after which a driver that called the last [`BEYOND`] of them invalid knows no more. The header counts them
/// without gaps (`NVML_GPU_INSTANCE_PROFILE_COUNT`), and has added three at most from one release to the next.
const BEYOND: u32 = 16;

/// Where it ends whatever a driver answers.
const LAST_ENUM: u32 = 0xff;

impl Reading<'_> {
    /// Every profile that an enum describes, in the newest edition of the answer that this driver speaks.
    pub(super) fn profiles(&mut self) -> Result<(), Gone> {
        for edition in Edition::ALL {
            if self.profiles_in(edition)? {
                return Ok(());
            }
        }
        // In MIG mode a GPU has profiles. One that tells none could have instances that nobody sees.
        let answer = Answer::Nonsense("MIG is on, and there is no profile".to_owned());
        self.note(CallError { call: Edition::V3.call(), answer }.blinding())
    }

    /// Whether the driver speaks this edition.
    fn profiles_in(&mut self, edition: Edition) -> Result<bool, Gone> {
        let mut spoken = false;
        let mut invalid = 0;
        for number in 0..=LAST_ENUM {
            match self.handle.profile(edition, Which::Enum(number)) {
                Ok(facts) => {
                    spoken = true;
                    invalid = 0;
                    self.describe(&facts, Some(number))?;
                }
                Err(error) if error.answer == Answer::INVALID_ARGUMENT => {
                    invalid += 1;
                    if number >= KNOWN_ENUMS && invalid >= BEYOND {
                        break;
                    }
                }
                Err(error) if error.answer == Answer::NOT_SUPPORTED => invalid = 0,
                // That is said of the edition, and so of every enum.
                Err(error) if error.answer.is_too_old() && edition != Edition::V1 && !spoken => break,
                Err(error) => {
                    spoken = true;
                    invalid = 0;
                    self.note(error.blinding())?;
                }
            }
        }
        Ok(spoken)
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
            engines: engines(facts),
            placements,
        };
        self.gpu.profiles.insert(id, profile);
        Ok(())
    }

    /// How many more of each profile fit now. For people; who may not see instances may not see this either, and
    /// was told so.
    pub(super) fn remaining(&mut self) -> Result<(), Gone> {
        let denied = |problem: &DeviceProblem| matches!(problem, DeviceProblem::NoPermission { .. });
        if self.gpu.problems.iter().any(denied) {
            return Ok(());
        }
        let profiles: Vec<ProfileId> = self.gpu.profiles.keys().copied().collect();
        for profile in profiles {
            match self.handle.remaining(profile.get()) {
                Err(error) if error.answer.is_not_this_one() => {}
                answer => {
                    if let Some(count) = self.figure(answer)? {
                        self.gpu.remaining.insert(profile, count);
                    }
                }
            }
        }
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

fn engines(facts: &ProfileFacts) -> Engines {
    let [copy, decoders, encoders, jpeg, optical_flow] = facts.engines;
    Engines { copy, decoders, encoders, jpeg, optical_flow }
}
