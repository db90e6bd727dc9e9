//! How many functions of a GPU can really be given a vGPU, and which.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Gpu, ProfileId, VgpuTypeId};

use super::capacity::maximum;

/// A function that Nova would make a vGPU on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Whose: its number in the caller's list.
    pub(super) index: usize,
    pub(super) vgpu_type: VgpuTypeId,
    /// A guest has it, or may have: an allocation, or a mediated device.
    pub(super) in_use: bool,
    /// It carries the traits already.
    pub(super) tagged: bool,
}

/// What there is to give.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    gpu: &'a Gpu,
    /// vGPUs that were counted, by type.
    taken: BTreeMap<VgpuTypeId, u32>,
}

impl<'a> Budget<'a> {
    pub(super) fn of(gpu: &'a Gpu) -> Self {
        Budget { gpu, taken: BTreeMap::new() }
    }

    /// Those that get one: who is in use first, then who has the traits already, then by address. `closed`:
    /// nobody new.
    pub(super) fn spend(mut self, candidates: &mut [Candidate], closed: bool) -> BTreeSet<usize> {
        candidates.sort_by_key(|one| (!one.in_use, !one.tagged, one.index));
        let mut within = BTreeSet::new();
        for one in candidates.iter().filter(|one| one.in_use || !closed) {
            let taken = self.taken.entry(one.vgpu_type).or_default();
            *taken = taken.saturating_add(1);
            if self.fits(one.vgpu_type) {
                within.insert(one.index);
            } else if let Some(taken) = self.taken.get_mut(&one.vgpu_type) {
                *taken -= 1;
            }
        }
        within
    }

    /// Whether what is taken is there, as far as it concerns that type.
    fn fits(&self, id: VgpuTypeId) -> bool {
        match self.profile(id) {
            Some(profile) => self.instances_needed(profile) <= self.instances(profile),
            // Out of MIG mode every type takes its part of the whole GPU.
            None => !self.gpu.mig.is_on() && self.parts_taken().is_some_and(|parts| parts <= WHOLE),
        }
    }

    fn profile(&self, id: VgpuTypeId) -> Option<ProfileId> {
        self.gpu.vgpu.types.get(&id)?.profile
    }

    fn instances(&self, profile: ProfileId) -> u32 {
        let mine = self.gpu.instances.values().filter(|instance| instance.profile == profile);
        u32::try_from(mine.count()).unwrap_or(u32::MAX)
    }

    /// GPU instances of a profile that the vGPUs need: one has vGPUs of one type.
    fn instances_needed(&self, profile: ProfileId) -> u32 {
        let types = self.gpu.vgpu.types.values().filter(|one| one.profile == Some(profile));
        let needed = types.map(|one| {
            let each = one.max_per_gpu_instance.unwrap_or(1).max(1);
            self.taken.get(&one.id).copied().unwrap_or(0).div_ceil(each)
        });
        needed.fold(0, u32::saturating_add)
    }

    /// Parts of the whole GPU that are taken. None where nobody tells how many of a type there can be.
    fn parts_taken(&self) -> Option<u64> {
        let whole = self.taken.iter().filter(|(id, taken)| **taken > 0 && self.profile(**id).is_none());
        let part = |(id, taken): (&VgpuTypeId, &u32)| {
            let most = maximum(self.gpu, *id).filter(|most| *most > 0)?;
            Some(u64::from(*taken) * WHOLE.div_ceil(u64::from(most)))
        };
        whole.map(part).sum()
    }
}

/// Divisible by every count up to 16 and by 32, 48 and 64, so that parts add up.
const WHOLE: u64 = 720_720 * 4;
