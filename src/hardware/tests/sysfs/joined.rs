//! What NVML shows and what sysfs shows, together.

use super::*;
use crate::hardware::{Options, scan};
use crate::model::HiddenGpu;

#[test]
fn each_gpu_has_what_is_its_own() {
    let host = host(VENDOR);
    let snapshot = scan_with(host.library()).unwrap();
    assert_eq!(gpu(&snapshot, PF).instances.len(), 7);
    let other = gpu(&snapshot, "0000:81:00.0");
    let nodes: Vec<_> = other.functions.values().map(|function| function.numa_node).collect();
    assert_eq!((other.numa_node, nodes), (Some(1), vec![Some(1), Some(1)]));
    assert_eq!(snapshot, scan_with(host.library()).unwrap());
}

#[test]
fn a_gpu_that_nvml_does_not_show_is_said_and_no_other_device() {
    let host = SimulatedHost::new(&format!(
        r#"{}
        [[pci]]
        address = "0000:c1:00.0"
        device = "0x20b0"
        driver = "vfio-pci"
        [[pci]]
        address = "0000:c2:00.0"
        device = "0x20b0"
        driver = "nouveau"
        [[pci]]
        address = "0000:c2:00.1"
        device = "0x10ef"
        class = "0x040300"
        [[pci]]
        address = "0000:c3:00.0"
        vendor = "0x1002"
        device = "0x73bf"
        "#,
        toml("")
    ));
    let snapshot = scan_with(host.library()).unwrap();
    let board = Some("20b0".parse().unwrap());
    let hidden = |driver: &str| HiddenGpu { board, driver: Some(driver.to_owned()) };
    let expected = [("0000:c1:00.0", hidden("vfio-pci")), ("0000:c2:00.0", hidden("nouveau"))];
    assert_eq!(snapshot.hidden, expected.map(|(at, gpu)| (address(at), gpu)).into());
    assert_eq!(snapshot.gpus.len(), 2);
    let passed: Vec<_> = snapshot.hidden.values().map(HiddenGpu::is_passed_through).collect();
    assert_eq!(passed, [true, false]);
}

#[test]
fn a_gpu_that_sysfs_does_not_show_is_a_problem_that_hides_nothing() {
    let host = host("on_bus = false");
    let gpu = seen(&host);
    let expected = "bus/pci/devices/0000:41:00.0: not there or no GPU, though NVML shows one at this address";
    assert_eq!(problems(&host, &gpu), [expected]);
    assert_eq!(gpu.instances.len(), 7);
    assert!(gpu.blinded_by().is_none());
}

#[test]
fn without_any_sysfs_there_is_one_problem_and_not_one_for_each_gpu() {
    let host = host(VENDOR);
    let sysfs = Some("/nowhere/sys".into());
    let options = Options { library: Some(host.library()), sysfs, ..Options::default() };
    let snapshot = scan(&options).unwrap();
    let said: Vec<String> = snapshot.files.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["/nowhere/sys/bus/pci/devices: not there"]);
    assert!(snapshot.gpus.values().all(|gpu| gpu.problems.is_empty()));
}

#[test]
fn a_rewritten_host_is_read_anew_on_both_sides() {
    let host = host(VENDOR);
    let first = seen(&host);
    host.rewrite(&toml("").replace("7x 1g.5gb", "2x 3g.20gb"));
    let second = seen(&host);
    assert_eq!((second.instances.len(), second.functions.len(), second.sriov), (2, 0, None));
    host.rewrite(&toml(VENDOR));
    assert_eq!(seen(&host), first);
}

#[test]
fn what_changes_while_it_is_read_is_absent_or_there_and_nothing_else_suffers() {
    let host = host(VENDOR);
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| {
            for _ in 0..10 {
                host.rewrite(&toml(""));
                host.rewrite(&toml(VENDOR));
            }
        });
        while !changing.is_finished() {
            let snapshot = scan_with(host.library()).unwrap();
            let functions = gpu(&snapshot, PF).functions.len();
            assert!(functions <= 4, "{functions}");
            assert_eq!((snapshot.gpus.len(), gpu(&snapshot, PF).instances.len()), (2, 7));
            assert!(snapshot.gpus.values().all(|gpu| gpu.blinded_by().is_none()), "{snapshot:#?}");
        }
    });
    assert_eq!(seen(&host).functions.len(), 4);
}

#[test]
fn nvml_and_sysfs_tell_of_the_same_vgpus_in_both_layouts() {
    for layout in ["vendor", "mdev"] {
        let host = host(&format!(
            "sriov = {{ total = 16, layout = \"{layout}\" }}\n\
             vgpu = {{ mode = \"sriov\", active = [\n\
             {{ type = \"GRID A100-1-5C\", instance = 7, function = 0 }},\n\
             {{ type = \"GRID A100-1-5C\", instance = 9, function = 5 }}] }}"
        ));
        let gpu = seen(&host);
        assert_eq!(problems(&host, &gpu), [""; 0], "{layout}");
        let mut told: Vec<_> = gpu.vgpu.active.values().map(|one| one.vgpu_type).collect();
        let mut shown: Vec<_> = gpu.functions.values().filter_map(|one| gpu.type_of(one)).collect();
        told.sort_unstable();
        shown.sort_unstable();
        assert_eq!((told.len(), told), (2, shown), "{layout}");
        for active in gpu.vgpu.active.values() {
            let by_mdev = active.mdev.and_then(|uuid| gpu.mediated.get(&uuid));
            assert_eq!(
                by_mdev.map(|device| device.vgpu_type),
                active.mdev.map(|_| active.vgpu_type),
                "{layout}"
            );
            assert_eq!(active.mdev.is_some(), layout == "mdev");
        }
        for function in gpu.functions.values() {
            use crate::model::VgpuInterface::{Mdev, Vendor};
            let names: Vec<(_, &String)> = match &function.interface {
                Vendor { creatable, .. } => creatable.iter().collect(),
                Mdev { types } => types.iter().map(|(id, told)| (id, &told.name)).collect(),
                other => panic!("{other:?}"),
            };
            assert!(!names.is_empty());
            assert!(names.iter().all(|(id, name)| gpu.vgpu.types[id].name == **name), "{layout}: {names:?}");
        }
    }
}
