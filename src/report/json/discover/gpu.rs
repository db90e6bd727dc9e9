//! One GPU: what it is, what it gives, how it is doing.

use serde::Serialize;

use super::cut::{InstanceV1, OutlookV1, ProfileV1};
use super::figures::FiguresV1;
use super::vgpu::{ActiveV1, FunctionV1, MediatedV1, TypeV1};
use crate::geometry::{Board, outlook};
use crate::model::{DeviceDecision, Figures, Gpu, Health, MigMode, MigState, Offer, RowRemapping, Sriov};

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
    /// Null where they were not asked for.
    figures: Option<FiguresV1>,
    /// What would be reported of it if nobody else does.
    offers: Vec<OfferV1>,
    mode: Option<String>,
    reason: Option<String>,
    problems: Vec<String>,
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
    pub(super) fn new(gpu: &Gpu, prospect: Option<&DeviceDecision>, figures: Option<&Figures>) -> Self {
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
            figures: figures.map(FiguresV1::from),
            offers: prospect.map_or_else(Vec::new, |p| p.offers.iter().map(OfferV1::from).collect()),
            mode: prospect.map(|prospect| prospect.mode.to_string()),
            reason: prospect.map(|prospect| prospect.reason.to_string()),
            problems: gpu.problems.iter().map(ToString::to_string).collect(),
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
