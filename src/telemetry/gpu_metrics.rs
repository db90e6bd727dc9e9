//! What moves by itself of GPUs, GPU instances and vGPUs, with dcgm-exporter's labels to join with, and with the
//! provider that stands for them, which nobody else knows.

mod gpu;
mod labels;
mod part;

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use tokio::sync::watch;

use super::Clock;
use super::out::Out;
use crate::model::{Samples, Status};
use labels::Naming;

/// Reads the last samples when it is asked.
pub(super) struct GpuMetrics {
    pub(super) samples: watch::Receiver<Samples>,
    pub(super) status: watch::Receiver<Status>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) host: String,
}

impl fmt::Debug for GpuMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GpuMetrics")
    }
}

impl Collector for GpuMetrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (samples, status) = (self.samples.borrow(), self.status.borrow());
        let Some(hardware) = status.hardware.clone() else { return Ok(()) };
        let naming = Naming::new(&status, &self.host);
        let now = self.clock.now();
        // A GPU that no scan has seen has no name yet.
        let seen: Vec<gpu::Seen<'_>> = samples
            .gpus
            .iter()
            .filter_map(|(address, sample)| Some((hardware.snapshot.gpus.get(address)?, sample)))
            .map(|(gpu, sample)| gpu::Seen::new(gpu, sample, now, &naming))
            .collect();
        let mut out = Out(encoder);
        gpu::gauges(&seen, &status, &mut out)?;
        part::instances(&seen, &naming, &mut out)?;
        part::vgpus(&seen, &naming, &mut out)
    }
}
