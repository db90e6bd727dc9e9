//! One sample of one GPU. What it does not tell is absent; what it has no such figure of is asked once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::told::Target;
use crate::hardware::device::{Asking, figures_of};
use crate::hardware::nvml::{Answer, GpmFacts, GpmSample, Handle, VgpuUseFacts};
use crate::model::{
    Activity, GpuInstanceId, GpuSample, InstanceSample, Moment, VgpuInstanceId, VgpuSample, VgpuUse,
};

/// MIG devices beyond which a limit is not believed.
const MIG_DEVICE_LIMIT: u32 = 64;

/// One GPU, and what is remembered of it between two samples.
pub(super) struct Reading<'s> {
    handle: Handle<'s>,
    asking: Asking,
    target: Target,
    /// Whether it has performance monitoring; none before it was asked.
    monitored: Option<bool>,
    /// The last sample of performance monitoring, of the whole GPU or of a GPU instance.
    before: BTreeMap<Option<GpuInstanceId>, GpmSample<'s>>,
    /// The newest use of vGPUs that was told, by the driver's clock.
    seen: u64,
}

impl<'s> Reading<'s> {
    pub(super) fn new(handle: Handle<'s>) -> Self {
        Reading {
            handle,
            asking: Asking::default(),
            target: Target::default(),
            monitored: None,
            before: BTreeMap::new(),
            seen: 0,
        }
    }

    pub(super) fn sample(&mut self, index: u32, target: &Target) -> GpuSample {
        if self.target.mig != target.mig {
            // What it has no figure of is another now.
            self.asking = Asking::default();
        }
        self.target = target.clone();
        let figures = figures_of(&self.handle, &mut self.asking, target.mig);
        let whole = (!target.mig).then(|| self.activity(None)).flatten();
        let mut instances: BTreeMap<GpuInstanceId, InstanceSample> = BTreeMap::new();
        for id in &target.instances {
            let activity = self.activity(Some(*id));
            instances.insert(*id, InstanceSample { activity, memory: None });
        }
        // An instance that is gone is compared with nothing, should its id come again.
        self.before.retain(|of, _| of.is_none_or(|id| target.instances.contains(&id)));
        for (id, memory) in self.instance_memory() {
            if let Some(instance) = instances.get_mut(&id) {
                instance.memory.get_or_insert(memory);
            }
        }
        let vgpus = self.vgpus();
        let (at, fresh_for) = (Moment::default(), Duration::ZERO);
        GpuSample { index, at, fresh_for, figures, activity: whole, instances, vgpus }
    }

    /// Since the last sample; nothing at the first.
    fn activity(&mut self, of: Option<GpuInstanceId>) -> Option<Activity> {
        if self.monitored.is_none() {
            self.monitored = match self.handle.gpm_supported() {
                Ok(supported) => Some(supported),
                Err(error) if error.answer.is_absence() || error.answer.is_not_this_one() => Some(false),
                Err(_) => None,
            };
        }
        if self.monitored != Some(true) {
            return None;
        }
        let now = self.handle.gpm_sample(of.map(GpuInstanceId::get)).ok();
        let before = self.before.remove(&of);
        let now = now?;
        let facts = before.and_then(|before| self.handle.gpm_between(&before, &now).ok());
        self.before.insert(of, now);
        facts.map(plain)
    }

    fn instance_memory(&mut self) -> Vec<(GpuInstanceId, (u64, u64))> {
        let mut found = BTreeMap::new();
        if self.target.with_devices == 0 {
            return Vec::new();
        }
        let limit = self.asking.once("nvmlDeviceGetMaxMigDeviceCount", || self.handle.mig_device_limit());
        for index in 0..limit.unwrap_or(0).min(MIG_DEVICE_LIMIT) {
            // Two compute instances of one GPU instance share its memory.
            if found.len() >= self.target.with_devices {
                break;
            }
            let Ok(mig) = self.handle.mig_device(index) else { continue };
            let Ok(id) = self.handle.mig_device_instance(&mig) else { continue };
            if let Ok(memory) = self.handle.mig_device_memory(&mig) {
                found.insert(GpuInstanceId::new(id), memory);
            }
        }
        found.into_iter().collect()
    }

    fn vgpus(&mut self) -> BTreeMap<VgpuInstanceId, VgpuSample> {
        let mut uses: BTreeMap<u32, VgpuUseFacts> = BTreeMap::new();
        if self.target.time_sliced {
            let since = self.seen;
            let told =
                self.asking.ask("nvmlDeviceGetVgpuUtilization", || match self.handle.vgpu_use(since) {
                    // Nothing new since.
                    Err(error) if error.answer == Answer::NOT_FOUND => Ok(Vec::new()),
                    told => told,
                });
            for one in told.unwrap_or_default() {
                self.seen = self.seen.max(one.at);
                let newer = uses.get(&one.id).is_none_or(|known| known.at <= one.at);
                if newer {
                    uses.insert(one.id, one);
                }
            }
        }
        let ids: BTreeSet<VgpuInstanceId> = self.target.vgpus.clone();
        ids.into_iter()
            .map(|vgpu| {
                let id = vgpu.get();
                let sample = VgpuSample {
                    memory_used: self
                        .asking
                        .ask("nvmlVgpuInstanceGetFbUsage", || self.handle.vgpu_memory(id)),
                    use_percent: uses.get(&id).map(percent),
                    licensed: self
                        .asking
                        .ask("nvmlVgpuInstanceGetLicenseInfo_v2", || self.handle.vgpu_licensed(id)),
                };
                (vgpu, sample)
            })
            .collect()
    }
}

fn plain(facts: GpmFacts) -> Activity {
    let part =
        |percent: Option<f64>| percent.filter(|one| (0.0..=100.0).contains(one)).map(|one| one / 100.0);
    Activity {
        multiprocessors: part(facts.multiprocessors),
        memory: part(facts.memory),
        tensor: part(facts.tensor),
    }
}

fn percent(facts: &VgpuUseFacts) -> VgpuUse {
    let percent = |number: u32| Some(number).filter(|number| *number <= 100);
    VgpuUse {
        multiprocessors: percent(facts.multiprocessors),
        memory: percent(facts.memory),
        encoder: percent(facts.encoder),
        decoder: percent(facts.decoder),
    }
}
