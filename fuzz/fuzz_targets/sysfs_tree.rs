//! A small tree in the form of sysfs, some of whose files are not what they should be.
#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use nvidia_placement_agent::hardware::fuzzing::sysfs;
use nvidia_placement_agent::model::PciAddress;
use nvidia_placement_agent_fuzz::{look_at, scratch};

const GPUS: [&str; 2] = ["0000:41:00.0", "0000:42:00.0"];

/// Every file of the tree, and what is in it while nobody changes it. The first GPU has the vendor-specific
/// layout, the second that of mediated devices.
const FILES: &[(&str, &str)] = &[
    ("bus/pci/devices/0000:41:00.0/vendor", "0x10de\n"),
    ("bus/pci/devices/0000:41:00.0/class", "0x030200\n"),
    ("bus/pci/devices/0000:41:00.0/device", "0x26b9\n"),
    ("bus/pci/devices/0000:41:00.0/numa_node", "1\n"),
    ("bus/pci/devices/0000:41:00.0/sriov_totalvfs", "32\n"),
    ("bus/pci/devices/0000:41:00.0/sriov_numvfs", "2\n"),
    ("bus/pci/devices/0000:41:00.4/vendor", "0x10de\n"),
    ("bus/pci/devices/0000:41:00.4/class", "0x030200\n"),
    ("bus/pci/devices/0000:41:00.4/numa_node", "-1\n"),
    ("bus/pci/devices/0000:41:00.4/nvidia/current_vgpu_type", "1147\n"),
    ("bus/pci/devices/0000:41:00.4/nvidia/creatable_vgpu_types", "ID    : vGPU Name\n1147  : NVIDIA L40S-1Q\n"),
    ("bus/pci/devices/0000:41:00.4/nvidia/gpu_instance_id", "3\n"),
    ("bus/pci/devices/0000:41:00.4/nvidia/placement_id", "4294967295\n"),
    ("bus/pci/devices/0000:41:00.5/vendor", "0x10de\n"),
    ("bus/pci/devices/0000:41:00.5/nvidia/current_vgpu_type", "0\n"),
    ("bus/pci/devices/0000:41:00.5/nvidia/creatable_vgpu_types", "ID    : vGPU Name\n"),
    ("bus/pci/devices/0000:42:00.0/vendor", "0x10de\n"),
    ("bus/pci/devices/0000:42:00.0/class", "0x030200\n"),
    ("bus/pci/devices/0000:42:00.0/device", "0x2235\n"),
    ("bus/pci/devices/0000:42:00.0/sriov_totalvfs", "1\n"),
    ("bus/pci/devices/0000:42:00.0/sriov_numvfs", "1\n"),
    ("class/mdev_bus/0000:42:00.4/mdev_supported_types/nvidia-557/name", "NVIDIA A40-1B\n"),
    (
        "class/mdev_bus/0000:42:00.4/mdev_supported_types/nvidia-557/description",
        "num_heads=4, frl_config=45, framebuffer=1024M, max_resolution=5120x2880, max_instance=32\n",
    ),
    ("class/mdev_bus/0000:42:00.4/mdev_supported_types/nvidia-557/available_instances", "1\n"),
    ("class/mdev_bus/0000:42:00.4/mdev_supported_types/nvidia-558/name", "NVIDIA A40-2B\n"),
    ("class/mdev_bus/0000:42:00.4/mdev_supported_types/nvidia-558/available_instances", "0\n"),
];

const LINKS: &[(&str, &str)] = &[
    ("bus/pci/devices/0000:41:00.0/virtfn0", "../0000:41:00.4"),
    ("bus/pci/devices/0000:41:00.0/virtfn1", "../0000:41:00.5"),
    ("bus/pci/devices/0000:41:00.0/driver", "../../../bus/pci/drivers/nvidia"),
    ("bus/pci/devices/0000:41:00.4/physfn", "../0000:41:00.0"),
    ("bus/pci/devices/0000:41:00.5/physfn", "../0000:41:00.0"),
    ("bus/pci/devices/0000:42:00.0/virtfn0", "../0000:42:00.4"),
    ("bus/pci/devices/0000:42:00.4/physfn", "../0000:42:00.0"),
    (
        "bus/mdev/devices/4b20d080-1b54-4048-85b3-a6a62d165c01",
        "../../../devices/pci0000:40/0000:42:00.4/4b20d080-1b54-4048-85b3-a6a62d165c01",
    ),
];

#[derive(Debug, Arbitrary)]
struct Change<'a> {
    at: u8,
    what: What<'a>,
}

#[derive(Debug, Arbitrary)]
enum What<'a> {
    Bytes(&'a [u8]),
    Text(&'a str),
    Number(u64),
    /// What is in another of the files.
    Other(u8),
    Gone,
    Folder,
    /// For links.
    Leads(&'a str),
}

/// What is to be put back before the next input.
static CHANGED: Mutex<BTreeMap<usize, ()>> = Mutex::new(BTreeMap::new());

fn root() -> &'static PathBuf {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let root = scratch("sysfs");
        fs::create_dir_all(root.join("bus/pci/devices/0000:42:00.4")).expect("a folder");
        for at in 0..FILES.len() + LINKS.len() {
            put(&root, at, None);
        }
        root
    })
}

fn put(root: &Path, at: usize, what: Option<&What<'_>>) {
    let (path, usual) = FILES.get(at).or_else(|| LINKS.get(at - FILES.len())).expect("it is one of them");
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder");
    let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
    let is_link = at >= FILES.len();
    let leads = |target: &str| drop(symlink(if target.is_empty() { "." } else { target }, &path));
    let write = |bytes: &[u8]| fs::write(&path, bytes).expect("a file");
    match what {
        None if is_link => leads(usual),
        None => write(usual.as_bytes()),
        Some(What::Bytes(bytes)) => write(bytes),
        Some(What::Text(text)) => write(text.as_bytes()),
        Some(What::Number(number)) => write(number.to_string().as_bytes()),
        Some(What::Other(other)) => write(FILES[usize::from(*other) % FILES.len()].1.as_bytes()),
        Some(What::Gone) => {}
        Some(What::Folder) => fs::create_dir(&path).expect("a folder"),
        // Beyond the tree a link may lead, but only its last part is looked at.
        Some(What::Leads(target)) if is_link && !target.contains('\0') => leads(target),
        Some(What::Leads(_)) => {}
    }
}

fuzz_target!(|changes: Vec<Change<'_>>| {
    let root = root();
    let mut changed = CHANGED.lock().expect("one input after the other");
    for at in std::mem::take(&mut *changed).into_keys() {
        put(root, at, None);
    }
    let mut input = 0;
    for change in changes.iter().take(8) {
        let at = usize::from(change.at) % (FILES.len() + LINKS.len());
        put(root, at, Some(&change.what));
        changed.insert(at, ());
        input += match &change.what {
            What::Bytes(bytes) => bytes.len(),
            What::Text(text) | What::Leads(text) => text.len(),
            _ => 32,
        };
    }
    let gpus: Vec<PciAddress> = GPUS.iter().map(|gpu| gpu.parse().expect("an address")).collect();
    let host = sysfs(root, &gpus).expect("NVML answered");
    assert!(Some(&host) == sysfs(root, &gpus).as_ref(), "two readings differ");
    assert_eq!(host.gpus.keys().copied().collect::<Vec<_>>(), gpus, "sysfs hides no GPU that NVML shows");
    assert!(host.gpus.values().all(|gpu| gpu.functions.len() <= 2 && gpu.mediated.len() <= 1));
    assert!(host.gpus.values().all(|gpu| gpu.problems.len() <= 10), "problems without an end");
    look_at(&host, &BTreeMap::new(), input + 4096);
});
