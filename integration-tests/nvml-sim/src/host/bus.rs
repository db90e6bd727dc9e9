//! What a host file says of the PCI bus: functions, vGPU types on them, mediated devices, other devices. NVML
//! is not asked about any of it; [`crate::sysfs`] makes a tree of it.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{HostError, PciAddress};

/// Where NVIDIA's virtual functions begin, counted in functions from the physical one.
const FIRST_FUNCTION: u32 = 4;

/// How one GPU is on the bus.
#[derive(Clone, Debug)]
pub(crate) struct OnBus {
    /// `None`: -1, as on a machine with one node.
    pub(crate) numa_node: Option<u32>,
    /// `None`: bound to nothing.
    pub(crate) driver: Option<String>,
    pub(crate) sriov: Option<Sriov>,
    /// vGPU types that the physical function itself hands out as mediated devices.
    pub(crate) mdev_types: Vec<TypeFile>,
    pub(crate) mdevs: Vec<MdevFile>,
}

/// The virtual functions of a GPU.
#[derive(Clone, Debug)]
pub(crate) struct Sriov {
    pub(crate) total: u32,
    pub(crate) layout: Layout,
    pub(crate) types: Vec<TypeFile>,
    /// By index; as many as are enabled.
    pub(crate) functions: Vec<Function>,
}

/// A virtual function.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) address: PciAddress,
    pub(crate) driver: Option<String>,
    pub(crate) current: u32,
    pub(crate) gpu_instance: Option<u32>,
    pub(crate) placement: Option<u32>,
}

/// How virtual functions hand vGPUs out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Layout {
    Mdev,
    #[default]
    Vendor,
    None,
}

/// `sriov`, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SriovFile {
    total: u32,
    enabled: Option<u32>,
    #[serde(default)]
    layout: Layout,
    driver: Option<String>,
    #[serde(default)]
    types: Vec<TypeFile>,
    #[serde(default)]
    functions: Vec<FunctionFile>,
}

/// A vGPU type in one of both layouts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeFile {
    pub(crate) id: u32,
    pub(crate) name: String,
    #[serde(default = "one")]
    pub(crate) max: u32,
    #[serde(default)]
    pub(crate) framebuffer: u32,
    /// `available_instances`; by default what the mediated devices of the function leave.
    pub(crate) available: Option<u32>,
}

fn one() -> u32 {
    1
}

/// What is special about a virtual function.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FunctionFile {
    index: u32,
    driver: Option<String>,
    #[serde(default)]
    current: u32,
    gpu_instance: Option<u32>,
    placement: Option<u32>,
}

/// A mediated device; without a function, on the physical one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MdevFile {
    pub(crate) uuid: String,
    pub(crate) function: Option<u32>,
    #[serde(rename = "type")]
    pub(crate) vgpu_type: u32,
}

/// A device that NVML does not show.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PciFile {
    pub(crate) address: String,
    #[serde(default = "nvidia")]
    pub(crate) vendor: String,
    pub(crate) device: String,
    #[serde(default = "controller")]
    pub(crate) class: String,
    pub(crate) driver: Option<String>,
}

fn nvidia() -> String {
    "0x10de".to_owned()
}

fn controller() -> String {
    "0x030200".to_owned()
}

/// The virtual functions that are written for the GPU at that address.
pub(super) fn sriov(file: &SriovFile, physical: PciAddress) -> Result<Sriov, HostError> {
    let at = |problem: String| HostError::new(problem).at("sriov");
    let enabled = file.enabled.unwrap_or(file.total);
    if enabled > file.total || file.total > 256 {
        return Err(at(format!(
            "{enabled} of {} functions: no more than there can be, nor than 256",
            file.total
        )));
    }
    let driver = bound(file.driver.as_deref());
    let mut functions: Vec<Function> = (0..enabled)
        .map(|index| Function {
            address: physical.plus(FIRST_FUNCTION + index),
            driver: driver.clone(),
            current: 0,
            gpu_instance: None,
            placement: None,
        })
        .collect();
    for special in &file.functions {
        let known = usize::try_from(special.index).ok().and_then(|index| functions.get_mut(index));
        let Some(function) = known else {
            return Err(at(format!("there is no function {}: {enabled} are enabled", special.index)));
        };
        if special.current != 0 && !file.types.iter().any(|one| one.id == special.current) {
            return Err(at(format!("type {} of function {} is not listed", special.current, special.index)));
        }
        if special.driver.is_some() {
            function.driver = bound(special.driver.as_deref());
        }
        function.current = special.current;
        function.gpu_instance = special.gpu_instance;
        function.placement = special.placement;
    }
    Ok(Sriov { total: file.total, layout: file.layout, types: file.types.clone(), functions })
}

/// `nvidia` unless something else is said, and "none" for no driver.
pub(super) fn bound(driver: Option<&str>) -> Option<String> {
    match driver {
        Some("none") => None,
        Some(other) => Some(other.to_owned()),
        None => Some("nvidia".to_owned()),
    }
}

impl OnBus {
    /// Whether everything that a mediated device names is there.
    pub(super) fn check(&self) -> Result<(), HostError> {
        let mut seen = BTreeSet::new();
        for mdev in &self.mdevs {
            let at = |problem: String| HostError::new(problem).at(&mdev.uuid).at("mdevs");
            let types = match (mdev.function, &self.sriov) {
                (None, _) => &self.mdev_types,
                (Some(index), Some(sriov)) if (index as usize) < sriov.functions.len() => &sriov.types,
                (Some(index), _) => return Err(at(format!("there is no function {index}"))),
            };
            if !types.iter().any(|one| one.id == mdev.vgpu_type) {
                return Err(at(format!("type {} is not listed for its function", mdev.vgpu_type)));
            }
            if mdev.uuid.contains('/') || !seen.insert(&mdev.uuid) {
                return Err(at("it is no UUID, or there twice".to_owned()));
            }
        }
        Ok(())
    }
}
