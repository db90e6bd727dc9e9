//! What moves by itself on a GPU: for people and telemetry, never for a decision, and never in a snapshot.

use super::GpuInstanceId;

/// The figures of one GPU at one moment. What cannot be read is absent: never 0, never a sentinel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Of the GPU itself, in degrees Celsius.
    pub temperature_celsius: Option<u32>,
    /// In mW, over the last second on most GPUs.
    pub power_milliwatts: Option<u32>,
    /// In mJ, since the driver was loaded.
    pub energy_millijoules: Option<u64>,
    /// Graphics clock in MHz.
    pub graphics_clock_mhz: Option<u32>,
    /// Clock of the multiprocessors in MHz.
    pub multiprocessor_clock_mhz: Option<u32>,
    /// Memory clock in MHz.
    pub memory_clock_mhz: Option<u32>,
    /// Clock of the video engines in MHz.
    pub video_clock_mhz: Option<u32>,
    /// Time in which the GPU was busy, in percent. Not told with MIG on.
    pub gpu_utilisation_percent: Option<u32>,
    /// Time in which its memory was read or written, in percent. Not told with MIG on.
    pub memory_utilisation_percent: Option<u32>,
    /// Framebuffer in use, in MiB.
    pub memory_used_mib: Option<u64>,
    /// Framebuffer that is free, in MiB.
    pub memory_free_mib: Option<u64>,
    /// The processes with a compute context, by process id.
    pub processes: Option<Vec<GpuProcess>>,
}

/// A process that uses a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GpuProcess {
    /// Its process id on this host.
    pub pid: u32,
    /// The GPU instance that it uses.
    pub instance: Option<GpuInstanceId>,
    /// Framebuffer that it uses, in MiB.
    pub memory_used_mib: Option<u64>,
}
