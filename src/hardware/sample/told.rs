//! What the loop tells the threads that take samples: how often, and what there is on each GPU.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::{Gpu, GpuInstanceId, HostSnapshot, PciAddress, VgpuInstanceId};

/// The least between two samples of one GPU: what happened between two is told of at least 100 ms (`nvml.h`).
pub(super) const LEAST: Duration = Duration::from_millis(100);

/// What there is to ask about on one GPU.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// It is in MIG mode: of the whole GPU less is told.
    pub(super) mig: bool,
    /// Its GPU instances.
    pub(super) instances: BTreeSet<GpuInstanceId>,
    /// Of these, how many have a compute instance, and so a MIG device.
    pub(super) with_devices: usize,
    /// It hands vGPUs out by itself, not in GPU instances.
    pub(super) time_sliced: bool,
    /// The vGPUs that run.
    pub(super) vgpus: BTreeSet<VgpuInstanceId>,
}

impl From<&Gpu> for Target {
    fn from(gpu: &Gpu) -> Self {
        let mig = gpu.mig.is_on();
        Target {
            mig,
            instances: gpu.instances.keys().copied().collect(),
            with_devices: gpu.instances.values().filter(|one| !one.compute.is_empty()).count(),
            time_sliced: !mig && !gpu.vgpu.active.is_empty(),
            vgpus: gpu.vgpu.active.keys().copied().collect(),
        }
    }
}

#[derive(Debug, Default)]
struct Inside {
    interval: Duration,
    targets: BTreeMap<PciAddress, Target>,
}

/// What both sides know.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<Inside>);

impl Told {
    pub(super) fn every(&self, interval: Duration) {
        self.inside(|inside| inside.interval = interval.max(LEAST));
    }

    /// Of a GPU that could not be read this time, what was seen before holds still.
    pub(super) fn see(&self, snapshot: &HostSnapshot) {
        self.inside(|inside| {
            for (address, gpu) in snapshot.gpus.iter().filter(|(_, gpu)| gpu.blinded_by().is_none()) {
                inside.targets.insert(*address, Target::from(gpu));
            }
        });
    }

    /// Whether scans see GPUs beside these.
    pub(super) fn has_others_than(&self, known: &BTreeSet<PciAddress>) -> bool {
        self.inside(|inside| inside.targets.keys().any(|address| !known.contains(address)))
    }

    /// How often, and what; no target before the first scan.
    pub(super) fn of(&self, address: PciAddress) -> (Duration, Option<Target>) {
        self.inside(|inside| (inside.interval, inside.targets.get(&address).cloned()))
    }

    fn inside<T>(&self, what: impl FnOnce(&mut Inside) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
