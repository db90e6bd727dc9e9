//! vGPUs of a GPU on a vGPU host: from the file as written to values that make sense.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{HostError, Instance, PciAddress};
use crate::data::Model;
use crate::data::vgpu::{VgpuType, types};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VgpuFile {
    mode: VgpuMode,
    host: Option<bool>,
    #[serde(default)]
    heterogeneous: bool,
    types: Option<Vec<TypeFile>>,
    creatable: Option<Vec<String>>,
    #[serde(default)]
    active: Vec<ActiveFile>,
}

/// How a GPU hands its vGPUs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum VgpuMode {
    Sriov,
    NonSriov,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a type's name, or a table with id, name, framebuffer_mib and max_instances")]
enum TypeFile {
    Known(String),
    Described(DescribedType),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedType {
    id: u32,
    name: String,
    class: Option<String>,
    framebuffer_mib: u64,
    max_instances: u32,
    max_per_vm: Option<u32>,
    profile_id: Option<u32>,
    max_per_gpu_instance: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActiveFile {
    #[serde(rename = "type")]
    name: String,
    id: Option<u32>,
    uuid: Option<String>,
    vm: Option<String>,
    vm_is_domain: Option<bool>,
    instance: Option<u32>,
    mdev: Option<String>,
    function: Option<u32>,
    #[serde(default)]
    used_mib: u64,
    utilisation: Option<(u32, u32, u32, u32)>,
    licensed: Option<bool>,
}

/// The vGPU side of a GPU.
#[derive(Clone, Debug)]
pub(crate) struct Vgpu {
    pub(crate) mode: VgpuMode,
    /// False: it tells the mode alone, and is on no vGPU host.
    pub(crate) host: bool,
    pub(crate) heterogeneous: bool,
    pub(crate) types: Vec<VgpuType>,
    /// Ids.
    pub(crate) creatable: Vec<u32>,
    pub(crate) active: Vec<Active>,
}

/// A vGPU that runs.
#[derive(Clone, Debug)]
pub(crate) struct Active {
    pub(crate) id: u32,
    pub(crate) type_id: u32,
    pub(crate) uuid: String,
    pub(crate) vm: String,
    pub(crate) vm_is_domain: bool,
    pub(crate) instance: Option<u32>,
    pub(crate) mdev: Option<String>,
    /// The virtual function that it is on, by index, where the file says so.
    pub(crate) function: Option<u32>,
    pub(crate) used_mib: u64,
    /// Percent of multiprocessors, memory, encoder, decoder.
    pub(crate) utilisation: Option<(u32, u32, u32, u32)>,
    /// `None`: a driver that does not tell.
    pub(crate) licensed: Option<bool>,
}

/// The GPU that the vGPUs are on.
pub(super) struct Board<'a> {
    pub(super) address: PciAddress,
    pub(super) name: &'a str,
    pub(super) model: Option<&'static Model>,
    pub(super) memory_mib: u64,
    pub(super) mig_on: bool,
    pub(super) instances: &'a [Instance],
}

/// Checks what is written. Types without a list are those that the data has for the board.
pub(super) fn vgpu(file: &VgpuFile, board: &Board<'_>) -> Result<Vgpu, HostError> {
    let wrong = |problem: String| Err(HostError::new(problem).at("vgpu"));
    let data = types(board.name, board.model, board.memory_mib, board.mig_on);
    let types = match &file.types {
        None => data,
        Some(list) => {
            let chosen = list.iter().map(|one| match one {
                TypeFile::Described(described) => Ok(from_description(described)),
                TypeFile::Known(name) => {
                    data.iter().find(|one| one.name == *name).cloned().ok_or_else(|| {
                        let problem =
                            format!("`{name}` is not a type that the data has for this board and MIG mode");
                        HostError::new(problem).at("types").at("vgpu")
                    })
                }
            });
            chosen.collect::<Result<Vec<_>, _>>()?
        }
    };
    let mut ids = BTreeSet::new();
    if let Some(twice) = types.iter().find(|one| !ids.insert(one.id)) {
        return wrong(format!("type id {} is there twice", twice.id));
    }
    let named = |name: &str| types.iter().find(|one| one.name == name);
    let mut active = Vec::new();
    for (index, one) in file.active.iter().enumerate() {
        let Some(vgpu_type) = named(&one.name) else {
            return wrong(format!("active: `{}` is not a type of this GPU", one.name));
        };
        let home = one.instance.map(|id| board.instances.iter().find(|instance| instance.id == id));
        match (vgpu_type.profile_id, home) {
            (None, None) => {}
            (Some(profile), Some(Some(instance))) if instance.profile_id == profile => {}
            _ => {
                return wrong(format!(
                    "active: a `{}` needs the id of a GPU instance of its profile if and only if it lives in one",
                    one.name
                ));
            }
        }
        let number = u32::try_from(index).unwrap_or(0);
        // Assumed: instance ids are large numbers without an order; unique per host here.
        let id = one.id.unwrap_or(0x4000_0000 | ((board.address.bus & 0xff) << 16) | (number + 1));
        let uuid = one.uuid.clone().unwrap_or_else(|| board.address.uuid(&format!("vgpu/{index}")));
        active.push(Active {
            id,
            type_id: vgpu_type.id,
            uuid,
            vm: one.vm.clone().unwrap_or_else(|| board.address.uuid(&format!("vm/{index}"))),
            vm_is_domain: one.vm_is_domain.unwrap_or(false),
            instance: one.instance,
            mdev: one.mdev.clone(),
            function: one.function,
            used_mib: one.used_mib,
            utilisation: one.utilisation,
            licensed: one.licensed,
        });
    }
    let creatable = match &file.creatable {
        Some(names) => {
            let ids = names.iter().map(|name| {
                named(name).map(|one| one.id).ok_or_else(|| {
                    HostError::new(format!("creatable: `{name}` is not a type of this GPU")).at("vgpu")
                })
            });
            ids.collect::<Result<Vec<_>, _>>()?
        }
        None => types
            .iter()
            .filter(|one| fits(one, &types, &active, file.heterogeneous, board))
            .map(|one| one.id)
            .collect(),
    };
    Ok(Vgpu {
        mode: file.mode,
        host: file.host.unwrap_or(true),
        heterogeneous: file.heterogeneous,
        types,
        creatable,
        active,
    })
}

fn from_description(described: &DescribedType) -> VgpuType {
    let inside = described.profile_id.is_some();
    VgpuType {
        id: described.id,
        name: described.name.clone(),
        class: described.class.clone().unwrap_or_else(|| "Compute".to_owned()),
        framebuffer_mib: described.framebuffer_mib,
        max_instances: described.max_instances,
        max_per_vm: described.max_per_vm.unwrap_or(1),
        profile_id: described.profile_id,
        max_per_gpu_instance: described.max_per_gpu_instance.unwrap_or(u32::from(inside)),
    }
}

/// Whether one more could be made. Header: "if only one vGPU type is allowed at a time on a device, then the
/// creatable list will be restricted to whatever vGPU type is already running". The rest is assumed: inside MIG
/// an instance of its profile with room, and one type at a time in an instance.
fn fits(
    one: &VgpuType,
    types: &[VgpuType],
    active: &[Active],
    heterogeneous: bool,
    board: &Board<'_>,
) -> bool {
    let same = active.iter().filter(|other| other.type_id == one.id).count();
    if same >= one.max_instances as usize {
        return false;
    }
    if let Some(profile) = one.profile_id {
        return board.instances.iter().filter(|instance| instance.profile_id == profile).any(|instance| {
            let mut inside = active.iter().filter(|other| other.instance == Some(instance.id));
            let alike = inside.clone().all(|other| other.type_id == one.id);
            alike && inside.by_ref().count() < one.max_per_gpu_instance as usize
        });
    }
    let used: u64 = active
        .iter()
        .filter_map(|other| types.iter().find(|known| known.id == other.type_id))
        .map(|known| known.framebuffer_mib)
        .sum();
    let alike = active.iter().all(|other| other.type_id == one.id);
    (heterogeneous || alike) && used + one.framebuffer_mib <= board.memory_mib.div_ceil(8192) * 8192
}
