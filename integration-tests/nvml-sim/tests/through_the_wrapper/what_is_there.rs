//! What a host is: GPUs, profiles, instances, vGPUs.

use std::ptr::null_mut;

use nvidia_ml::testing::SimulatedHost;
use nvml_wrapper_sys::bindings::nvmlComputeInstanceInfo_t;

use crate::asking::{
    A100_NAME, MIXED, a100, failure, gpu_instances, info, open, placements, profile_v, remaining,
};

#[test]
fn a_mixed_host_is_listed_with_names_modes_and_addresses() {
    let host = SimulatedHost::new(MIXED);
    let nvml = open(&host);
    assert_eq!(nvml.sys_driver_version().unwrap(), "570.1");
    assert_eq!(nvml.device_count().unwrap(), 3);
    let device = |index| nvml.device_by_index(index).unwrap();
    let names: Vec<String> = (0..3).map(|index| device(index).name().unwrap()).collect();
    assert_eq!(names, [A100_NAME, "NVIDIA H100 80GB HBM3", "Tesla T4"]);

    let pci = device(0).pci_info().unwrap();
    assert_eq!((pci.bus_id.as_str(), pci.pci_device_id), ("00000000:41:00.0", 0x20b0_10de));
    let mode = device(0).mig_mode().unwrap();
    assert_eq!((mode.current, mode.pending), (1, 1));
    assert_eq!(device(1).mig_mode().unwrap().current, 0);
    assert_eq!(failure(device(2).mig_mode()), "NotSupported");
    assert_eq!([0, 1, 2].map(|index| device(index).mig_device_count().unwrap()), [7, 0, 0]);

    for index in 0..3 {
        let uuid = device(index).uuid().unwrap();
        assert_eq!(nvml.device_by_uuid(uuid).unwrap().index().unwrap(), index);
        assert_eq!(device(index).minor_number().unwrap(), index);
        assert_eq!(device(index).serial().unwrap().len(), 13);
    }
    assert_eq!(nvml.device_by_pci_bus_id("0000:81:00.0").unwrap().index().unwrap(), 1);
    assert_eq!(failure(nvml.device_by_pci_bus_id("0000:99:00.0")), "NotFound");
    assert_eq!(failure(nvml.device_by_index(3)), "InvalidArg");
    assert_eq!(device(1).memory_info().unwrap().total, 80 << 30);
    assert!(device(0).vgpu_supported_types().is_err());
}

#[test]
fn profiles_and_placements_and_capacity_follow_the_tables() {
    let host = SimulatedHost::new(MIXED);
    let nvml = open(&host);
    let (a100, h100, t4) = (
        nvml.device_by_index(0).unwrap(),
        nvml.device_by_index(1).unwrap(),
        nvml.device_by_index(2).unwrap(),
    );
    for version in [0x0200_0098, 0x0300_0098] {
        assert_eq!(profile_v(&nvml, &a100, 0, version), Ok(("MIG 1g.5gb".to_owned(), 19)));
        assert_eq!(profile_v(&nvml, &a100, 9, version), Ok(("MIG 1g.10gb".to_owned(), 15)));
        assert_eq!(profile_v(&nvml, &a100, 8, version), Err(3), "known, not of this model");
        assert_eq!(profile_v(&nvml, &a100, 0x12, version), Err(2), "beyond the enum");
        assert_eq!(profile_v(&nvml, &h100, 0, version), Err(3), "MIG is off");
    }
    assert_eq!(profile_v(&nvml, &a100, 0, 0x0100_0098), Err(25));
    assert_eq!(h100.profile_info(0).unwrap().id, 19, "the call without a version needs no MIG mode");
    assert_eq!(failure(t4.profile_info(0)), "NotSupported");

    assert_eq!(placements(&nvml, &a100, 14), Ok(vec![(0, 2), (2, 2), (4, 2)]));
    assert_eq!(placements(&nvml, &h100, 0), Ok(vec![(0, 8)]), "MIG off");
    assert_eq!(placements(&nvml, &t4, 0), Err(3));

    // 3g.20gb takes slots 0 to 3, the two 1g.5gb 4 and 5.
    let capacity = |profile| remaining(&nvml, &a100, profile).unwrap();
    assert_eq!([19, 14, 9, 15].map(capacity), [1, 0, 0, 1]);
    assert_eq!(remaining(&nvml, &h100, 19), Err(3));
}

#[test]
fn gpu_instances_say_where_and_what_they_are() {
    let host = SimulatedHost::new(MIXED);
    let nvml = open(&host);
    let a100 = nvml.device_by_index(0).unwrap();
    let small = gpu_instances(&nvml, &a100, 19, 7).unwrap();
    let seen: Vec<(u32, u32, u32, u32)> = small
        .iter()
        .map(|one| info(&nvml, *one).unwrap())
        .map(|one| (one.id, one.profileId, one.placement.start, one.placement.size))
        .collect();
    assert_eq!(seen, [(11, 19, 4, 1), (12, 19, 5, 1)]);
    assert_eq!(info(&nvml, small[0]).unwrap().device, unsafe { a100.handle() });
    assert_eq!(gpu_instances(&nvml, &a100, 0, 1), Ok(vec![]));
    assert_eq!(gpu_instances(&nvml, &a100, 99, 1), Err(2), "no such profile");
    assert_eq!(gpu_instances(&nvml, &nvml.device_by_index(1).unwrap(), 19, 7), Err(3), "MIG is off");

    // The compute instance in the 3g.20gb, and the same as a MIG device.
    let large = gpu_instances(&nvml, &a100, 9, 2).unwrap()[0];
    let (mut compute, mut count) = ([null_mut(); 3], 0);
    let call = nvml.lib().nvmlGpuInstanceGetComputeInstances.as_ref().unwrap();
    assert_eq!(unsafe { call(large, 2, compute.as_mut_ptr(), &raw mut count) }, 0);
    assert_eq!(count, 1);
    let mut inside: nvmlComputeInstanceInfo_t = unsafe { std::mem::zeroed() };
    let call = nvml.lib().nvmlComputeInstanceGetInfo_v2.as_ref().unwrap();
    assert_eq!(unsafe { call(compute[0], &raw mut inside) }, 0);
    assert_eq!((inside.gpuInstance, inside.placement.size), (large, 3));

    let mig = a100.mig_device_by_index(0).unwrap();
    assert!(mig.mig_is_mig_device_handle().unwrap());
    assert_eq!(mig.name().unwrap(), format!("{A100_NAME} MIG 3g.20gb"));
    assert_eq!(mig.mig_parent_device().unwrap().uuid().unwrap(), a100.uuid().unwrap());
    let uuid = mig.uuid().unwrap();
    assert!(uuid.starts_with("MIG-"));
    assert_eq!(nvml.device_by_uuid(uuid).unwrap().index().unwrap(), 0);
    assert!(a100.mig_device_by_index(2).is_ok());
    assert_eq!(failure(a100.mig_device_by_index(3)), "NotFound");
    assert_eq!(failure(a100.mig_device_by_index(7)), "InvalidArg");
}

#[test]
fn an_unknown_profile_shows_through_its_instance_alone() {
    let host = SimulatedHost::new(&a100("instances = [{ profile_id = 99, start = 0, size = 1 }]"));
    let nvml = open(&host);
    let device = nvml.device_by_index(0).unwrap();
    let (mut instance, call) = (null_mut(), nvml.lib().nvmlDeviceGetGpuInstanceById.as_ref().unwrap());
    assert_eq!(unsafe { call(device.handle(), 7, &raw mut instance) }, 0);
    assert_eq!(info(&nvml, instance).unwrap().profileId, 99);
    assert_eq!(unsafe { call(device.handle(), 8, &raw mut instance) }, 6);
}

#[test]
fn a_vgpu_host_tells_types_and_vgpus_as_the_wrapper_reads_them() {
    let host = SimulatedHost::new(&a100(
        "instances = [\"1g.5gb@0\", \"3g.20gb@4\"]\n\
         vgpu = { mode = \"sriov\", active = [{ type = \"GRID A100-1-5C\", instance = 7, vm = \"a-vm\" }] }",
    ));
    let nvml = open(&host);
    let device = nvml.device_by_index(0).unwrap();
    let types = device.vgpu_supported_types().unwrap();
    let names: Vec<String> = types.iter().map(|one| one.name().unwrap()).collect();
    assert_eq!(names.first().map(String::as_str), Some("GRID A100-1-5C"));
    let first = &types[0];
    assert_eq!((first.id(), first.instance_profile_id().unwrap()), (474, 19));
    assert_eq!((first.framebuffer_size().unwrap(), first.max_instances().unwrap()), (5 << 30, 7));
    assert_eq!(first.class_name().unwrap(), "Compute");
    // The one 1g.5gb is taken, the 3g.20gb free.
    let creatable: Vec<u32> = device.vgpu_creatable_types().unwrap().iter().map(|one| one.id()).collect();
    assert_eq!(creatable, [476]);
    let active = device.active_vgpus().unwrap();
    assert_eq!(active[0].instance_type().unwrap().id(), 474);
    assert_eq!(format!("{:?}", active[0].vm_id().unwrap()), "Uuid(\"a-vm\")");
}
