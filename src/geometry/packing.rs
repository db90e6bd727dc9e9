//! Packing by placements: exact, by the set of slot masks that can be reached.

use std::collections::BTreeSet;

use crate::model::{GpuInstanceProfile, SlicePlacement, Slots};

use super::Board;

/// Most sets of occupied slots that are followed at once. A GPU of 16 slots, a third more than any has, stays
/// below it whatever its profiles; beyond it some are forgotten, which errs on the side of less.
const MOST_ARRANGEMENTS: usize = 1 << 14;

/// What matters of a profile for packing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Where an instance can be put.
    pub placements: Vec<SlicePlacement>,
    /// How many the GPU can hold at most, whatever the slots say (media engines are scarcer than slots).
    pub max_instances: u32,
    /// Compute slices that one takes.
    pub compute_slices: u32,
}

impl From<&GpuInstanceProfile> for Shape {
    fn from(profile: &GpuInstanceProfile) -> Self {
        Shape {
            placements: profile.placements.clone(),
            max_instances: profile.max_instances,
            compute_slices: profile.compute_slices,
        }
    }
}

impl Shape {
    /// The GPU as one piece, not cut: what time-sliced vGPUs share.
    pub fn whole_gpu() -> Self {
        let all = SlicePlacement { start: Slots::new(0), size: Slots::new(64) };
        Shape { placements: vec![all], max_instances: 1, compute_slices: 0 }
    }

    /// Slots that one instance takes: its smallest placement. 0 for a shape without any.
    pub fn size(&self) -> Slots {
        self.placements.iter().map(|placement| placement.size).min().unwrap_or(Slots::new(0))
    }

    fn masks(&self) -> Vec<u64> {
        self.placements.iter().filter_map(|p| mask(*p)).collect()
    }
}

/// The slots of a placement as bits. `None` for an empty one and beyond 64 slots (five times the most that
/// any GPU has): such a placement is never used, which errs on the side of offering less.
pub(super) fn mask(placement: SlicePlacement) -> Option<u64> {
    let (start, size) = (placement.start.get(), placement.size.get());
    let end = start.checked_add(size)?;
    if size == 0 || end > 64 {
        return None;
    }
    Some((u64::MAX >> (64 - size)) << start)
}

/// Every set of occupied slots that some arrangement of the same instances leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrangements {
    occupied: BTreeSet<u64>,
    /// Compute slices that are left, the same in every arrangement.
    compute: u32,
}

impl Arrangements {
    /// The empty GPU.
    pub(super) fn empty(board: Board) -> Self {
        Arrangements::beside(board, 0, 0)
    }

    /// A GPU on which these slots and compute slices are taken.
    pub(super) fn beside(board: Board, taken: u64, compute: u32) -> Self {
        let compute = board.compute_slices.saturating_sub(compute);
        Arrangements { occupied: BTreeSet::from([taken]), compute }
    }

    /// With one instance more. `None` if there is no arrangement that has room for it.
    pub(super) fn with(&self, shape: &Shape) -> Option<Self> {
        let compute = self.compute.checked_sub(shape.compute_slices)?;
        let masks = shape.masks();
        let room = |taken: u64| masks.iter().filter(move |m| taken & **m == 0).map(move |m| taken | m);
        let mut occupied = BTreeSet::new();
        for taken in self.occupied.iter().flat_map(|taken| room(*taken)) {
            if occupied.len() == MOST_ARRANGEMENTS {
                break;
            }
            occupied.insert(taken);
        }
        (!occupied.is_empty()).then_some(Arrangements { occupied, compute })
    }

    /// With that many instances more, all of one shape that has none yet.
    pub(super) fn with_many(&self, shape: &Shape, count: u32) -> Option<Self> {
        if count > shape.max_instances {
            return None;
        }
        (0..count).try_fold(self.clone(), |arrangements, _| arrangements.with(shape))
    }
}

/// Whether that many instances of each shape fit on one GPU together.
pub fn fits(board: Board, wanted: &[(&Shape, u32)]) -> bool {
    let start = Some(Arrangements::empty(board));
    wanted.iter().fold(start, |all, (shape, count)| all?.with_many(shape, *count)).is_some()
}
