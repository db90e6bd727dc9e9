//! What moves by itself, in a line each. What the driver does not tell is left out.

use super::super::columns::unbroken;
use crate::model::Figures;

/// `34 °C, 71 W, 500 MiB in use, GPU 12 % busy, memory 3 % busy`.
pub(super) fn line(figures: &Figures) -> String {
    let busy = |what: &str, percent: u32| format!("{what} {percent} % busy");
    joined([
        figures.temperature_celsius.map(|degrees| format!("{degrees} °C")),
        figures.power_milliwatts.map(|power| format!("{} W", (u64::from(power) + 500) / 1000)),
        figures.memory_used_mib.map(|used| match figures.memory_free_mib {
            Some(free) => format!("{used} MiB in use, {free} MiB free"),
            None => format!("{used} MiB in use"),
        }),
        figures.gpu_utilisation_percent.map(|percent| busy("GPU", percent)),
        figures.memory_utilisation_percent.map(|percent| busy("memory", percent)),
    ])
}

/// `graphics 1980 MHz, memory 2619 MHz`.
pub(super) fn clocks(figures: &Figures) -> String {
    let clock = |what: &str, clock: Option<u32>| clock.map(|mhz| format!("{what} {mhz} MHz"));
    joined([
        clock("graphics", figures.graphics_clock_mhz),
        clock("multiprocessors", figures.multiprocessor_clock_mhz),
        clock("memory", figures.memory_clock_mhz),
        clock("video", figures.video_clock_mhz),
    ])
}

fn joined<const N: usize>(parts: [Option<String>; N]) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().map(|part| unbroken(&part)).collect();
    parts.join(", ")
}
