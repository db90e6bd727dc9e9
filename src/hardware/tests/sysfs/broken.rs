//! Files as they must not be. `/proc/self/mem` answers EIO at its beginning, and a switch of `/proc/sys` that
//! can only be written EACCES, to root as to everybody: what a driver answers that does not get through to its
//! device.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;
use crate::model::{VgpuInterface, VgpuTypeId};

const FUNCTION: &str = "0000:41:00.5";

/// Puts a link in place of what is there.
fn link(path: &Path, target: &str) {
    let _ = fs::remove_dir_all(path).or_else(|_| fs::remove_file(path));
    symlink(target, path).unwrap();
}

/// The host's functions as they are with nothing broken, and as they are now, with what is said of it.
fn broken(spoil: impl Fn(&SimulatedHost)) -> (Gpu, Gpu, Vec<String>) {
    let host = host(VENDOR);
    let before = seen(&host);
    spoil(&host);
    let snapshot = scan_with(host.library()).unwrap();
    let now = gpu(&snapshot, PF).clone();
    let said = problems(&host, &now);
    assert!(now.blinded_by().is_none());
    assert_eq!(now.instances, before.instances);
    assert_eq!(gpu(&snapshot, "0000:81:00.0").functions.len(), 2);
    assert_eq!(snapshot, scan_with(host.library()).unwrap());
    (before, now, said)
}

#[test]
fn a_file_that_answers_with_an_error_is_named_and_its_figure_absent() {
    let cases = [
        ("/proc/self/mem", "Input/output error (os error 5)"),
        ("/proc/sys/vm/drop_caches", "Permission denied (os error 13)"),
    ];
    for (target, error) in cases {
        let (before, now, said) = broken(|host| link(&file(host, FUNCTION, "numa_node"), target));
        assert_eq!(said, [format!("bus/pci/devices/{FUNCTION}/numa_node: {error}")]);
        let mut expected = before.functions;
        expected.get_mut(&address(FUNCTION)).unwrap().numa_node = None;
        assert_eq!(now.functions, expected);
    }
}

#[test]
fn garbage_is_repeated_in_part() {
    for (content, shown) in [
        ("twelve", "\"twelve\""),
        ("", "\"\""),
        ("4294967296", "\"4294967296\""),
        ("-7", "\"-7\""),
        ("\u{1b}[2J", "\"\\u{1b}[2J\""),
        (&"9".repeat(60), &format!("\"{}\" …", "9".repeat(40))),
    ] {
        let name = "nvidia/current_vgpu_type";
        let (_, now, said) = broken(|host| fs::write(file(host, FUNCTION, name), content).unwrap());
        assert_eq!(said, [format!("bus/pci/devices/{FUNCTION}/{name}: makes no sense: {shown}")]);
        let function = &now.functions[&address(FUNCTION)];
        assert!(matches!(function.interface, VgpuInterface::Vendor { current: None, .. }), "{function:?}");
    }
}

#[test]
fn bytes_that_are_no_text_and_endless_files_are_refused() {
    let name = "nvidia/creatable_vgpu_types";
    let (_, _, said) = broken(|host| fs::write(file(host, FUNCTION, name), [0xff, 0xfe, 0x41]).unwrap());
    assert!(said[0].contains("makes no sense") && said.len() == 1, "{said:?}");
    let (_, _, said) = broken(|host| link(&file(host, FUNCTION, name), "/dev/zero"));
    assert_eq!(said, [format!("bus/pci/devices/{FUNCTION}/{name}: larger than 64 KiB")]);
}

#[test]
fn what_is_not_there_is_absent() {
    let gone = |host: &SimulatedHost| {
        for name in ["numa_node", "driver", "nvidia/placement_id", "nvidia/creatable_vgpu_types"] {
            fs::remove_file(file(host, FUNCTION, name)).unwrap();
        }
        fs::remove_file(file(host, PF, "sriov_numvfs")).unwrap();
    };
    let (before, now, said) = broken(gone);
    assert_eq!(said, Vec::<String>::new());
    let function = &now.functions[&address(FUNCTION)];
    assert_eq!((function.numa_node, &function.driver), (None, &None));
    let VgpuInterface::Vendor { current, creatable, .. } = &function.interface else { panic!() };
    assert_eq!((*current, creatable.len()), (Some(VgpuTypeId::new(474)), 0));
    assert_eq!((now.functions.len(), now.sriov.unwrap().enabled), (before.functions.len(), 0));
}

#[test]
fn links_that_lead_nowhere_or_to_nothing_of_the_kind() {
    let (before, now, said) = broken(|host| link(&file(host, PF, "virtfn1"), "../0000:41:1f.7"));
    assert_eq!((said.len(), now.functions.len()), (0, before.functions.len() - 1));
    let (_, now, said) = broken(|host| link(&file(host, PF, "virtfn1"), "../a-function"));
    assert_eq!(said, ["bus/pci/devices/0000:41:00.0/virtfn1: makes no sense: \"a-function\""]);
    assert_eq!(now.functions.len(), 3);
    let (_, now, said) = broken(|host| link(&file(host, FUNCTION, "numa_node"), "numa_node"));
    assert_eq!((said.len(), now.functions.len()), (1, 4), "{said:?}");
}

#[test]
fn a_driver_that_answers_nothing_is_told_in_a_few_lines() {
    let every = |host: &SimulatedHost| {
        for function in 4..7 {
            for name in ["current_vgpu_type", "creatable_vgpu_types", "gpu_instance_id", "placement_id"] {
                link(
                    &file(host, &format!("0000:41:00.{function}"), &format!("nvidia/{name}")),
                    "/proc/self/mem",
                );
            }
        }
    };
    let (_, now, said) = broken(every);
    assert_eq!((said.len(), now.functions.len()), (9, 4));
    assert_eq!(said[8], "bus/pci/devices/0000:41:00.0: 4 more files like these");
}

#[test]
fn mediated_devices_without_a_type_or_with_a_parent_of_another_kind() {
    let uuid = "c8a3b1d4-0000-4000-8000-000000000001";
    let lines = format!(
        "sriov = {{ total = 16, enabled = 2, layout = \"mdev\", types = [{{ id = 557, name = \"NVIDIA A40-1B\" }}] }}\n\
         mdevs = [{{ uuid = \"{uuid}\", function = 1, type = 557 }}]"
    );
    let host = host(&lines);
    link(&file(&host, FUNCTION, &format!("{uuid}/mdev_type")), "../mdev_supported_types/i915-GVTg_V5_4");
    let devices = host.sysfs().join("bus/mdev/devices");
    link(&devices.join("c8a3b1d4-0000-4000-8000-000000000002"), "../../../devices/css0/0.0.0313/x");
    link(&devices.join("notes.txt"), "../../../devices/0000:41:00.5/x");
    let gpu = seen(&host);
    assert_eq!(
        problems(&host, &gpu),
        [format!("bus/mdev/devices/{uuid}/mdev_type: makes no sense: \"i915-GVTg_V5_4\"")]
    );
    assert!(gpu.mediated.is_empty());
    let types = file(&host, FUNCTION, "mdev_supported_types/nvidia-557");
    fs::rename(&types, types.with_file_name("nvidia-x")).unwrap();
    let gpu = seen(&host);
    assert_eq!(
        gpu.functions[&address(FUNCTION)].interface,
        VgpuInterface::Mdev { types: Default::default() }
    );
    assert!(problems(&host, &gpu)[0].ends_with("nvidia-x: makes no sense: \"nvidia-x\""));
}

#[test]
fn a_bus_device_that_cannot_be_told_is_a_problem_of_the_host() {
    let host = host(VENDOR);
    link(&file(&host, "0000:81:00.0", "vendor"), "/proc/self/mem");
    let snapshot = scan_with(host.library()).unwrap();
    let [problem] = snapshot.files.as_slice() else { panic!("{:?}", snapshot.files) };
    assert!(problem.path.ends_with("0000:81:00.0/vendor"));
    assert_eq!(gpu(&snapshot, PF).functions.len(), 4);
    assert_eq!(gpu(&snapshot, "0000:81:00.0").functions.len(), 0);
}
