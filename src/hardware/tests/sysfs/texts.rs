//! Texts from anywhere are understood or refused, never a panic.

use proptest::prelude::*;

use crate::hardware::sysfs::{self, Bus, BusSkip, Word, parse};
use crate::model::{Gpu, HostSnapshot, VgpuTypeId};

#[test]
fn what_a_driver_writes_is_understood() {
    let text = "num_heads=4, frl_config=45, framebuffer=1024M, max_resolution=5120x2880, max_instance=32";
    let description = parse::description(text);
    assert_eq!((description.framebuffer_mib, description.max_instances), (Some(1024), Some(32)));
    assert_eq!(parse::description("nothing of the kind"), parse::Description::default());

    let listed =
        parse::creatable("ID    : vGPU Name\n1147  : NVIDIA L40S-1Q\n1148  : NVIDIA L40S: 2Q").unwrap();
    let names: Vec<_> = listed.iter().map(|(id, name)| (id.get(), name.as_str())).collect();
    assert_eq!(names, [(1147, "NVIDIA L40S-1Q"), (1148, "NVIDIA L40S: 2Q")]);
    assert_eq!(parse::creatable("ID    : vGPU Name").map(|types| types.len()), Some(0));
    assert_eq!(parse::creatable("").map(|types| types.len()), Some(0));
    for bad in ["one", "1147 NVIDIA L40S-1Q", "x : y", "1 : a\nID : b", "-1 : a"] {
        assert_eq!(parse::creatable(bad), None, "{bad}");
    }

    assert_eq!(parse::current_type("0"), Some(None));
    assert_eq!(parse::current_type("1147"), Some(Some(VgpuTypeId::new(1147))));
    assert_eq!(parse::numa_node("-1"), Some(None));
    assert_eq!(parse::numa_node("-2"), None);
    assert_eq!(parse::id_once_there("4294967295"), Some(None));
    assert_eq!(parse::id_once_there("-1"), Some(None));
    assert_eq!(parse::hexadecimal("0x030200"), Some(0x03_0200));
    assert_eq!(parse::hexadecimal("10de"), None);
    assert_eq!(parse::board("0x20b0").unwrap().to_string(), "20b0");
    assert_eq!(parse::board("0x120b0"), None);
    assert_eq!(parse::mdev_type("nvidia-474"), Some(VgpuTypeId::new(474)));
    assert_eq!(parse::mdev_type("i915-GVTg_V5_4"), None);
}

proptest! {
    #[test]
    fn any_text_is_taken_or_refused(text in "(?s).{0,200}") {
        let _ = parse::creatable(&text);
        let _ = parse::description(&text);
        let _ = (parse::number(&text), parse::numa_node(&text), parse::hexadecimal(&text));
        let _ = (parse::id_once_there(&text), parse::current_type(&text), parse::mdev_type(&text));
    }

    #[test]
    fn whatever_is_listed_reads_back(types in prop::collection::btree_map(any::<u32>(), "[ -~]{0,40}", 0..40)) {
        let mut text = "ID    : vGPU Name".to_owned();
        for (id, name) in &types {
            text += &format!("\n{id:<6}: {name}");
        }
        let read = parse::creatable(&text).unwrap();
        let read: Vec<_> = read.iter().map(|(id, name)| (id.get(), name.clone())).collect();
        let written: Vec<_> = types.iter().map(|(id, name)| (*id, name.trim().to_owned())).collect();
        prop_assert_eq!(read, written);
    }
}

/// Files of the tree, each of which may hold anything.
const FILES: [&str; 10] = [
    "0000:41:00.0/vendor",
    "0000:41:00.0/class",
    "0000:41:00.0/device",
    "0000:41:00.0/numa_node",
    "0000:41:00.0/sriov_totalvfs",
    "0000:41:00.0/sriov_numvfs",
    "0000:41:00.4/nvidia/current_vgpu_type",
    "0000:41:00.4/nvidia/creatable_vgpu_types",
    "0000:41:00.5/nvidia/gpu_instance_id",
    "0000:41:00.5/nvidia/placement_id",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is in files of one GPU, the other is read as ever, and what is there is said or taken.
    #[test]
    fn any_bytes_in_any_file_hide_nothing_else(
        spoiled in prop::collection::btree_map(
            0..FILES.len(),
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..200),
                "[0-9xa-f: -]{0,12}".prop_map(String::into_bytes),
                Just(vec![b'7'; 70_000]),
            ],
            1..4,
        )
    ) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("sys");
        let parsed = nvidia_ml::host::Host::parse(&super::toml(super::VENDOR)).unwrap();
        nvidia_ml::sysfs::Tree::of(Some(&parsed)).write(&root).unwrap();
        for (file, bytes) in spoiled {
            let path = root.join("bus/pci/devices").join(FILES[file]);
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, bytes).unwrap();
        }
        let snapshot = read(&root);
        prop_assert_eq!(&snapshot, &read(&root));
        let other = &snapshot.gpus[&super::address("0000:81:00.0")];
        prop_assert_eq!((other.functions.len(), other.numa_node, other.problems.len()), (2, Some(1), 0));
        let spoiled = &snapshot.gpus[&super::address(super::PF)];
        prop_assert!(spoiled.functions.len() <= 4);
        prop_assert!(spoiled.problems.iter().all(|problem| problem.to_string().len() < 500));
    }
}

/// Both GPUs as NVML tells of them at least, joined with what is there.
fn read(root: &std::path::Path) -> HostSnapshot {
    let words = std::sync::Mutex::new(Bus::default());
    words.lock().unwrap().absorb(Word::Begun);
    sysfs::host(root, &BusSkip::default(), &|word| words.lock().unwrap().absorb(word));
    let mut snapshot = HostSnapshot::default();
    for address in [super::PF, "0000:81:00.0"].map(super::address) {
        snapshot.gpus.insert(address, Gpu::unread(address, "20b0".parse().unwrap()));
    }
    words.lock().unwrap().join(&mut snapshot, "nothing was said");
    snapshot
}
