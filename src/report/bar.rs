//! The room of a GPU as a bar: which part of it has what, and who has that. Drawn by pictures, read out by words.

mod memory;
mod read_out;
mod slots;

pub(super) use read_out::read_out;

use crate::model::Gpu;

/// The room of one GPU from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bar {
    /// How much there is; never 0.
    pub(super) total: u32,
    /// What is counted.
    pub(super) unit: Unit,
    /// All of it, in order.
    pub(super) segments: Vec<Segment>,
}

/// What a bar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Memory slots of a GPU in MIG mode: where something is matters.
    Slot,
    /// MiB of framebuffer that vGPU types share in turns: where something is means nothing.
    Mib,
}

/// A part of the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) start: u32,
    pub(super) size: u32,
    /// What has it. None: it is free.
    pub(super) part: Option<Part>,
}

/// What a part of the room is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// `1g.5gb`, `L40S-8Q`.
    pub(super) name: String,
    /// `GPU instance 9`, where it is one.
    pub(super) instance: Option<String>,
    /// The guests that have it, as far as the driver names them. None: it tells nothing of guests.
    pub(super) guests: Option<Vec<Option<String>>>,
    /// What is wrong with it.
    pub(super) ill: Option<String>,
}

/// The bar of a GPU. `None` where nothing is known of its room, or nothing could be drawn to scale.
pub(super) fn bar(gpu: &Gpu) -> Option<Bar> {
    if gpu.blinded_by().is_some() {
        None
    } else if gpu.mig.is_on() {
        slots::bar(gpu)
    } else {
        memory::bar(gpu)
    }
}
