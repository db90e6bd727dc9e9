//! What a host file says of the PCI bus: functions, vGPU types on them, mediated devices, other devices.
//! [`crate::sysfs`] makes a tree of it; what NVML answers about the same vGPUs is joined in [`super::joined`].

use serde::Deserialize;

use super::joined::{self, TypeEntry, TypeRef};
use super::{HostError, PciAddress, Vgpu};

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
    pub(crate) mdevs: Vec<Mdev>,
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
    types: Option<Vec<TypeEntry>>,
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

/// What is special about some virtual functions, one after the other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FunctionFile {
    index: u32,
    #[serde(default = "one")]
    count: u32,
    driver: Option<String>,
    current: Option<TypeRef>,
    gpu_instance: Option<u32>,
    placement: Option<u32>,
}

/// A mediated device, as written; without a function, on the physical one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MdevFile {
    uuid: String,
    function: Option<u32>,
    #[serde(rename = "type")]
    vgpu_type: TypeRef,
}

/// A mediated device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mdev {
    pub(crate) uuid: String,
    pub(crate) function: Option<u32>,
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
pub(super) fn sriov(file: &SriovFile, physical: PciAddress, nvml: Option<&Vgpu>) -> Result<Sriov, HostError> {
    let at = |problem: String| HostError::new(problem).at("sriov");
    let enabled = file.enabled.unwrap_or(file.total);
    if enabled > file.total || file.total > 256 {
        return Err(at(format!(
            "{enabled} of {} functions: no more than there can be, nor than 256",
            file.total
        )));
    }
    let types = joined::types(file.types.as_deref(), nvml).map_err(|error| error.at("types").at("sriov"))?;
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
        let current = match &special.current {
            None | Some(TypeRef::Id(0)) => 0,
            Some(written) => {
                let at = |error: HostError| error.at(format!("function {}", special.index)).at("sriov");
                written.among(&types).map_err(at)?
            }
        };
        for index in (special.index..).take(special.count as usize) {
            let known = usize::try_from(index).ok().and_then(|index| functions.get_mut(index));
            let Some(function) = known else {
                return Err(at(format!("there is no function {index}: {enabled} are enabled")));
            };
            if special.driver.is_some() {
                function.driver = bound(special.driver.as_deref());
            }
            function.current = current;
            function.gpu_instance = special.gpu_instance;
            function.placement = special.placement;
        }
    }
    Ok(Sriov { total: file.total, layout: file.layout, types, functions })
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
    /// Takes in a mediated device, if everything that it names is there.
    pub(super) fn mdev(&mut self, file: &MdevFile) -> Result<(), HostError> {
        let at = |error: HostError| error.at(&file.uuid).at("mdevs");
        let types = match (file.function, &self.sriov) {
            (None, _) => &self.mdev_types,
            (Some(index), Some(sriov)) if (index as usize) < sriov.functions.len() => &sriov.types,
            (Some(index), _) => return Err(at(HostError::new(format!("there is no function {index}")))),
        };
        let vgpu_type = file.vgpu_type.among(types).map_err(at)?;
        if file.uuid.contains('/') || self.mdevs.iter().any(|mdev| mdev.uuid == file.uuid) {
            return Err(at(HostError::new("it is no UUID, or there twice")));
        }
        self.mdevs.push(Mdev { uuid: file.uuid.clone(), function: file.function, vgpu_type });
        Ok(())
    }
}
