//! `discover/v1`: the hardware as one scan saw it.

mod cut;
mod figures;
mod gpu;
mod vgpu;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{FindingV1, findings};
use crate::model::{DeviceDecision, Figures, Finding, HiddenGpu, HostSnapshot, PciAddress};
use gpu::GpuV1;

/// The document.
#[derive(Debug, Serialize)]
pub struct Discover {
    schema: &'static str,
    driver: Option<String>,
    gpus: Vec<GpuV1>,
    /// Devices that NVML counts but that told no address.
    lost: Vec<LostV1>,
    /// NVIDIA GPUs on the PCI bus that NVML does not show.
    hidden: Vec<HiddenV1>,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize)]
struct LostV1 {
    index: u32,
    problem: String,
}

#[derive(Debug, Serialize)]
struct HiddenV1 {
    address: String,
    pci_device_id: Option<String>,
    driver: Option<String>,
    /// Whether its driver is one that gives it to a guest as a whole.
    passed_through: bool,
}

impl HiddenV1 {
    fn new(address: PciAddress, gpu: &HiddenGpu) -> Self {
        HiddenV1 {
            address: address.to_string(),
            pci_device_id: gpu.board.map(|board| board.to_string()),
            driver: gpu.driver.clone(),
            passed_through: gpu.is_passed_through(),
        }
    }
}

impl Discover {
    /// The document; of one GPU alone where `only` names one. Figures are null where they were not read.
    pub fn new(
        host: &HostSnapshot,
        prospects: &BTreeMap<PciAddress, DeviceDecision>,
        figures: &BTreeMap<PciAddress, Figures>,
        all: &[Finding],
        only: Option<PciAddress>,
    ) -> Self {
        let lost = host.problems.iter().map(|p| LostV1 { index: p.index, problem: p.problem.to_string() });
        let gpus = host.gpus.values().filter(|gpu| only.is_none_or(|address| address == gpu.address));
        let hidden = host.hidden.iter().filter(|_| only.is_none());
        Discover {
            schema: "discover/v1",
            driver: host.driver.clone(),
            gpus: gpus
                .map(|gpu| GpuV1::new(gpu, prospects.get(&gpu.address), figures.get(&gpu.address)))
                .collect(),
            lost: lost.collect(),
            hidden: hidden.map(|(address, gpu)| HiddenV1::new(*address, gpu)).collect(),
            findings: findings(all),
        }
    }
}
