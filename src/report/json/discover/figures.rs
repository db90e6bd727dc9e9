//! What moves by itself on a GPU, at one moment.

use serde::Serialize;

use crate::model::{Figures, GpuProcess};

/// Null is what the driver does not tell.
#[derive(Debug, Serialize)]
pub(super) struct FiguresV1 {
    temperature_celsius: Option<u32>,
    power_milliwatts: Option<u32>,
    energy_millijoules: Option<u64>,
    graphics_clock_mhz: Option<u32>,
    multiprocessor_clock_mhz: Option<u32>,
    memory_clock_mhz: Option<u32>,
    video_clock_mhz: Option<u32>,
    gpu_utilisation_percent: Option<u32>,
    memory_utilisation_percent: Option<u32>,
    memory_used_mib: Option<u64>,
    memory_free_mib: Option<u64>,
    processes: Option<Vec<ProcessV1>>,
}

#[derive(Debug, Serialize)]
struct ProcessV1 {
    pid: u32,
    gpu_instance: Option<u32>,
    memory_used_mib: Option<u64>,
}

impl From<&Figures> for FiguresV1 {
    fn from(figures: &Figures) -> Self {
        let process = |process: &GpuProcess| ProcessV1 {
            pid: process.pid,
            gpu_instance: process.instance.map(|id| id.get()),
            memory_used_mib: process.memory_used_mib,
        };
        FiguresV1 {
            temperature_celsius: figures.temperature_celsius,
            power_milliwatts: figures.power_milliwatts,
            energy_millijoules: figures.energy_millijoules,
            graphics_clock_mhz: figures.graphics_clock_mhz,
            multiprocessor_clock_mhz: figures.multiprocessor_clock_mhz,
            memory_clock_mhz: figures.memory_clock_mhz,
            video_clock_mhz: figures.video_clock_mhz,
            gpu_utilisation_percent: figures.gpu_utilisation_percent,
            memory_utilisation_percent: figures.memory_utilisation_percent,
            memory_used_mib: figures.memory_used_mib,
            memory_free_mib: figures.memory_free_mib,
            processes: figures.processes.as_ref().map(|all| all.iter().map(process).collect()),
        }
    }
}
