//! What moves by itself on one GPU. Asked on request alone: never in a scan that decides something.

use std::collections::{BTreeMap, BTreeSet};

use crate::hardware::message::{Message, Sink};
use crate::hardware::nvml::{CallError, Clock, Handle, Session};
use crate::model::{Figures, GpuInstanceId, GpuProcess};

/// Reads the figures of the GPU of this index. What it does not tell is absent.
pub(in crate::hardware) fn read(session: &Session<'_>, index: u32, sink: &Sink<'_>) {
    // A GPU that does not say who it is has no figures; why, a scan tells.
    let Ok((handle, gpu)) = super::identify(session, index) else { return };
    let figures = of(&handle, &mut Asking::default(), false);
    sink(Message::Moving { index, address: gpu.address, figures });
}

/// What was asked and is not to be had: not asked again.
#[derive(Debug, Default)]
pub(in crate::hardware) struct Asking {
    absent: BTreeSet<&'static str>,
    numbers: BTreeMap<&'static str, u32>,
}

impl Asking {
    /// Asks, unless there is no such thing here. What it failed to tell is absent this time.
    pub(in crate::hardware) fn ask<T>(
        &mut self,
        what: &'static str,
        ask: impl FnOnce() -> Result<T, CallError>,
    ) -> Option<T> {
        if self.absent.contains(what) {
            return None;
        }
        match ask() {
            Ok(told) => Some(told),
            Err(error) => {
                if error.answer.is_absence() {
                    self.absent.insert(what);
                }
                None
            }
        }
    }

    /// Asks for a number that does not change.
    pub(in crate::hardware) fn once(
        &mut self,
        what: &'static str,
        ask: impl FnOnce() -> Result<u32, CallError>,
    ) -> Option<u32> {
        if let Some(known) = self.numbers.get(what) {
            return Some(*known);
        }
        let told = self.ask(what, ask)?;
        self.numbers.insert(what, told);
        Some(told)
    }
}

/// The figures of a GPU; with MIG on some are never told, and not asked for.
pub(in crate::hardware) fn of(handle: &Handle<'_>, asking: &mut Asking, mig: bool) -> Figures {
    let utilisation = if mig { None } else { asking.ask("utilisation", || handle.utilisation()) };
    let memory = asking.ask("memory", || handle.memory_in_use());
    Figures {
        temperature_celsius: asking.ask("temperature", || handle.temperature()),
        power_milliwatts: asking.ask("power", || handle.power()),
        energy_millijoules: asking.ask("energy", || handle.energy()),
        graphics_clock_mhz: asking.ask("graphics clock", || handle.clock(Clock::Graphics)),
        multiprocessor_clock_mhz: asking.ask("multiprocessor clock", || handle.clock(Clock::Multiprocessors)),
        memory_clock_mhz: asking.ask("memory clock", || handle.clock(Clock::Memory)),
        video_clock_mhz: asking.ask("video clock", || handle.clock(Clock::Video)),
        gpu_utilisation_percent: utilisation.map(|(gpu, _)| gpu).filter(|percent| *percent <= 100),
        memory_utilisation_percent: utilisation.map(|(_, memory)| memory).filter(|percent| *percent <= 100),
        memory_used_mib: memory.map(|(used, _)| used >> 20),
        memory_free_mib: memory.map(|(_, free)| free >> 20),
        processes: asking.ask("processes", || handle.processes()).map(|processes| {
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
    }
}
