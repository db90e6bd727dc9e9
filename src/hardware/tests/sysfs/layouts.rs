//! Both layouts, and none.

use std::time::Instant;

use super::*;
use crate::model::{
    GpuInstanceId, MdevType, MediatedDevice, Sriov, VgpuInterface, VgpuTypeId, VirtualFunction,
};

#[test]
fn virtual_functions_of_the_vendor_layout_have_their_types() {
    let host = host(VENDOR);
    let gpu = seen(&host);
    assert_eq!(problems(&host, &gpu), Vec::<String>::new());
    assert_eq!((gpu.numa_node, gpu.sriov), (Some(0), Some(Sriov { total: 16, enabled: 4 })));
    assert_eq!((gpu.interface, gpu.mediated.len()), (VgpuInterface::None, 0));
    let creatable = || {
        let names = [(474, "GRID A100-1-5C"), (475, "GRID A100-2-10C")];
        names.map(|(id, name)| (VgpuTypeId::new(id), name.to_owned())).into()
    };
    let function = |index, current, instance, placement| VirtualFunction {
        address: address(&format!("0000:41:00.{}", 4 + index)),
        index,
        numa_node: Some(0),
        driver: Some("nvidia".to_owned()),
        interface: VgpuInterface::Vendor { current, creatable: creatable(), instance, placement },
    };
    let (compute, larger) = (Some(VgpuTypeId::new(474)), Some(VgpuTypeId::new(475)));
    let passed = VirtualFunction {
        driver: Some("vfio-pci".to_owned()),
        interface: VgpuInterface::None,
        ..function(3, None, None, None)
    };
    let expected = [
        function(0, None, None, None),
        function(1, compute, Some(GpuInstanceId::new(9)), Some(3)),
        function(2, larger, None, None),
        passed,
    ];
    assert_eq!(gpu.functions.into_values().collect::<Vec<_>>(), expected);
}

#[test]
fn a_full_card_lists_nothing_to_create() {
    let full = VENDOR.replace("C\" }", "C\", available = 0 }");
    let gpu = seen(&host(&full));
    let second = &gpu.functions[&address("0000:41:00.5")];
    let VgpuInterface::Vendor { current, creatable, .. } = &second.interface else { panic!("{second:?}") };
    assert_eq!((*current, creatable.len()), (Some(VgpuTypeId::new(474)), 0));
}

const TYPES: &str = r#"[
  { id = 557, name = "NVIDIA A40-1B", framebuffer = 1024, max = 32 },
  { id = 558, name = "NVIDIA A40-2B", framebuffer = 2048, max = 24 },
]"#;
const UUID: &str = "c8a3b1d4-0000-4000-8000-000000000001";

#[test]
fn virtual_functions_of_the_mdev_layout_have_types_and_devices() {
    let mdevs = format!("mdevs = [{{ uuid = \"{UUID}\", function = 1, type = 558 }}]");
    let host =
        host(&format!("sriov = {{ total = 16, enabled = 2, layout = \"mdev\", types = {TYPES} }}\n{mdevs}"));
    let gpu = seen(&host);
    assert_eq!(problems(&host, &gpu), Vec::<String>::new());
    let types = |available| {
        let one = |name: &str, framebuffer, max| MdevType {
            name: name.to_owned(),
            available,
            max_instances: Some(max),
            framebuffer_mib: Some(framebuffer),
        };
        let types = [(557, one("NVIDIA A40-1B", 1024, 32)), (558, one("NVIDIA A40-2B", 2048, 24))];
        VgpuInterface::Mdev { types: types.map(|(id, one)| (VgpuTypeId::new(id), one)).into() }
    };
    let interfaces: Vec<_> = gpu.functions.values().map(|function| function.interface.clone()).collect();
    assert_eq!(interfaces, [types(1), types(0)]);
    let (uuid, parent) = (UUID.parse().unwrap(), address("0000:41:00.5"));
    let device = MediatedDevice { uuid, parent, vgpu_type: VgpuTypeId::new(558) };
    assert_eq!(gpu.mediated, [(uuid, device)].into());
}

#[test]
fn a_board_without_virtual_functions_hands_out_mediated_devices_itself() {
    let host = host(&format!("mdev_types = {TYPES}\nmdevs = [{{ uuid = \"{UUID}\", type = 557 }}]"));
    let gpu = seen(&host);
    let VgpuInterface::Mdev { types } = &gpu.interface else { panic!("{:?}", gpu.interface) };
    assert_eq!(types[&VgpuTypeId::new(557)].available, 31);
    assert_eq!((gpu.sriov, gpu.functions.len()), (None, 0));
    assert_eq!(gpu.mediated[&UUID.parse().unwrap()].parent, address(PF));
}

#[test]
fn before_the_driver_offers_anything_functions_have_no_interface() {
    let gpu = seen(&host("sriov = { total = 16, enabled = 1, layout = \"none\" }"));
    assert_eq!(gpu.functions[&address("0000:41:00.4")].interface, VgpuInterface::None);
    assert_eq!(gpu.numa_node, None, "-1 is no node");
}

#[test]
fn functions_beyond_the_first_device_number_are_their_gpus() {
    let gpu = seen(&host("sriov = { total = 16 }"));
    let last = gpu.functions.values().last().unwrap();
    assert_eq!((gpu.functions.len(), last.index, last.address), (16, 15, address("0000:41:02.3")));
}

#[test]
fn sixteen_gpus_with_256_functions_are_read_completely_and_alike() {
    let mut toml = "privileged = true\n".to_owned();
    for bus in 0x10..0x20 {
        let functions = VENDOR.replace("enabled = 4", "enabled = 16");
        toml += &format!(
            "[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n{functions}\n"
        );
    }
    let began = Instant::now();
    let host = SimulatedHost::new(&toml);
    let written = began.elapsed();
    let began = Instant::now();
    let snapshot = scan_with(host.library()).unwrap();
    println!("written in {written:?}, scanned in {:?}", began.elapsed());
    assert_eq!(snapshot.gpus.values().map(|gpu| gpu.functions.len()).sum::<usize>(), 256);
    assert_eq!((snapshot.hidden.len(), snapshot.files.len()), (0, 0));
    assert!(snapshot.gpus.values().all(|gpu| gpu.problems.is_empty()));
    assert_eq!(snapshot, scan_with(host.library()).unwrap());
}
