//! One GPU as sysfs shows it: its functions, how each hands vGPUs out, and the mediated devices on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{self, Found};
use super::list::Children;
use super::parse::{self, Description};
use super::source::Source;
use super::{BusGpu, device_folder};
use crate::model::{
    FileProblem, GpuInstanceId, MdevType, MediatedDevice, PciAddress, Sriov, VgpuInterface, VgpuTypeId,
    VirtualFunction,
};

/// Problems that are told one by one; of what is beyond, how many.
const PROBLEMS_TOLD: usize = 8;

/// Reads the GPU at that address. `say` is told each function's folder before anything in it is read.
pub(super) fn read(
    source: &Source<'_>,
    address: PciAddress,
    children: &Children,
    say: &dyn Fn(&Path),
) -> BusGpu {
    let mut reading = Reading { source, children, say, types: BTreeMap::new(), gpu: BusGpu::default() };
    reading.everything(address);
    reading.gpu
}

struct Reading<'a> {
    source: &'a Source<'a>,
    children: &'a Children,
    say: &'a dyn Fn(&Path),
    /// Name and description of each mdev type: the same on all functions of a GPU, of which there are many.
    types: BTreeMap<VgpuTypeId, (Option<String>, Description)>,
    gpu: BusGpu,
}

impl Reading<'_> {
    fn everything(&mut self, address: PciAddress) {
        let folder = device_folder(self.source.root, address);
        (self.say)(&folder);
        self.gpu.numa_node =
            self.keep(file::value(self.source, &folder.join("numa_node"), parse::numa_node)).flatten();
        self.gpu.interface = self.interface(address, &folder);
        self.mediated(address);
        let total = self.keep(file::value(self.source, &folder.join("sriov_totalvfs"), parse::number));
        if let Some(total) = total.filter(|total| *total > 0) {
            let enabled = self.keep(file::value(self.source, &folder.join("sriov_numvfs"), parse::number));
            self.gpu.sriov = Some(Sriov { total, enabled: enabled.unwrap_or(0) });
            self.functions(&folder);
        }
        let beyond = self.gpu.problems.len().saturating_sub(PROBLEMS_TOLD);
        if beyond > 0 {
            self.gpu.problems.truncate(PROBLEMS_TOLD);
            self.gpu.problems.push(file::problem(&folder, format!("{beyond} more files like these")));
        }
    }

    /// What was found, if anything; a problem is kept.
    fn keep<T>(&mut self, found: Found<T>) -> Option<T> {
        found.unwrap_or_else(|problem: FileProblem| {
            self.gpu.problems.push(problem);
            None
        })
    }

    fn functions(&mut self, folder: &Path) {
        for name in self.keep(file::names(self.source, folder)).unwrap_or_default() {
            let Some(index) = name.strip_prefix("virtfn").and_then(parse::number) else { continue };
            let link = folder.join(&name);
            let Some(target) = self.keep(file::link_name(self.source, &link)) else { continue };
            let Ok(address) = target.parse::<PciAddress>() else {
                self.gpu.problems.push(file::nonsense(&link, &target));
                continue;
            };
            let folder = device_folder(self.source.root, address);
            (self.say)(&folder);
            if matches!(self.source.exists(&folder), Ok(false)) {
                continue;
            }
            let numa_node =
                self.keep(file::value(self.source, &folder.join("numa_node"), parse::numa_node)).flatten();
            let driver = self.keep(file::link_name(self.source, &folder.join("driver")));
            let interface = self.interface(address, &folder);
            self.mediated(address);
            let function = VirtualFunction { address, index, numa_node, driver, interface };
            self.gpu.functions.insert(address, function);
        }
    }

    fn interface(&mut self, address: PciAddress, folder: &Path) -> VgpuInterface {
        let types = self.source.root.join(format!("class/mdev_bus/{address}/mdev_supported_types"));
        let names = self.keep(file::names(self.source, &types)).unwrap_or_default();
        if !names.is_empty() {
            let types = names.iter().filter_map(|name| self.mdev_type(&types.join(name), name)).collect();
            return VgpuInterface::Mdev { types };
        }
        let vendor = folder.join("nvidia");
        if matches!(self.source.exists(&vendor), Ok(true)) {
            self.vendor(&vendor)
        } else {
            VgpuInterface::None
        }
    }

    fn mdev_type(&mut self, folder: &Path, name: &str) -> Option<(VgpuTypeId, MdevType)> {
        let Some(id) = parse::mdev_type(name) else {
            self.gpu.problems.push(file::nonsense(folder, name));
            return None;
        };
        let available =
            self.keep(file::value(self.source, &folder.join("available_instances"), parse::number))?;
        let known = self.types.get(&id).filter(|(name, _)| name.is_some()).cloned();
        let (told, description) = known.unwrap_or_else(|| {
            let told = self.keep(file::text(self.source, &folder.join("name")));
            let text = self.keep(file::text(self.source, &folder.join("description"))).unwrap_or_default();
            let read = (told, parse::description(&text));
            self.types.insert(id, read.clone());
            read
        });
        let Description { framebuffer_mib, max_instances } = description;
        let name = told.unwrap_or_else(|| name.to_owned());
        Some((id, MdevType { name, available, max_instances, framebuffer_mib }))
    }

    fn vendor(&mut self, folder: &Path) -> VgpuInterface {
        let current =
            self.keep(file::value(self.source, &folder.join("current_vgpu_type"), parse::current_type));
        let creatable =
            self.keep(file::value(self.source, &folder.join("creatable_vgpu_types"), parse::creatable));
        let instance = self.once_there(folder.join("gpu_instance_id")).map(GpuInstanceId::new);
        let placement = self.once_there(folder.join("placement_id"));
        VgpuInterface::Vendor {
            current: current.flatten(),
            creatable: creatable.unwrap_or_default(),
            instance,
            placement,
        }
    }

    fn once_there(&mut self, path: PathBuf) -> Option<u32> {
        let found = file::text_once_there(self.source, &path);
        self.keep(found.and_then(|text| file::parsed(&path, text, parse::id_once_there))).flatten()
    }

    fn mediated(&mut self, parent: PciAddress) {
        for uuid in self.children.get(&parent).into_iter().flatten().copied() {
            let link = self.source.root.join(format!("bus/mdev/devices/{uuid}/mdev_type"));
            let Some(name) = self.keep(file::link_name(self.source, &link)) else { continue };
            match parse::mdev_type(&name) {
                Some(vgpu_type) => {
                    self.gpu.mediated.insert(uuid, MediatedDevice { uuid, parent, vgpu_type });
                }
                None => self.gpu.problems.push(file::nonsense(&link, &name)),
            }
        }
    }
}
