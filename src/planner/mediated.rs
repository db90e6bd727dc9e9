//! What guests can get of a GPU of which Nova makes mediated devices, as far as Nova's configuration tells.

use std::collections::BTreeMap;

use crate::model::{Gpu, NovaView, PciAddress, VgpuInterface, VgpuTypeId};

use super::budget::{Budget, Candidate};
use super::capacity::room;

/// By type, how many vGPUs Nova's libvirt driver can make there: one on each function that it is told to make them
/// on, and never more than the GPU has. The same functions carry the traits ([`decorate`](super::decorate)).
pub fn mediated(gpu: &Gpu, nova: &NovaView) -> BTreeMap<VgpuTypeId, u32> {
    let mut found = BTreeMap::new();
    let mut candidates = Vec::new();
    for (index, function) in gpu.functions.values().enumerate() {
        let VgpuInterface::Mdev { types } = &function.interface else { continue };
        let exists = gpu.type_of(function);
        let Some(vgpu_type) = exists.or_else(|| configured(nova, function.address)) else { continue };
        if types.contains_key(&vgpu_type) {
            candidates.push(Candidate { index, vgpu_type, in_use: exists.is_some(), tagged: false });
        }
    }
    let within = Budget::of(gpu).spend(&mut candidates, false);
    for candidate in candidates.iter().filter(|candidate| within.contains(&candidate.index)) {
        *found.entry(candidate.vgpu_type).or_default() += 1;
    }
    if let (VgpuInterface::Mdev { types }, Some(id)) = (&gpu.interface, configured(nova, gpu.address))
        && let Some(told) = types.get(&id)
    {
        // The physical function hands all of them out, and says how many are left.
        let made =
            gpu.mediated.values().filter(|device| device.parent == gpu.address && device.vgpu_type == id);
        let all = told.available.saturating_add(u32::try_from(made.count()).unwrap_or(u32::MAX));
        let most = gpu.vgpu.types.get(&id).and_then(|one| room(gpu, one)).unwrap_or(all);
        found.insert(id, all.min(most));
    }
    found.retain(|_, units| *units > 0);
    found
}

fn configured(nova: &NovaView, function: PciAddress) -> Option<VgpuTypeId> {
    nova.mdev_type_of(function)?.vgpu_type()
}
