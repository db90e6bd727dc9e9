//! `discover/v1`: the hardware as one scan saw it.

mod cut;
mod gpu;
mod vgpu;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{FindingV1, findings};
use crate::model::{DeviceDecision, Finding, HostSnapshot, PciAddress};
use gpu::GpuV1;

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

impl Discover {
    /// The document; of one GPU alone where `only` names one.
    pub fn new(
        host: &HostSnapshot,
        prospects: &BTreeMap<PciAddress, DeviceDecision>,
        all: &[Finding],
        only: Option<PciAddress>,
    ) -> Self {
        let lost = host.problems.iter().map(|p| LostV1 { index: p.index, problem: p.problem.to_string() });
        let gpus = host.gpus.values().filter(|gpu| only.is_none_or(|address| address == gpu.address));
        Discover {
            schema: "discover/v1",
            driver: host.driver.clone(),
            gpus: gpus.map(|gpu| GpuV1::new(gpu, prospects.get(&gpu.address))).collect(),
            lost: lost.collect(),
            findings: findings(all),
        }
    }
}
