//! What all instances of a GPU share, and how much of it one has.

use std::fmt;

use crate::model::{Gpu, GpuInstanceProfile, Slots};

/// What the instances of one GPU share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Board {
    /// Its memory slots: as far as any placement of any profile reaches. 0 where no profile is known.
    pub slots: Slots,
    /// Its compute slices: those of the largest profile, which is the whole GPU on every model there is.
    pub compute_slices: u32,
}

impl Board {
    /// From the profiles that the driver offers for the GPU.
    pub fn of<'a>(profiles: impl IntoIterator<Item = &'a GpuInstanceProfile>) -> Self {
        let (mut slots, mut compute_slices) = (0, 0);
        for profile in profiles {
            let ends = profile.placements.iter().map(|p| p.start.get().saturating_add(p.size.get()));
            slots = ends.max().unwrap_or(0).max(slots);
            compute_slices = profile.compute_slices.max(compute_slices);
        }
        Board { slots: Slots::new(slots), compute_slices }
    }

    /// From a GPU as it is. It has at least the compute slices that its instances have, whatever its profiles say:
    /// a driver may leave out the largest one.
    pub fn of_gpu(gpu: &Gpu) -> Self {
        let board = Board::of(gpu.profiles.values());
        Board { compute_slices: board.compute_slices.max(compute_in_use(gpu)), ..board }
    }

    /// The share of the compute slices that an instance of the profile has: 1/7 for an A100's 1g.5gb.
    pub fn compute(&self, profile: &GpuInstanceProfile) -> Fraction {
        Fraction { part: profile.compute_slices, whole: self.compute_slices }
    }

    /// The share of the memory slots that it has: 1/8 for an A100's 1g.5gb. `None` where the driver did not
    /// tell its placements.
    pub fn memory(&self, profile: &GpuInstanceProfile) -> Option<Fraction> {
        let part = profile.placements.iter().map(|placement| placement.size.get()).min()?;
        Some(Fraction { part, whole: self.slots.get() })
    }
}

/// Compute slices of the instances that exist. One of a profile that the driver does not describe counts none:
/// nobody knows how many it has.
pub(super) fn compute_in_use(gpu: &Gpu) -> u32 {
    let profiles = gpu.instances.values().filter_map(|instance| gpu.profiles.get(&instance.profile));
    profiles.map(|profile| profile.compute_slices).fold(0, u32::saturating_add)
}

/// A share, not reduced: 2/8 says more of a GPU than 1/4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Fraction {
    pub part: u32,
    pub whole: u32,
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.part, self.whole))
    }
}
