//! `audit/v1`: what each guest was allocated, is given and runs.

use serde::Serialize;

use super::plan::RootV1;
use super::{FindingV1, findings};
use crate::model::{self, Allocated, AuditedGuest, GpuPart, MediatedDevice, ObservedTree};

/// `audit/v1`.
#[derive(Debug, Serialize)]
pub struct Audit {
    schema: &'static str,
    root: RootV1,
    guests: Vec<GuestV1>,
    /// Mediated devices that no domain is given.
    unused: Vec<UnusedV1>,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize)]
struct GuestV1 {
    id: String,
    /// As the domain or Nova has it; null where neither tells it.
    name: Option<String>,
    /// As Nova has it; null where it does not tell.
    status: Option<String>,
    /// `running`, `stopped`, `absent`, `unknown`.
    domain: String,
    allocated: Vec<AllocatedV1>,
    attached: Vec<PartV1>,
    runs: Vec<PartV1>,
    verdict: String,
}

#[derive(Debug, Serialize)]
struct AllocatedV1 {
    provider: String,
    units: u32,
    gpu: String,
    function: Option<String>,
    kind: Option<String>,
    profile: Option<String>,
}

#[derive(Debug, Serialize)]
struct PartV1 {
    device: String,
    gpu: Option<String>,
    function: Option<String>,
    vgpu_type_id: Option<u32>,
    vgpu_type: Option<String>,
}

#[derive(Debug, Serialize)]
struct UnusedV1 {
    uuid: String,
    function: String,
    vgpu_type_id: u32,
}

impl Audit {
    /// The document.
    pub fn new(tree: &ObservedTree, audit: &model::Audit) -> Self {
        Audit {
            schema: "audit/v1",
            root: tree.into(),
            guests: audit.guests.iter().map(GuestV1::from).collect(),
            unused: audit.unused.iter().map(UnusedV1::from).collect(),
            findings: findings(&audit.findings),
        }
    }
}

impl From<&AuditedGuest> for GuestV1 {
    fn from(guest: &AuditedGuest) -> Self {
        GuestV1 {
            id: guest.id.to_string(),
            name: guest.name.clone(),
            status: guest.status.clone(),
            domain: guest.domain.to_string(),
            allocated: guest.allocated.iter().map(AllocatedV1::from).collect(),
            attached: guest.attached.iter().map(PartV1::from).collect(),
            runs: guest.runs.iter().map(PartV1::from).collect(),
            verdict: guest.verdict.to_string(),
        }
    }
}

impl From<&Allocated> for AllocatedV1 {
    fn from(one: &Allocated) -> Self {
        AllocatedV1 {
            provider: one.provider.clone(),
            units: one.units,
            gpu: one.gpu.to_string(),
            function: one.function.map(|address| address.to_string()),
            kind: one.kind.map(|kind| kind.to_string()),
            profile: one.plain.clone(),
        }
    }
}

impl From<&GpuPart> for PartV1 {
    fn from(part: &GpuPart) -> Self {
        PartV1 {
            device: part.device.clone(),
            gpu: part.gpu.map(|address| address.to_string()),
            function: part.function.map(|address| address.to_string()),
            vgpu_type_id: part.vgpu_type.map(|id| id.get()),
            vgpu_type: part.plain.clone(),
        }
    }
}

impl From<&MediatedDevice> for UnusedV1 {
    fn from(device: &MediatedDevice) -> Self {
        UnusedV1 {
            uuid: device.uuid.to_string(),
            function: device.parent.to_string(),
            vgpu_type_id: device.vgpu_type.get(),
        }
    }
}
