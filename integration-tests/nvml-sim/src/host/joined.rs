//! One vGPU host from two sides: what NVML answers and what sysfs shows of it. What the file writes on one side
//! alone is taken over to the other; what it writes on both must agree.

use serde::Deserialize;

use super::bus::{Layout, Mdev, OnBus, Sriov, TypeFile};
use super::{HostError, Instance, PciAddress, Vgpu};

/// A vGPU type, by NVML's id or by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a vGPU type: its id or its name")]
pub(super) enum TypeRef {
    Id(u32),
    Name(String),
}

/// An entry of a list of types in sysfs.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a vGPU type: its id, its name, or a table with id and name")]
pub(super) enum TypeEntry {
    Named(TypeRef),
    Described(TypeFile),
}

impl TypeRef {
    /// Its id, if it is one of these.
    pub(super) fn among(&self, types: &[TypeFile]) -> Result<u32, HostError> {
        let found = match self {
            TypeRef::Id(id) => types.iter().find(|one| one.id == *id),
            TypeRef::Name(name) => types.iter().find(|one| one.name == *name),
        };
        found.map(|one| one.id).ok_or_else(|| HostError::new(format!("type {} is not listed", self.text())))
    }

    fn text(&self) -> String {
        match self {
            TypeRef::Id(id) => id.to_string(),
            TypeRef::Name(name) => format!("`{name}`"),
        }
    }
}

/// The types that functions list: those that NVML supports, where nothing else is written. What is written beside
/// NVML's types is one of them.
pub(super) fn types(written: Option<&[TypeEntry]>, nvml: Option<&Vgpu>) -> Result<Vec<TypeFile>, HostError> {
    let supported: Vec<TypeFile> = nvml
        .into_iter()
        .flat_map(|vgpu| &vgpu.types)
        .map(|one| TypeFile {
            id: one.id,
            name: one.name.clone(),
            max: one.max_instances,
            framebuffer: u32::try_from(one.framebuffer_mib).unwrap_or(u32::MAX),
            available: None,
        })
        .collect();
    let Some(written) = written else { return Ok(supported) };
    let entry = |entry: &TypeEntry| match entry {
        TypeEntry::Named(named) => {
            let id = named.among(&supported)?;
            supported.iter().find(|one| one.id == id).cloned().ok_or_else(|| HostError::new("not listed"))
        }
        TypeEntry::Described(described) if nvml.is_none() => Ok(described.clone()),
        TypeEntry::Described(described) => {
            let same = supported.iter().find(|one| one.id == described.id);
            match same.filter(|one| one.name == described.name) {
                Some(_) => Ok(described.clone()),
                None => Err(HostError::new(format!(
                    "NVML has {} as type {}, and sysfs would have `{}`",
                    same.map_or("nothing".to_owned(), |one| format!("`{}`", one.name)),
                    described.id,
                    described.name
                ))),
            }
        }
    };
    written.iter().map(entry).collect()
}

/// Puts every vGPU that runs where sysfs shows it, and lets the functions list what can still be made.
pub(super) fn join(
    bus: &mut OnBus,
    vgpu: &mut Vgpu,
    instances: &[Instance],
    address: PciAddress,
) -> Result<(), HostError> {
    for index in 0..vgpu.active.len() {
        place(bus, vgpu, index, address).map_err(|error| error.at(format!("active {index}")).at("vgpu"))?;
    }
    let left: Vec<u32> = creatable(bus, vgpu, instances);
    let lists = bus.sriov.iter_mut().map(|sriov| &mut sriov.types).chain([&mut bus.mdev_types]);
    for one in lists.flatten().filter(|one| one.available.is_none() && !left.contains(&one.id)) {
        one.available = Some(0);
    }
    Ok(())
}

/// One vGPU that runs: on the function that it names with the vendor's layout, else as a mediated device.
fn place(bus: &mut OnBus, vgpu: &mut Vgpu, index: usize, address: PciAddress) -> Result<(), HostError> {
    let wrong = |problem: String| Err(HostError::new(problem));
    let Some(active) = vgpu.active.get_mut(index) else { return Ok(()) };
    if let Some(number) = active.function {
        let function = |sriov: &Sriov| sriov.functions.len() > number as usize;
        let Some(sriov) = bus.sriov.as_mut().filter(|sriov| function(sriov)) else {
            return wrong(format!("there is no function {number}"));
        };
        if sriov.layout == Layout::Vendor {
            let Some(function) = sriov.functions.get_mut(number as usize) else { return Ok(()) };
            let same = |written: Option<u32>, runs: u32| written.is_none_or(|written| written == runs);
            let current = Some(function.current).filter(|current| *current != 0);
            let instance = active.instance.unwrap_or(0);
            if !same(current, active.type_id) || !same(function.gpu_instance, instance) {
                return wrong(format!(
                    "function {number} has type {} and GPU instance {:?}, and a vGPU of type {} runs on it in {instance}",
                    function.current, function.gpu_instance, active.type_id
                ));
            }
            function.current = active.type_id;
            function.gpu_instance = Some(instance);
            function.placement = function.placement.or(Some(0));
            return Ok(());
        }
    }
    let by_mdev =
        !bus.mdev_types.is_empty() || bus.sriov.as_ref().is_some_and(|sriov| sriov.layout == Layout::Mdev);
    if !by_mdev || active.function.is_none() && active.mdev.is_none() {
        return Ok(());
    }
    let uuid = active.mdev.get_or_insert_with(|| address.uuid(&format!("mdev/{index}"))).clone();
    let Some(there) = bus.mdevs.iter().find(|mdev| mdev.uuid == uuid) else {
        let on = active.function;
        if on.is_some() && bus.mdevs.iter().any(|mdev| mdev.function == on) {
            return wrong(format!("function {} has a mediated device already", on.unwrap_or(0)));
        }
        bus.mdevs.push(Mdev { uuid, function: on, vgpu_type: active.type_id });
        return Ok(());
    };
    if there.vgpu_type != active.type_id || active.function.is_some_and(|on| there.function != Some(on)) {
        return wrong(format!("its mediated device {uuid} is of another type, or on another function"));
    }
    active.function = there.function;
    Ok(())
}

/// The types that functions without one could have: what NVML would still make, less the functions that have a
/// type while no vGPU runs on them yet (assumed).
fn creatable(bus: &OnBus, vgpu: &Vgpu, instances: &[Instance]) -> Vec<u32> {
    let functions = bus.sriov.iter().flat_map(|sriov| &sriov.functions);
    let typed = functions.map(|function| function.current).filter(|current| *current != 0);
    let taken: Vec<u32> = typed.chain(bus.mdevs.iter().map(|mdev| mdev.vgpu_type)).collect();
    let profile = |id: u32| vgpu.types.iter().find(|one| one.id == id).and_then(|one| one.profile_id);
    let room = |id: &&u32| {
        let Some(one) = vgpu.types.iter().find(|one| one.id == **id) else { return false };
        let same = taken.iter().filter(|other| **other == one.id).count();
        let most = match one.profile_id {
            None => {
                let alone = vgpu.heterogeneous || taken.iter().all(|other| *other == one.id);
                if alone { one.max_instances as usize } else { 0 }
            }
            Some(home) => {
                let homes = instances.iter().filter(|instance| instance.profile_id == home).count();
                let others = taken.iter().filter(|id| **id != one.id && profile(**id) == Some(home)).count();
                homes.saturating_sub(others) * one.max_per_gpu_instance as usize
            }
        };
        same < most
    };
    vgpu.creatable.iter().filter(room).copied().collect()
}

#[cfg(test)]
mod tests;
