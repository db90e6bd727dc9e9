//! The PCI functions of a GPU that hand vGPUs out: each virtual function one, or the physical one all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Gpu, PciAddress, VgpuInterface, VgpuTypeId};

/// What the functions of one GPU carry, and could.
#[derive(Debug, Default)]
pub(super) struct Carriers {
    /// Functions that have a type, or vGPUs that exist as mediated devices: by type.
    pub(super) typed: BTreeMap<VgpuTypeId, u32>,
    /// For each virtual function without a type, the types that it could have now.
    open: Vec<BTreeSet<VgpuTypeId>>,
    /// How many more of each type the physical function would make now, where it hands vGPUs out itself.
    physical: BTreeMap<VgpuTypeId, u32>,
}

impl Carriers {
    pub(super) fn of(gpu: &Gpu) -> Self {
        let mut carriers = Carriers::default();
        for function in gpu.functions.values() {
            match &function.interface {
                VgpuInterface::None => {}
                VgpuInterface::Vendor { current: Some(current), .. } => carriers.add(*current, 1),
                VgpuInterface::Vendor { current: None, creatable, .. } => {
                    carriers.open.push(creatable.keys().copied().collect());
                }
                VgpuInterface::Mdev { types } => {
                    if carriers.devices(gpu, function.address) == 0 {
                        let free = types.iter().filter(|(_, told)| told.available > 0);
                        carriers.open.push(free.map(|(id, _)| *id).collect());
                    }
                }
            }
        }
        if let VgpuInterface::Mdev { types } = &gpu.interface {
            carriers.devices(gpu, gpu.address);
            carriers.physical = types.iter().map(|(id, told)| (*id, told.available)).collect();
        }
        carriers
    }

    /// Counts the mediated devices on a function.
    fn devices(&mut self, gpu: &Gpu, parent: PciAddress) -> usize {
        let mut count = 0;
        for device in gpu.mediated.values().filter(|device| device.parent == parent) {
            self.add(device.vgpu_type, 1);
            count += 1;
        }
        count
    }

    fn add(&mut self, vgpu_type: VgpuTypeId, count: u32) {
        let typed = self.typed.entry(vgpu_type).or_default();
        *typed = typed.saturating_add(count);
    }

    /// How many vGPUs of a type there can be, as far as functions go and never more than `most`: those that have
    /// it, and, if `open`, functions that could have it. Each of these is given to one type only.
    pub(super) fn take(&mut self, vgpu_type: VgpuTypeId, open: bool, most: u32) -> u32 {
        let mut units = self.typed.get(&vgpu_type).copied().unwrap_or(0).min(most);
        if open {
            self.open.retain(|could| {
                let taken = units < most && could.contains(&vgpu_type);
                units += u32::from(taken);
                !taken
            });
            let physical = self.physical.get(&vgpu_type).copied().unwrap_or(0);
            units = units.saturating_add(physical).min(most);
        }
        units
    }
}
