//! What moves by itself on one GPU. Asked on request alone: never in a scan that decides something.

use crate::hardware::message::{Message, Sink};
use crate::hardware::nvml::{Clock, Session};
use crate::model::{Figures, GpuInstanceId, GpuProcess};

/// Reads the figures of the GPU of this index. What it does not tell is absent.
pub(in crate::hardware) fn read(session: &Session<'_>, index: u32, sink: &Sink<'_>) {
    // A GPU that does not say who it is has no figures; why, a scan tells.
    let Ok((handle, gpu)) = super::identify(session, index) else { return };
    let utilisation = handle.utilisation().ok();
    let memory = handle.memory_in_use().ok();
    let figures = Figures {
        temperature_celsius: handle.temperature().ok(),
        power_milliwatts: handle.power().ok(),
        energy_millijoules: handle.energy().ok(),
        graphics_clock_mhz: handle.clock(Clock::Graphics).ok(),
        multiprocessor_clock_mhz: handle.clock(Clock::Multiprocessors).ok(),
        memory_clock_mhz: handle.clock(Clock::Memory).ok(),
        video_clock_mhz: handle.clock(Clock::Video).ok(),
        gpu_utilisation_percent: utilisation.map(|(gpu, _)| gpu).filter(|percent| *percent <= 100),
        memory_utilisation_percent: utilisation.map(|(_, memory)| memory).filter(|percent| *percent <= 100),
        memory_used_mib: memory.map(|(used, _)| used >> 20),
        memory_free_mib: memory.map(|(_, free)| free >> 20),
        processes: handle.processes().ok().map(|processes| {
            let mut list: Vec<GpuProcess> = processes
                .into_iter()
                .map(|process| GpuProcess {
                    pid: process.pid,
                    // NVML says all ones where it does not know.
                    instance: Some(process.instance).filter(|id| *id != u32::MAX).map(GpuInstanceId::new),
                    memory_used_mib: Some(process.used_bytes)
                        .filter(|used| *used != u64::MAX)
                        .map(|used| used >> 20),
                })
                .collect();
            list.sort_unstable();
            list
        }),
    };
    sink(Message::Moving { address: gpu.address, figures });
}
