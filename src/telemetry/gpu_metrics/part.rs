//! Figures of GPU instances and of vGPUs.

use std::fmt;

use super::gpu::Seen;
use super::labels::Naming;
use crate::model::{Activity, GpuInstanceId, VgpuInstanceId, VgpuSample, VgpuUse};
use crate::telemetry::out::{Labels, Out};

type Part = (&'static str, &'static str, fn(&Activity) -> Option<f64>);

/// Of a GPU or of a GPU instance.
pub(super) const ACTIVITY: [Part; 3] = [
    ("sm_active_ratio", "Multiprocessors with work, since the sample before", |all| all.multiprocessors),
    ("dram_active_ratio", "Use of the memory's bandwidth, since the sample before", |all| all.memory),
    ("tensor_active_ratio", "Use of the tensor cores, since the sample before", |all| all.tensor),
];

pub(super) fn instances(seen: &[Seen<'_>], naming: &Naming<'_>, out: &mut Out<'_>) -> fmt::Result {
    let each = || {
        seen.iter().flat_map(|one| {
            let samples = one.sample.into_iter().flat_map(|sample| &sample.instances);
            // One that is gone since has no name any more.
            samples
                .filter(|(id, _)| one.gpu.instances.contains_key(id))
                .map(move |(id, sample)| (one, *id, sample))
        })
    };
    let labels = |one: &Seen<'_>, id: GpuInstanceId| joined(one, naming.instance(one.gpu, id));
    for (name, help, part) in ACTIVITY {
        let told = each().filter_map(|(one, id, sample)| Some((labels(one, id), part(&sample.activity?)?)));
        out.gauges(&format!("gpu_instance_{name}"), help, told)?;
    }
    let used = each().filter_map(|(one, id, sample)| Some((labels(one, id), sample.memory?.0 as f64)));
    out.gauges("gpu_instance_framebuffer_used_bytes", "Framebuffer of its MIG device in use", used)?;
    let free = each().filter_map(|(one, id, sample)| Some((labels(one, id), sample.memory?.1 as f64)));
    out.gauges("gpu_instance_framebuffer_free_bytes", "Framebuffer of its MIG device that is free", free)?;
    let processes = each().filter_map(|(one, id, _)| {
        let list = one.sample?.figures.processes.as_ref()?;
        let count = list.iter().filter(|process| process.instance == Some(id)).count();
        Some((labels(one, id), count as f64))
    });
    out.gauges("gpu_instance_processes", "Processes with a compute context in it", processes)
}

type Use = (&'static str, &'static str, fn(&VgpuUse) -> Option<u32>);

const USES: [Use; 4] = [
    ("vgpu_sm_utilization_ratio", "Use of the multiprocessors", |all| all.multiprocessors),
    ("vgpu_memory_utilization_ratio", "Use of the memory's bandwidth", |all| all.memory),
    ("vgpu_encoder_utilization_ratio", "Use of the video encoders", |all| all.encoder),
    ("vgpu_decoder_utilization_ratio", "Use of the video decoders", |all| all.decoder),
];

pub(super) fn vgpus(seen: &[Seen<'_>], naming: &Naming<'_>, out: &mut Out<'_>) -> fmt::Result {
    let each = || {
        seen.iter().flat_map(|one| {
            let samples = one.sample.into_iter().flat_map(|sample| &sample.vgpus);
            samples
                .filter(|(id, _)| one.gpu.vgpu.active.contains_key(id))
                .map(move |(id, sample)| (one, *id, sample))
        })
    };
    let labels = |one: &Seen<'_>, id: VgpuInstanceId| joined(one, naming.vgpu(one.gpu, id));
    let used = each().filter_map(|(one, id, sample)| Some((labels(one, id), sample.memory_used? as f64)));
    out.gauges("vgpu_framebuffer_used_bytes", "Framebuffer in use", used)?;
    for (name, help, part) in USES {
        let told = each().filter_map(|(one, id, sample): (_, _, &VgpuSample)| {
            let percent = part(&sample.use_percent?)?;
            Some((labels(one, id), f64::from(percent) / 100.0))
        });
        out.gauges(name, help, told)?;
    }
    let licensed = each()
        .filter_map(|(one, id, sample)| Some((labels(one, id), if sample.licensed? { 1.0 } else { 0.0 })));
    out.gauges("vgpu_licensed", "Whether its guest has a licence", licensed)
}

fn joined(one: &Seen<'_>, more: Labels) -> Labels {
    let mut labels = one.labels.clone();
    labels.extend(more);
    labels
}
