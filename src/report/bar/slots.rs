//! The slots of a GPU in MIG mode.

use super::{Bar, Part, Segment, Unit};
use crate::geometry::slot_map;
use crate::model::{Gpu, GpuInstance};
use crate::report::words::profile_name;

pub(super) fn bar(gpu: &Gpu) -> Option<Bar> {
    let map = slot_map(gpu)?;
    let mut segments: Vec<Segment> = Vec::new();
    for run in map.runs {
        let part = run.instance.map(|instance| part(gpu, instance));
        segments.push(Segment { start: run.start, size: run.size, part });
    }
    Some(Bar { total: map.slots, unit: Unit::Slot, segments })
}

fn part(gpu: &Gpu, instance: &GpuInstance) -> Part {
    let here = gpu.vgpu.active.values().filter(|vgpu| vgpu.instance == Some(instance.id));
    // Only the host driver for vGPUs knows of guests.
    let guests = gpu.vgpu.host_mode.map(|_| here.map(|vgpu| vgpu.vm.clone()).collect());
    let mut ill: Vec<String> = Vec::new();
    if !gpu.profiles.contains_key(&instance.profile) {
        ill.push("the driver does not describe its profile".to_owned());
    }
    let xids = gpu.health.xids.iter().filter(|xid| xid.instance == Some(instance.id));
    ill.extend(xids.map(|xid| format!("XID {}", xid.code)));
    Part {
        name: profile_name(gpu, instance.profile),
        instance: Some(format!("GPU instance {}", instance.id)),
        guests,
        ill: (!ill.is_empty()).then(|| ill.join(", ")),
    }
}
