//! Figures of whole GPUs.

use std::fmt;

use super::labels::Naming;
use crate::model::{Figures, Gpu, GpuSample, Moment, Status};
use crate::telemetry::out::{Labels, Out};

/// A GPU that a scan sees and that has been sampled.
pub(super) struct Seen<'a> {
    pub(super) gpu: &'a Gpu,
    /// None where it is too old to say anything: the GPU does not answer.
    pub(super) sample: Option<&'a GpuSample>,
    age: f64,
    pub(super) labels: Labels,
}

impl<'a> Seen<'a> {
    pub(super) fn new(gpu: &'a Gpu, sample: &'a GpuSample, now: Moment, naming: &Naming<'_>) -> Self {
        Seen {
            gpu,
            sample: Some(sample).filter(|sample| sample.is_fresh(now)),
            age: now.since(sample.at).as_secs_f64(),
            labels: naming.gpu(gpu, sample.index),
        }
    }

    /// The GPU's labels, and one more.
    fn with(&self, name: &'static str, value: &str) -> Labels {
        let mut labels = self.labels.clone();
        labels.push((name, value.to_owned()));
        labels
    }
}

type Figure = (&'static str, &'static str, fn(&Figures) -> Option<f64>);

const MIB: f64 = 1024.0 * 1024.0;

fn percent(number: Option<u32>) -> Option<f64> {
    number.map(|percent| f64::from(percent) / 100.0)
}

const FIGURES: [Figure; 7] = [
    ("gpu_temperature_celsius", "Of the GPU itself", |all| all.temperature_celsius.map(f64::from)),
    ("gpu_power_watts", "What the GPU draws", |all| all.power_milliwatts.map(|mw| f64::from(mw) / 1000.0)),
    ("gpu_utilization_ratio", "Time in which the GPU was busy", |all| percent(all.gpu_utilisation_percent)),
    ("gpu_memory_utilization_ratio", "Time in which its memory was read or written", |all| {
        percent(all.memory_utilisation_percent)
    }),
    ("gpu_framebuffer_used_bytes", "Framebuffer in use", |all| {
        all.memory_used_mib.map(|mib| mib as f64 * MIB)
    }),
    ("gpu_framebuffer_free_bytes", "Framebuffer that is free", |all| {
        all.memory_free_mib.map(|mib| mib as f64 * MIB)
    }),
    ("gpu_processes", "Processes with a compute context", |all| {
        all.processes.as_ref().map(|list| list.len() as f64)
    }),
];

pub(super) fn gauges(seen: &[Seen<'_>], status: &Status, out: &mut Out<'_>) -> fmt::Result {
    let help = "How old the last sample is; what is too old shows no figures";
    out.gauges("gpu_sample_age_seconds", help, seen.iter().map(|one| (one.labels.clone(), one.age)))?;
    for (name, help, figure) in FIGURES {
        let told = seen.iter().filter_map(|one| Some((one.labels.clone(), figure(&one.sample?.figures)?)));
        out.gauges(name, help, told)?;
    }
    let energy = seen.iter().filter_map(|one| {
        let joules = one.sample?.figures.energy_millijoules? as f64 / 1000.0;
        Some((one.labels.clone(), joules))
    });
    out.counters("gpu_energy_joules", "Energy since the driver was loaded", energy)?;
    let clocks = seen.iter().flat_map(|one| {
        let figures = one.sample.map(|sample| &sample.figures);
        let clock = |name, mhz: fn(&Figures) -> Option<u32>| {
            Some((one.with("clock", name), f64::from(figures.and_then(mhz)?) * 1e6))
        };
        [
            clock("graphics", |all| all.graphics_clock_mhz),
            clock("sm", |all| all.multiprocessor_clock_mhz),
            clock("memory", |all| all.memory_clock_mhz),
            clock("video", |all| all.video_clock_mhz),
        ]
        .into_iter()
        .flatten()
    });
    out.gauges("gpu_clock_hertz", "Clocks", clocks)?;
    for (name, help, part) in super::part::ACTIVITY {
        let told = seen.iter().filter_map(|one| {
            let value = part(&one.sample?.activity?)?;
            Some((one.labels.clone(), value))
        });
        out.gauges(&format!("gpu_{name}"), help, told)?;
    }
    health(seen, status, out)
}

/// As the last scan and the events tell it, whatever became of samples.
fn health(seen: &[Seen<'_>], status: &Status, out: &mut Out<'_>) -> fmt::Result {
    let errors = seen.iter().flat_map(|one| {
        let health = &one.gpu.health;
        let since = |word, count: Option<u64>| Some((one.with("since", word), count? as f64));
        [since("reset", health.uncorrectable_volatile), since("ever", health.uncorrectable_aggregate)]
            .into_iter()
            .flatten()
    });
    out.gauges("gpu_ecc_uncorrectable_errors", "Uncorrectable ECC errors", errors)?;
    let rows = || seen.iter().filter_map(|one| Some((one, one.gpu.health.remapping?)));
    let remapped = rows().flat_map(|(one, rows)| {
        let of = |kind, count: u32| (one.with("kind", kind), f64::from(count));
        [of("correctable", rows.correctable), of("uncorrectable", rows.uncorrectable)]
    });
    out.gauges("gpu_remapped_rows", "Rows of memory that spare ones replaced, by the errors", remapped)?;
    let flag = |is: bool| if is { 1.0 } else { 0.0 };
    let pending = rows().map(|(one, rows)| (one.labels.clone(), flag(rows.pending)));
    out.gauges("gpu_row_remap_pending", "Whether a replacement waits for a GPU reset", pending)?;
    let failed = rows().map(|(one, rows)| (one.labels.clone(), flag(rows.failed)));
    out.gauges("gpu_row_remap_failed", "Whether no spare row was left", failed)?;
    let tally = |one: &Seen<'_>| status.xids.get(&one.gpu.address).copied();
    let count = seen.iter().map(|one| {
        let count = tally(one).map_or(0, |tally| tally.count);
        (one.labels.clone(), count as f64)
    });
    out.counters("gpu_xid_events", "XID events since the agent started", count)?;
    let last = seen.iter().filter_map(|one| Some((one.labels.clone(), f64::from(tally(one)?.last))));
    out.gauges("gpu_last_xid", "The number of the last XID event since the agent started", last)
}
