//! What one GPU can give to guests: GPU instances by profile, or vGPUs by type.
//!
//! | MIG | virtual functions | offered | how many |
//! |---|---|---|---|
//! | on | have a type of the profile | that type | instances × the type's maximum in one, at most the functions with it |
//! | on | without, and policy names one | that type | the same, with the functions that could have it |
//! | on | none of both | the profile | its instances |
//! | off | have a type | that type | the functions with it, at most NVML's maximum |
//! | off | without, and policy names one | that type | the functions that could have it, at most NVML's maximum |
//! | off | none of both | nothing | |
//!
//! A mediated device counts as a function with its type, and of a type that has some, or that policy names, what
//! the functions say is available counts too.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Claim, Gpu, Identity, Kind, MigMode, MigState, Offer, ProfileId, Reason, TraitName, VgpuInterface,
    VgpuType, VgpuTypeId, marker,
};

use super::Policy;
use super::carriers::Carriers;
use super::vgpu_types::VgpuRule;

/// What a GPU that could be read can give.
#[derive(Debug, Default)]
pub(super) struct Capacity {
    pub(super) offers: Vec<Offer>,
    /// What it could give and does not, and why.
    pub(super) lacks: Vec<Reason>,
}

/// The capacity of a GPU.
pub(super) fn of(gpu: &Gpu, policy: &Policy) -> Capacity {
    let mut capacity = Capacity::default();
    match gpu.mig {
        MigMode::Supported { current: MigState::On, pending: MigState::Off } => {
            capacity.lacks.push(Reason::MigEnding);
        }
        MigMode::Supported { current: MigState::On, pending: MigState::On } => capacity.cut(gpu, policy),
        MigMode::Supported { current: MigState::Off, pending: MigState::Off } | MigMode::Unsupported => {
            capacity.time_sliced(gpu, policy);
        }
        mode @ (MigMode::Supported { .. } | MigMode::Unknown) => capacity.lacks.push(Reason::NotMig(mode)),
    }
    capacity
}

impl Capacity {
    /// In MIG mode: each profile that has instances.
    fn cut(&mut self, gpu: &Gpu, policy: &Policy) {
        let mut counts: BTreeMap<ProfileId, u32> = BTreeMap::new();
        for instance in gpu.instances.values() {
            let count = counts.entry(instance.profile).or_default();
            *count = count.saturating_add(1);
        }
        let mut carriers = Carriers::of(gpu);
        self.unusable(gpu, &carriers, |one| one.profile.is_some());
        // An instance of a profile that the driver does not describe is a finding, not an offer.
        for (id, instances) in counts.into_iter().filter(|(id, _)| gpu.profiles.contains_key(id)) {
            let chosen = chosen(gpu, policy, &carriers, Some(id));
            if chosen.is_empty() {
                self.offers.extend(whole_instances(gpu, id, instances));
                continue;
            }
            for (one, open) in chosen {
                let units = carriers.take(one.id, open, room(gpu, one).unwrap_or(0));
                self.offer(gpu, one, units);
            }
        }
        if self.offers.is_empty() && self.lacks.is_empty() {
            self.lacks.push(Reason::NothingCut);
        }
    }

    /// Out of MIG mode: vGPUs that take turns on the whole GPU.
    fn time_sliced(&mut self, gpu: &Gpu, policy: &Policy) {
        let mut carriers = Carriers::of(gpu);
        self.unusable(gpu, &carriers, |one| one.profile.is_none());
        let chosen = chosen(gpu, policy, &carriers, None);
        for (one, open) in &chosen {
            let typed = carriers.typed.get(&one.id).copied().unwrap_or(0);
            // Without a maximum nobody knows how many more than there are there could be.
            let most = maximum(gpu, one.id).map_or(typed, |most| at_once(gpu, most).max(typed.min(most)));
            let units = carriers.take(one.id, *open, most);
            self.offer(gpu, one, units);
        }
        if chosen.is_empty() {
            let choices = gpu.vgpu.types.values().filter(|one| one.profile.is_none());
            let choices: Vec<String> = choices.map(|one| one.name.clone()).collect();
            let none = Reason::NotMig(gpu.mig);
            self.lacks.push(if choices.is_empty() { none } else { Reason::NoType { choices } });
        }
    }

    fn offer(&mut self, gpu: &Gpu, one: &VgpuType, units: u32) {
        if units == 0 {
            self.lacks.push(Reason::NoFunction { plain: one.name.clone() });
            return;
        }
        let identity = Identity { address: gpu.address, board: gpu.board, kind: Kind::Vgpu(one.id) };
        let claims = vgpu_claims(gpu, one);
        self.offers.push(Offer { identity, plain: one.name.clone(), units, claims });
    }

    /// Types that functions have and the GPU cannot give as it is.
    fn unusable(&mut self, gpu: &Gpu, carriers: &Carriers, fits: impl Fn(&VgpuType) -> bool) {
        for (id, functions) in &carriers.typed {
            let known = gpu.vgpu.types.get(id);
            if !known.is_some_and(&fits) {
                let (functions, plain) = (*functions, gpu.type_name(*id));
                self.lacks.push(Reason::UnusableType { functions, plain, known: known.is_some() });
            }
        }
    }
}

/// The types to offer of one profile (`None`: of the whole GPU): those that functions have, and the one that
/// policy names. With each, whether functions without a type count for it.
fn chosen<'a>(
    gpu: &'a Gpu,
    policy: &Policy,
    carriers: &Carriers,
    profile: Option<ProfileId>,
) -> Vec<(&'a VgpuType, bool)> {
    let named = VgpuRule::choose(&policy.vgpu_types, gpu, profile).map(|one| one.id);
    let ids: BTreeSet<VgpuTypeId> = carriers.typed.keys().copied().chain(named).collect();
    let types = ids.iter().filter_map(|id| gpu.vgpu.types.get(id)).filter(|one| one.profile == profile);
    let mdev = |id| gpu.mediated.values().any(|device| device.vgpu_type == id);
    types.map(|one| (one, named == Some(one.id) || mdev(one.id))).collect()
}

/// How many vGPUs of a type there can be at once on the GPU as it is cut, whatever its functions carry. `None`
/// where nobody tells.
pub fn room(gpu: &Gpu, one: &VgpuType) -> Option<u32> {
    let Some(profile) = one.profile else { return Some(at_once(gpu, maximum(gpu, one.id)?)) };
    let instances = gpu.instances.values().filter(|instance| instance.profile == profile).count();
    let instances = u32::try_from(instances).unwrap_or(u32::MAX);
    let in_all = instances.saturating_mul(one.max_per_gpu_instance.unwrap_or(1));
    Some(one.max_instances.map_or(in_all, |most| most.min(in_all)))
}

/// How many of a type the whole GPU can have: as NVML says, else as sysfs does.
pub(super) fn maximum(gpu: &Gpu, id: VgpuTypeId) -> Option<u32> {
    let functions = gpu.functions.values().map(|function| &function.interface);
    let told = functions.chain([&gpu.interface]).filter_map(|interface| match interface {
        VgpuInterface::Mdev { types } => types.get(&id)?.max_instances,
        VgpuInterface::None | VgpuInterface::Vendor { .. } => None,
    });
    gpu.vgpu.types.get(&id).and_then(|one| one.max_instances).or_else(|| told.min())
}

/// How many of a type there can surely be, of a maximum that may hold for equal sizes alone: where sizes may be
/// mixed, a vGPU begins at a multiple of its size, for which NVIDIA's tables have powers of two.
fn at_once(gpu: &Gpu, most: u32) -> u32 {
    if gpu.vgpu.heterogeneous == Some(true) && most > 0 { 1 << most.ilog2() } else { most }
}

fn whole_instances(gpu: &Gpu, id: ProfileId, units: u32) -> Option<Offer> {
    let profile = gpu.profiles.get(&id)?;
    let mut claims = common_claims(gpu);
    claims.extend([Claim::trait_of_name(&profile.name), Claim::trait_of_mig()]);
    let identity = Identity { address: gpu.address, board: gpu.board, kind: Kind::Mig(id) };
    Some(Offer { identity, plain: profile.name.clone(), units, claims })
}

/// The claims of a vGPU type.
pub fn vgpu_claims(gpu: &Gpu, one: &VgpuType) -> BTreeSet<TraitName> {
    let mut claims = common_claims(gpu);
    claims.insert(Claim::trait_of_name(&one.name));
    if let Some(profile) = one.profile {
        claims.insert(Claim::trait_of_mig());
        claims.extend(gpu.profiles.get(&profile).map(|profile| Claim::trait_of_name(&profile.name)));
    }
    if one.profile.is_none() || one.max_per_gpu_instance.is_some_and(|max| max > 1) {
        claims.insert(Claim::trait_of_time_slicing());
    }
    claims
}

/// The claims that every provider of the GPU has.
pub(super) fn common_claims(gpu: &Gpu) -> BTreeSet<TraitName> {
    let mut claims = BTreeSet::from([marker()]);
    // A board whose name could not be read is not claimed to be anything.
    if !gpu.product.is_empty() {
        claims.insert(Claim::trait_of_board(&gpu.product));
    }
    claims
}
