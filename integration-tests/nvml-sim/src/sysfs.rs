//! A host's sysfs, as far as NVIDIA GPUs go, as a tree of real files in the kernel's shape: both layouts, with
//! the links between `devices`, `bus` and `class`.
//!
//! Facts: names and contents of all files but two. Assumed: virtual functions begin four functions after the
//! physical one, each has its physical function's class and device id.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::host::{Function, Gpu, Host, Layout, PciAddress, TypeFile};

/// What is at a path of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    Folder,
    File(String),
    Link(String),
    /// Opening it is ENXIO, as reading `gpu_instance_id` is before there is a vGPU.
    NoValueYet,
}

/// A tree that is not written yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<PathBuf, Entry>,
}

impl Tree {
    /// The tree of a host; of none, a bus without devices.
    #[must_use]
    pub fn of(host: Option<&Host>) -> Self {
        let mut tree = Self::default();
        tree.add("bus/pci/devices", Entry::Folder);
        for device in host.into_iter().flat_map(|host| &host.pci) {
            let who = [device.vendor.as_str(), &device.device, &device.class];
            if let Ok(address) = device.address.parse() {
                tree.device(address, who, device.driver.as_deref(), None);
            }
        }
        for gpu in host.into_iter().flat_map(|host| &host.gpus) {
            tree.gpu(gpu);
        }
        for (path, what) in host.into_iter().flat_map(|host| &host.sysfs) {
            tree.instead(path, what);
        }
        tree
    }

    /// Puts something else at a path, or nothing at it and below.
    fn instead(&mut self, path: &str, what: &str) {
        self.entries.retain(|there, _| !there.starts_with(path));
        match what {
            "nothing" => {}
            "ENXIO" => self.add(path, Entry::NoValueYet),
            "EISDIR" => self.add(path, Entry::Folder),
            text => self.add(path, Entry::File(text.to_owned())),
        }
    }

    /// Writes it into a folder that is not there yet.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let mut made = BTreeSet::new();
        for (path, entry) in &self.entries {
            let path = folder.join(path);
            let parent = if *entry == Entry::Folder { Some(path.as_path()) } else { path.parent() };
            if let Some(parent) = parent.filter(|parent| !made.contains(*parent)) {
                fs::create_dir_all(parent)?;
                made.insert(parent.to_owned());
            }
            match entry {
                Entry::Folder => {}
                Entry::File(text) => fs::write(&path, format!("{text}\n"))?,
                Entry::Link(target) => symlink(target, &path)?,
                Entry::NoValueYet => socket(&path)?,
            }
        }
        Ok(())
    }

    fn add(&mut self, path: impl Into<PathBuf>, entry: Entry) {
        self.entries.insert(path.into(), entry);
    }

    fn file(&mut self, path: String, text: impl ToString) {
        self.add(path, Entry::File(text.to_string()));
    }

    fn link(&mut self, path: String, target: impl Into<String>) {
        self.add(path, Entry::Link(target.into()));
    }

    /// Vendor, device and class.
    fn device(&mut self, address: PciAddress, who: [&str; 3], driver: Option<&str>, numa: Option<u32>) {
        let home = home(address);
        for (name, text) in ["vendor", "device", "class"].into_iter().zip(who) {
            self.file(format!("{home}/{name}"), text);
        }
        self.file(format!("{home}/numa_node"), numa.map_or("-1".to_owned(), |node| node.to_string()));
        self.link(format!("bus/pci/devices/{address}"), format!("../../../{home}"));
        if let Some(driver) = driver {
            self.add(format!("bus/pci/drivers/{driver}"), Entry::Folder);
            self.link(format!("{home}/driver"), format!("../../../bus/pci/drivers/{driver}"));
        }
    }

    fn gpu(&mut self, gpu: &Gpu) {
        let Some(bus) = &gpu.bus else { return };
        let home = home(gpu.address);
        let device = format!("0x{:04x}", gpu.pci_device_id >> 16);
        let who = ["0x10de", device.as_str(), "0x030200"];
        self.device(gpu.address, who, bus.driver.as_deref(), bus.numa_node);
        self.mdev_types(gpu, gpu.address, &bus.mdev_types, None);
        for mdev in &bus.mdevs {
            let function = mdev.function.zip(bus.sriov.as_ref());
            let function = function.and_then(|(index, sriov)| sriov.functions.get(index as usize));
            let parent = self::home(function.map_or(gpu.address, |function| function.address));
            let own = format!("{parent}/{}", mdev.uuid);
            self.link(
                format!("{own}/mdev_type"),
                format!("../mdev_supported_types/nvidia-{}", mdev.vgpu_type),
            );
            self.link(format!("bus/mdev/devices/{}", mdev.uuid), format!("../../../{own}"));
        }
        let Some(sriov) = &bus.sriov else { return };
        self.file(format!("{home}/sriov_totalvfs"), sriov.total);
        self.file(format!("{home}/sriov_numvfs"), sriov.functions.len());
        for (index, function) in (0..).zip(&sriov.functions) {
            let address = function.address;
            self.device(address, who, function.driver.as_deref(), bus.numa_node);
            let own = self::home(address);
            self.link(format!("{own}/physfn"), format!("../{}", gpu.address));
            self.link(format!("{home}/virtfn{index}"), format!("../{address}"));
            // What belongs to somebody else hands nothing out.
            match sriov.layout {
                _ if function.driver.as_deref() != Some("nvidia") => {}
                Layout::None => {}
                Layout::Mdev => self.mdev_types(gpu, address, &sriov.types, Some(index)),
                Layout::Vendor => self.vendor(function, &sriov.types),
            }
        }
    }

    fn mdev_types(&mut self, gpu: &Gpu, parent: PciAddress, types: &[TypeFile], function: Option<u32>) {
        if types.is_empty() {
            return;
        }
        let home = home(parent);
        self.link(format!("class/mdev_bus/{parent}"), format!("../../{home}"));
        let mdevs = || gpu.bus.iter().flat_map(|bus| &bus.mdevs).filter(|mdev| mdev.function == function);
        for one in types {
            // Facts: 0 or 1 on a virtual function. One device makes all types unavailable there.
            let most = if function.is_some() { 1 } else { one.max };
            let taken = u32::try_from(mdevs().count()).unwrap_or(u32::MAX);
            let available = one.available.unwrap_or(most.saturating_sub(taken));
            let folder = format!("{home}/mdev_supported_types/nvidia-{}", one.id);
            self.file(format!("{folder}/name"), &one.name);
            let description = format!(
                "num_heads=4, frl_config=45, framebuffer={}M, max_resolution=5120x2880, max_instance={}",
                one.framebuffer, one.max
            );
            self.file(format!("{folder}/description"), description);
            self.file(format!("{folder}/available_instances"), available);
            self.file(format!("{folder}/device_api"), "vfio-pci");
            self.add(format!("{folder}/devices"), Entry::Folder);
        }
    }

    fn vendor(&mut self, function: &Function, types: &[TypeFile]) {
        let folder = format!("{}/nvidia", home(function.address));
        let mut creatable = "ID    : vGPU Name".to_owned();
        // Facts: a function that has a type lists what it could have instead; a full card nothing.
        for one in types.iter().filter(|one| one.available != Some(0)) {
            let _ = write!(creatable, "\n{:<6}: {}", one.id, one.name);
        }
        self.file(format!("{folder}/creatable_vgpu_types"), creatable);
        self.file(format!("{folder}/current_vgpu_type"), function.current);
        for (name, id) in [("gpu_instance_id", function.gpu_instance), ("placement_id", function.placement)] {
            let entry = id.map_or(Entry::NoValueYet, |id| Entry::File(id.to_string()));
            self.add(format!("{folder}/{name}"), entry);
        }
    }
}

fn home(address: PciAddress) -> String {
    format!("devices/pci{:04x}:{:02x}/{address}", address.domain, address.bus)
}

/// Sockets cannot be opened as files, whoever asks: ENXIO.
fn socket(path: &Path) -> io::Result<()> {
    let name = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: `name` is zero-terminated and outlives the call.
    match unsafe { libc::mknod(name.as_ptr(), libc::S_IFSOCK | 0o644, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
