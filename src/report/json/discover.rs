//! `discover/v1`: the hardware as one scan saw it.

use serde::Serialize;

use super::{FindingV1, findings};
use crate::geometry::Board;
use crate::model::{Claim, Finding, Gpu, GpuInstance, GpuInstanceProfile, HostSnapshot, MigMode, MigState};

/// The document.
#[derive(Debug, Serialize)]
pub struct Discover {
    schema: &'static str,
    driver: Option<String>,
    gpus: Vec<GpuV1>,
    /// Devices that NVML counts but that told no address.
    lost: Vec<LostV1>,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize)]
struct LostV1 {
    index: u32,
    problem: String,
}

#[derive(Debug, Serialize)]
struct GpuV1 {
    address: String,
    product: String,
    uuid: String,
    pci_device_id: String,
    memory_mib: Option<u64>,
    /// In words.
    mig: String,
    /// `on` or `off`; null where the GPU cannot be cut or it is not known.
    mig_current: Option<&'static str>,
    /// The same after the next GPU reset.
    mig_pending: Option<&'static str>,
    slots: u32,
    profiles: Vec<ProfileV1>,
    instances: Vec<InstanceV1>,
    problems: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ProfileV1 {
    id: u32,
    name: String,
    #[serde(rename = "trait")]
    trait_name: String,
    compute_slices: u32,
    multiprocessors: u32,
    memory_mib: u64,
    max_instances: u32,
    placements: Vec<PlacementV1>,
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
}

impl Discover {
    /// The document.
    pub fn new(host: &HostSnapshot, all: &[Finding]) -> Self {
        let lost = host.problems.iter().map(|p| LostV1 { index: p.index, problem: p.problem.to_string() });
        Discover {
            schema: "discover/v1",
            driver: host.driver.clone(),
            gpus: host.gpus.values().map(GpuV1::from).collect(),
            lost: lost.collect(),
            findings: findings(all),
        }
    }
}

fn state(state: MigState) -> &'static str {
    match state {
        MigState::On => "on",
        MigState::Off => "off",
    }
}

impl From<&Gpu> for GpuV1 {
    fn from(gpu: &Gpu) -> Self {
        let modes = match gpu.mig {
            MigMode::Supported { current, pending } => Some((current, pending)),
            MigMode::Unsupported | MigMode::Unknown => None,
        };
        GpuV1 {
            address: gpu.address.to_string(),
            product: gpu.product.clone(),
            uuid: gpu.uuid.clone(),
            pci_device_id: gpu.board.to_string(),
            memory_mib: gpu.memory_mib,
            mig: gpu.mig.to_string(),
            mig_current: modes.map(|(current, _)| state(current)),
            mig_pending: modes.map(|(_, pending)| state(pending)),
            slots: Board::of(gpu.profiles.values()).slots.get(),
            profiles: gpu.profiles.values().map(ProfileV1::from).collect(),
            instances: gpu.instances.values().map(|instance| InstanceV1::new(gpu, instance)).collect(),
            problems: gpu.problems.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&GpuInstanceProfile> for ProfileV1 {
    fn from(profile: &GpuInstanceProfile) -> Self {
        let placements = profile.placements.iter();
        ProfileV1 {
            id: profile.id.get(),
            name: profile.name.clone(),
            trait_name: Claim::trait_of_name(&profile.name).to_string(),
            compute_slices: profile.compute_slices,
            multiprocessors: profile.multiprocessors,
            memory_mib: profile.memory_mib,
            max_instances: profile.max_instances,
            placements: placements
                .map(|p| PlacementV1 { start: p.start.get(), size: p.size.get() })
                .collect(),
        }
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
        }
    }
}
