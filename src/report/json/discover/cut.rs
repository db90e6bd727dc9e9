//! How a GPU is cut, what it could be cut into, and what still fits.

use serde::Serialize;

use crate::geometry::{Board, Cut, Fraction, Outlook};
use crate::model::{Claim, ComputeInstance, Engines, Gpu, GpuInstance, GpuInstanceProfile, ProfileId};

#[derive(Debug, Serialize)]
pub(super) struct ProfileV1 {
    id: u32,
    name: String,
    #[serde(rename = "trait")]
    trait_name: String,
    compute_slices: u32,
    compute_share: FractionV1,
    memory_share: Option<FractionV1>,
    multiprocessors: u32,
    memory_mib: u64,
    engines: EnginesV1,
    max_instances: u32,
    /// How many more fit beside what exists, by the placements.
    fits: u32,
    /// The same as the driver says; null where it did not.
    remaining: Option<u32>,
    placements: Vec<PlacementV1>,
}

#[derive(Debug, Serialize)]
struct FractionV1 {
    part: u32,
    whole: u32,
}

#[derive(Debug, Serialize)]
struct EnginesV1 {
    copy: u32,
    decoders: u32,
    encoders: u32,
    jpeg: u32,
    optical_flow: u32,
}

#[derive(Debug, Serialize)]
struct PlacementV1 {
    start: u32,
    size: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct InstanceV1 {
    id: u32,
    profile_id: u32,
    profile: Option<String>,
    start: u32,
    size: u32,
    compute_instances: Vec<ComputeV1>,
}

#[derive(Debug, Serialize)]
struct ComputeV1 {
    id: u32,
    profile_id: u32,
    start: u32,
    size: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct OutlookV1 {
    most: Option<CutV1>,
    fullest: Option<CutV1>,
    worst: Option<CutV1>,
}

#[derive(Debug, Serialize)]
struct CutV1 {
    instances: Vec<CountV1>,
    slots: u32,
    compute_slices: u32,
}

#[derive(Debug, Serialize)]
struct CountV1 {
    profile_id: u32,
    count: u32,
}

impl ProfileV1 {
    pub(super) fn new(gpu: &Gpu, board: Board, outlook: &Outlook, profile: &GpuInstanceProfile) -> Self {
        let Engines { copy, decoders, encoders, jpeg, optical_flow } = profile.engines;
        let placements = profile.placements.iter();
        ProfileV1 {
            id: profile.id.get(),
            name: profile.name.clone(),
            trait_name: Claim::trait_of_name(&profile.name).to_string(),
            compute_slices: profile.compute_slices,
            compute_share: board.compute(profile).into(),
            memory_share: board.memory(profile).map(FractionV1::from),
            multiprocessors: profile.multiprocessors,
            memory_mib: profile.memory_mib,
            engines: EnginesV1 { copy, decoders, encoders, jpeg, optical_flow },
            max_instances: profile.max_instances,
            fits: outlook.fits.get(&profile.id).copied().unwrap_or(0),
            remaining: gpu.remaining.get(&profile.id).copied(),
            placements: placements
                .map(|p| PlacementV1 { start: p.start.get(), size: p.size.get() })
                .collect(),
        }
    }
}

impl From<Fraction> for FractionV1 {
    fn from(Fraction { part, whole }: Fraction) -> Self {
        FractionV1 { part, whole }
    }
}

impl InstanceV1 {
    pub(super) fn new(gpu: &Gpu, instance: &GpuInstance) -> Self {
        InstanceV1 {
            id: instance.id.get(),
            profile_id: instance.profile.get(),
            profile: gpu.profiles.get(&instance.profile).map(|profile| profile.name.clone()),
            start: instance.placement.start.get(),
            size: instance.placement.size.get(),
            compute_instances: instance.compute.iter().copied().map(ComputeV1::from).collect(),
        }
    }
}

impl From<ComputeInstance> for ComputeV1 {
    fn from(ComputeInstance { id, profile, start, size }: ComputeInstance) -> Self {
        ComputeV1 { id, profile_id: profile, start, size }
    }
}

impl From<&Outlook> for OutlookV1 {
    fn from(outlook: &Outlook) -> Self {
        let cut = |cut: &Option<Cut>| cut.as_ref().map(CutV1::from);
        OutlookV1 { most: cut(&outlook.most), fullest: cut(&outlook.fullest), worst: cut(&outlook.worst) }
    }
}

impl From<&Cut> for CutV1 {
    fn from(cut: &Cut) -> Self {
        let count = |(id, count): (&ProfileId, &u32)| CountV1 { profile_id: id.get(), count: *count };
        CutV1 {
            instances: cut.instances.iter().map(count).collect(),
            slots: cut.slots.get(),
            compute_slices: cut.compute_slices,
        }
    }
}
