//! The slots of a GPU as they can be drawn: what has them, and where something could still go.

use crate::model::{Gpu, GpuInstance, GpuInstanceProfile, SlicePlacement};

use super::board::Board;

/// No GPU has as many slots; a driver that says so gets no picture.
const MOST_SLOTS: u32 = 24;

/// The slots from left to right, every one of them in exactly one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotMap<'a> {
    /// How many there are; never 0.
    pub slots: u32,
    /// What has them.
    pub runs: Vec<Run<'a>>,
}

/// Neighbouring slots that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// The first of them.
    pub start: u32,
    /// How many there are.
    pub size: u32,
    /// The instance that has them. None: one free slot.
    pub instance: Option<&'a GpuInstance>,
}

/// The slots of a GPU. `None` where they are not known, or too many.
pub fn slot_map(gpu: &Gpu) -> Option<SlotMap<'_>> {
    let slots = Board::of_gpu(gpu).slots.get();
    if !(1..=MOST_SLOTS).contains(&slots) {
        return None;
    }
    let (mut runs, mut start) = (Vec::new(), 0);
    while start < slots {
        let instance = gpu.instances.values().find(|instance| instance.placement.start.get() == start);
        let size = instance.map_or(1, |instance| instance.placement.size.get().clamp(1, slots - start));
        runs.push(Run { start, size, instance });
        start += size;
    }
    Some(SlotMap { slots, runs })
}

/// Where more instances of a profile could go, at most `most` of them, beside each other and beside what exists.
pub fn places(gpu: &Gpu, profile: &GpuInstanceProfile, most: u32) -> Vec<SlicePlacement> {
    let span = |at: &SlicePlacement| {
        let start = at.start.get();
        start..start.saturating_add(at.size.get())
    };
    let taken: Vec<SlicePlacement> = gpu.instances.values().map(|instance| instance.placement).collect();
    let mut places = profile.placements.clone();
    places.sort();
    let (mut found, mut end) = (Vec::new(), 0);
    for place in places {
        let (from, to) = (span(&place).start, span(&place).end);
        let free = taken.iter().all(|other| span(other).end <= from || to <= span(other).start);
        if !free || from < end || found.len() >= most as usize || to > MOST_SLOTS {
            continue;
        }
        found.push(place);
        end = to;
    }
    found
}
