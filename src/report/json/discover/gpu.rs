//! One GPU: what it is, how it is cut, what still fits, how it is doing.

use serde::Serialize;

use super::vgpu::{ActiveV1, FunctionV1, MediatedV1, TypeV1};
use crate::geometry::{Board, Cut, Fraction, Outlook, outlook};
use crate::model::{
    Claim, ComputeInstance, DeviceDecision, Engines, Gpu, GpuInstance, GpuInstanceProfile, Health, MigMode,
    MigState, Offer, RowRemapping, Sriov,
};

#[derive(Debug, Serialize)]
pub(super) struct GpuV1 {
    address: String,
    product: String,
    uuid: String,
    serial: Option<String>,
    pci_device_id: String,
    numa_node: Option<u32>,
    memory_mib: Option<u64>,
    /// In words.
    mig: String,
    /// `on` or `off`; null where the GPU cannot be cut or it is not known.
    mig_current: Option<&'static str>,
    /// The same after the next GPU reset.
    mig_pending: Option<&'static str>,
    slots: u32,
    compute_slices: u32,
    profiles: Vec<ProfileV1>,
    instances: Vec<InstanceV1>,
    /// Ways to go on cutting; null where nothing is known of it.
    outlook: Option<OutlookV1>,
    vgpu_host_mode: Option<String>,
    vgpu_heterogeneous: Option<bool>,
    vgpu_types: Vec<TypeV1>,
    vgpus: Vec<ActiveV1>,
    sriov: Option<SriovV1>,
    functions: Vec<FunctionV1>,
    mediated_devices: Vec<MediatedV1>,
    health: HealthV1,
    /// What would be reported of it if nobody else does.
    offers: Vec<OfferV1>,
    mode: Option<String>,
    reason: Option<String>,
    problems: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ProfileV1 {
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
struct InstanceV1 {
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
struct OutlookV1 {
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

#[derive(Debug, Serialize)]
struct SriovV1 {
    total: u32,
    enabled: u32,
}

#[derive(Debug, Serialize)]
struct HealthV1 {
    ecc: Option<bool>,
    uncorrectable_volatile: Option<u64>,
    uncorrectable_aggregate: Option<u64>,
    remapped_rows: Option<RemappingV1>,
    recovery_action: Option<String>,
}

#[derive(Debug, Serialize)]
struct RemappingV1 {
    correctable: u32,
    uncorrectable: u32,
    pending: bool,
    failed: bool,
}

#[derive(Debug, Serialize)]
struct OfferV1 {
    kind: String,
    name: String,
    units: u32,
    traits: Vec<String>,
}

fn state(state: MigState) -> &'static str {
    match state {
        MigState::On => "on",
        MigState::Off => "off",
    }
}

impl GpuV1 {
    pub(super) fn new(gpu: &Gpu, prospect: Option<&DeviceDecision>) -> Self {
        let modes = match gpu.mig {
            MigMode::Supported { current, pending } => Some((current, pending)),
            MigMode::Unsupported | MigMode::Unknown => None,
        };
        let (board, outlook) = (Board::of_gpu(gpu), outlook(gpu));
        GpuV1 {
            address: gpu.address.to_string(),
            product: gpu.product.clone(),
            uuid: gpu.uuid.clone(),
            serial: gpu.serial.clone(),
            pci_device_id: gpu.board.to_string(),
            numa_node: gpu.numa_node,
            memory_mib: gpu.memory_mib,
            mig: gpu.mig.to_string(),
            mig_current: modes.map(|(current, _)| state(current)),
            mig_pending: modes.map(|(_, pending)| state(pending)),
            slots: board.slots.get(),
            compute_slices: board.compute_slices,
            profiles: gpu.profiles.values().map(|one| ProfileV1::new(gpu, board, &outlook, one)).collect(),
            instances: gpu.instances.values().map(|instance| InstanceV1::new(gpu, instance)).collect(),
            outlook: (!gpu.profiles.is_empty()).then(|| OutlookV1::from(&outlook)),
            vgpu_host_mode: gpu.vgpu.host_mode.map(|mode| mode.to_string()),
            vgpu_heterogeneous: gpu.vgpu.heterogeneous,
            vgpu_types: gpu.vgpu.types.values().map(|one| TypeV1::new(gpu, one)).collect(),
            vgpus: gpu.vgpu.active.values().map(|vgpu| ActiveV1::new(gpu, vgpu)).collect(),
            sriov: gpu.sriov.map(|Sriov { total, enabled }| SriovV1 { total, enabled }),
            functions: gpu.functions.values().map(|function| FunctionV1::new(gpu, function)).collect(),
            mediated_devices: gpu.mediated.values().map(|device| MediatedV1::new(gpu, device)).collect(),
            health: HealthV1::from(&gpu.health),
            offers: prospect.map_or_else(Vec::new, |p| p.offers.iter().map(OfferV1::from).collect()),
            mode: prospect.map(|prospect| prospect.mode.to_string()),
            reason: prospect.map(|prospect| prospect.reason.to_string()),
            problems: gpu.problems.iter().map(ToString::to_string).collect(),
        }
    }
}

impl ProfileV1 {
    fn new(gpu: &Gpu, board: Board, outlook: &Outlook, profile: &GpuInstanceProfile) -> Self {
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
    fn new(gpu: &Gpu, instance: &GpuInstance) -> Self {
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
        let count =
            |(id, count): (&crate::model::ProfileId, &u32)| CountV1 { profile_id: id.get(), count: *count };
        CutV1 {
            instances: cut.instances.iter().map(count).collect(),
            slots: cut.slots.get(),
            compute_slices: cut.compute_slices,
        }
    }
}

impl From<&Health> for HealthV1 {
    fn from(health: &Health) -> Self {
        let remapping = |RowRemapping { correctable, uncorrectable, pending, failed }| RemappingV1 {
            correctable,
            uncorrectable,
            pending,
            failed,
        };
        HealthV1 {
            ecc: health.ecc,
            uncorrectable_volatile: health.uncorrectable_volatile,
            uncorrectable_aggregate: health.uncorrectable_aggregate,
            remapped_rows: health.remapping.map(remapping),
            recovery_action: health.recovery.map(|action| action.to_string()),
        }
    }
}

impl From<&Offer> for OfferV1 {
    fn from(offer: &Offer) -> Self {
        OfferV1 {
            kind: offer.identity.kind.to_string(),
            name: offer.plain.clone(),
            units: offer.units,
            traits: offer.claims.iter().map(ToString::to_string).collect(),
        }
    }
}
