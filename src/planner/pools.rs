//! What the kinds of one GPU are taken from, as geometry wants it: so that allocations of all kinds together fit.

use crate::geometry::{Demand, Pool, Shape};
use crate::model::{Gpu, Kind, ProfileId, VgpuType};

/// One kind, and how much of it exists and is allocated.
pub(super) struct Count {
    pub(super) kind: Kind,
    pub(super) exist: u32,
    pub(super) used: u32,
}

/// The pools of a GPU and the demand of each kind. A kind that the driver describes no longer has no pool.
///
/// Each count comes with whether it is of this very board.
pub(super) fn demands(gpu: &Gpu, counts: impl Iterator<Item = (bool, Count)>) -> (Vec<Pool>, Vec<Demand>) {
    let mut pools = Pools { pools: Vec::new(), keys: Vec::new() };
    let demands = counts.map(|(here, count)| {
        let found = here.then(|| pools.of_kind(gpu, &count)).flatten();
        let (pool, unit, whole) = found.map_or((None, 1, 1), |(pool, unit, whole)| (Some(pool), unit, whole));
        Demand { pool, unit, whole, exist: count.exist, used: count.used }
    });
    let demands = demands.collect();
    (pools.pools, demands)
}

/// What makes two kinds take from the same pool.
#[derive(PartialEq)]
enum Key {
    /// Both live in GPU instances of the profile.
    Profile(ProfileId),
    /// Both share the whole GPU at once.
    Mixed,
    /// The kind has the whole GPU for itself.
    Alone(Kind),
}

struct Pools {
    pools: Vec<Pool>,
    keys: Vec<Key>,
}

impl Pools {
    /// The pool of a kind, what a unit takes of an instance of it, and what an instance has.
    fn of_kind(&mut self, gpu: &Gpu, count: &Count) -> Option<(usize, u64, u64)> {
        let one = match count.kind {
            Kind::Mig(profile) => return Some((self.of_profile(gpu, profile)?, 1, 1)),
            Kind::Vgpu(id) => gpu.vgpu.types.get(&id)?,
        };
        if let Some(profile) = one.profile {
            let per_instance = one.max_per_gpu_instance.unwrap_or(1).max(1);
            return Some((self.of_profile(gpu, profile)?, 1, per_instance.into()));
        }
        let exist = u32::from(!gpu.mig.is_on());
        let whole_gpu = |mixed| Pool { shape: Shape::whole_gpu(), exist, mixed };
        if is_mixed(gpu) {
            let (unit, whole) = framebuffer(gpu, one);
            return Some((self.at(Key::Mixed, whole_gpu(true)), unit, whole));
        }
        let most = one.max_instances.unwrap_or(count.exist.max(count.used)).max(1);
        Some((self.at(Key::Alone(count.kind), whole_gpu(false)), 1, most.into()))
    }

    /// Where the driver says that an instance can be, and where one is.
    fn of_profile(&mut self, gpu: &Gpu, id: ProfileId) -> Option<usize> {
        let mut shape = Shape::from(gpu.profiles.get(&id)?);
        let here: Vec<_> = gpu.instances.values().filter(|i| i.profile == id).map(|i| i.placement).collect();
        let exist = u32::try_from(here.len()).unwrap_or(u32::MAX);
        shape.placements.extend(here);
        Some(self.at(Key::Profile(id), Pool { shape, exist, mixed: false }))
    }

    fn at(&mut self, key: Key, pool: Pool) -> usize {
        self.keys.iter().position(|other| *other == key).unwrap_or_else(|| {
            self.keys.push(key);
            self.pools.push(pool);
            self.pools.len() - 1
        })
    }
}

/// Whether time-sliced vGPUs of different types can be on the GPU at once: as the driver says; where it does not,
/// as its virtual functions show.
fn is_mixed(gpu: &Gpu) -> bool {
    let typed = super::carriers::Carriers::of(gpu).typed;
    gpu.vgpu.heterogeneous.unwrap_or(typed.len() > 1)
}

/// What one vGPU of a type takes of the framebuffer that vGPUs can have, in MiB: that is the most that any one
/// type can have of it. A type that does not tell its framebuffer takes all of it.
fn framebuffer(gpu: &Gpu, one: &VgpuType) -> (u64, u64) {
    let time_sliced = gpu.vgpu.types.values().filter(|one| one.profile.is_none());
    let most = time_sliced
        .filter_map(|one| one.framebuffer_mib?.checked_mul(one.max_instances?.into()))
        .max()
        .unwrap_or(0)
        .max(1);
    (one.framebuffer_mib.filter(|mib| *mib > 0).unwrap_or(most), most)
}
