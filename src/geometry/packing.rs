//! Packing by placements: exact, by the set of slot masks that can be reached.

use std::collections::BTreeSet;

use crate::model::{GpuInstanceProfile, SlicePlacement, Slots};

/// What matters of a profile for packing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Where an instance can be put.
    pub placements: Vec<SlicePlacement>,
    /// How many the GPU can hold at most, whatever the slots say (media engines are scarcer than slots).
    pub max_instances: u32,
}

impl From<&GpuInstanceProfile> for Shape {
    fn from(profile: &GpuInstanceProfile) -> Self {
        Shape { placements: profile.placements.clone(), max_instances: profile.max_instances }
    }
}

impl Shape {
    /// Slots that one instance takes: its smallest placement. 0 for a shape without any.
    pub fn size(&self) -> Slots {
        self.placements.iter().map(|placement| placement.size).min().unwrap_or(Slots::new(0))
    }

    fn masks(&self) -> Vec<u64> {
        self.placements.iter().filter_map(|p| mask(*p)).collect()
    }
}

/// The slots of a GPU: as far as any placement of any of its profiles reaches.
pub fn total_slots<'a>(profiles: impl IntoIterator<Item = &'a GpuInstanceProfile>) -> Slots {
    let ends = profiles.into_iter().flat_map(|profile| &profile.placements);
    Slots::new(ends.map(|p| p.start.get().saturating_add(p.size.get())).max().unwrap_or(0))
}

/// The slots of a placement as bits. `None` for an empty one and beyond 64 slots (five times the most that
/// any GPU has): such a placement is never used, which errs on the side of offering less.
fn mask(placement: SlicePlacement) -> Option<u64> {
    let (start, size) = (placement.start.get(), placement.size.get());
    let end = start.checked_add(size)?;
    if size == 0 || end > 64 {
        return None;
    }
    Some((u64::MAX >> (64 - size)) << start)
}

/// Every set of occupied slots that some arrangement of instances leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrangements(BTreeSet<u64>);

impl Arrangements {
    /// The empty GPU.
    pub(super) fn empty() -> Self {
        Arrangements(BTreeSet::from([0]))
    }

    /// With one instance more. `None` if there is no arrangement that has room for it.
    pub(super) fn with(&self, shape: &Shape) -> Option<Self> {
        let masks = shape.masks();
        let room = |taken: u64| masks.iter().filter(move |m| taken & **m == 0).map(move |m| taken | m);
        let next: BTreeSet<u64> = self.0.iter().flat_map(|taken| room(*taken)).collect();
        (!next.is_empty()).then_some(Arrangements(next))
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
pub fn fits(wanted: &[(&Shape, u32)]) -> bool {
    let start = Some(Arrangements::empty());
    wanted.iter().fold(start, |all, (shape, count)| all?.with_many(shape, *count)).is_some()
}
