//! The framebuffer of a GPU whose vGPUs take turns.

use std::collections::BTreeMap;

use super::{Bar, Part, Segment, Unit};
use crate::model::{Gpu, VgpuTypeId};
use crate::report::words::short;

/// More parts than this could not be told apart.
const MOST_PARTS: usize = 64;

/// The vGPUs that run, then those that functions are ready for, then what is left. `None` without any, and where
/// the driver does not tell how large they are, or tells what cannot be.
pub(super) fn bar(gpu: &Gpu) -> Option<Bar> {
    // More than NVML's figure of the memory: types count what the board has, the figure what it leaves.
    let reach = gpu
        .vgpu
        .types
        .values()
        .filter_map(|one| u64::from(one.max_instances?).checked_mul(one.framebuffer_mib?));
    let total = u32::try_from(reach.max()?).ok().filter(|total| *total > 0)?;
    let mut ready: BTreeMap<VgpuTypeId, u32> = BTreeMap::new();
    for id in gpu.functions.values().filter_map(|function| gpu.type_of(function)) {
        *ready.entry(id).or_default() += 1;
    }
    let mut parts = Vec::new();
    for vgpu in gpu.vgpu.active.values() {
        parts.push(part(gpu, vgpu.vgpu_type, vec![vgpu.vm.clone()])?);
        if let Some(count) = ready.get_mut(&vgpu.vgpu_type) {
            *count = count.saturating_sub(1);
        }
    }
    for (id, count) in ready {
        // As many as fit: the rest of the functions are of no use.
        let (size, idle) = part(gpu, id, Vec::new())?;
        let most = total.checked_div(size)?;
        parts.extend(std::iter::repeat_n((size, idle), count.min(most) as usize).take(MOST_PARTS + 1));
    }
    if parts.is_empty() || parts.len() > MOST_PARTS {
        return None;
    }
    let (mut segments, mut start) = (Vec::new(), 0_u32);
    for (size, part) in parts {
        let end = start.checked_add(size)?;
        if end <= total {
            segments.push(Segment { start, size, part: Some(part) });
            start = end;
        } else if part.guests.as_ref().is_some_and(|guests| !guests.is_empty()) {
            return None;
        }
    }
    if start < total {
        segments.push(Segment { start, size: total - start, part: None });
    }
    Some(Bar { total, unit: Unit::Mib, segments })
}

/// How large it is, and what it is. `None` where the type's size is not told.
fn part(gpu: &Gpu, id: VgpuTypeId, guests: Vec<Option<String>>) -> Option<(u32, Part)> {
    let size = gpu.vgpu.types.get(&id)?.framebuffer_mib?;
    let size = u32::try_from(size).ok().filter(|size| *size > 0)?;
    let name = short(&gpu.type_name(id)).to_owned();
    Some((size, Part { name, instance: None, guests: Some(guests), ill: None }))
}
