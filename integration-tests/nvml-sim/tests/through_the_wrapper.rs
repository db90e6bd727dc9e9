//! The simulated library as its clients meet it: through `nvml-wrapper`, by dlopen, over the C ABI.
#![allow(
    unsafe_code,
    reason = "what the wrapper's safe calls do not cover is called through its raw symbols"
)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::undocumented_unsafe_blocks,
    reason = "tests fail by panicking, and hand in pointers to their own locals"
)]

use std::ptr::null_mut;
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::*;

/// Three GPUs of three kinds, seen by root.
const MIXED: &str = r#"
driver = "570.1"
privileged = true
count_calls = "calls.log"

[[gpu]]
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
instances = ["3g.20gb", "2x 1g.5gb"]

[[gpu]]
address = "0000:81:00.0"
model = "H100-80GB"

[[gpu]]
address = "0000:c1:00.0"
model = "T4"
"#;

const A100_NAME: &str = "NVIDIA A100-SXM4-40GB";

fn open(host: &SimulatedHost) -> Nvml {
    Nvml::builder().lib_path(host.library().as_os_str()).init().unwrap()
}

fn a100(rest: &str) -> String {
    format!(
        "privileged = true\n[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n{rest}"
    )
}

/// The wrapper's error, by its name: it cannot be compared.
fn failure<T>(result: Result<T, NvmlError>) -> String {
    format!("{:?}", result.map(|_| ()).unwrap_err())
}

/// The GPU instances of a profile, in the array that the profile's own count asks for.
fn gpu_instances(
    nvml: &Nvml,
    device: &Device<'_>,
    profile: u32,
    room: usize,
) -> Result<Vec<nvmlGpuInstance_t>, u32> {
    let (mut handles, mut count) = (vec![null_mut(); room], 0);
    let call = nvml.lib().nvmlDeviceGetGpuInstances.as_ref().unwrap();
    match unsafe { call(device.handle(), profile, handles.as_mut_ptr(), &raw mut count) } {
        0 => Ok(handles[..count as usize].to_vec()),
        code => Err(code),
    }
}

fn info(nvml: &Nvml, instance: nvmlGpuInstance_t) -> Result<nvmlGpuInstanceInfo_t, u32> {
    let mut info = unsafe { std::mem::zeroed() };
    let call = nvml.lib().nvmlGpuInstanceGetInfo.as_ref().unwrap();
    match unsafe { call(instance, &raw mut info) } {
        0 => Ok(info),
        code => Err(code),
    }
}

fn remaining(nvml: &Nvml, device: &Device<'_>, profile: u32) -> Result<u32, u32> {
    let mut count = u32::MAX;
    let call = nvml.lib().nvmlDeviceGetGpuInstanceRemainingCapacity.as_ref().unwrap();
    match unsafe { call(device.handle(), profile, &raw mut count) } {
        0 => Ok(count),
        code => Err(code),
    }
}

fn placements(nvml: &Nvml, device: &Device<'_>, profile: u32) -> Result<Vec<(u32, u32)>, u32> {
    let call = nvml.lib().nvmlDeviceGetGpuInstancePossiblePlacements_v2.as_ref().unwrap();
    let mut count = 0;
    let code = unsafe { call(device.handle(), profile, null_mut(), &raw mut count) };
    if code != 0 {
        return Err(code);
    }
    let mut list = vec![nvmlGpuInstancePlacement_t { start: 0, size: 0 }; count as usize];
    assert_eq!(unsafe { call(device.handle(), profile, list.as_mut_ptr(), &raw mut count) }, 0);
    Ok(list.iter().map(|place| (place.start, place.size)).collect())
}

/// Name and id of a profile by its enum, in both versions of the structure.
fn profile_v(nvml: &Nvml, device: &Device<'_>, profile: u32, version: u32) -> Result<(String, u32), u32> {
    let mut info: nvmlGpuInstanceProfileInfo_v3_t = unsafe { std::mem::zeroed() };
    info.version = version;
    let call = nvml.lib().nvmlDeviceGetGpuInstanceProfileInfoV.as_ref().unwrap();
    let code = unsafe { call(device.handle(), profile, (&raw mut info).cast()) };
    if code != 0 {
        return Err(code);
    }
    let name = match version >> 24 {
        2 => {
            let v2: nvmlGpuInstanceProfileInfo_v2_t =
                unsafe { (&raw const info).cast::<nvmlGpuInstanceProfileInfo_v2_t>().read() };
            text(&v2.name)
        }
        _ => text(&info.name),
    };
    Ok((name, info.id))
}

fn text(field: &[std::os::raw::c_char]) -> String {
    field.iter().take_while(|byte| **byte != 0).map(|byte| char::from(byte.cast_unsigned())).collect()
}

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
fn an_open_session_sees_a_re_slice_when_it_scans() {
    let host = SimulatedHost::new(&a100("instances = [\"3g.20gb\", \"1g.5gb@4\"]"));
    let nvml = open(&host);
    let device = nvml.device_by_index(0).unwrap();
    let (kept, gone) =
        (gpu_instances(&nvml, &device, 19, 7).unwrap()[0], gpu_instances(&nvml, &device, 9, 2).unwrap()[0]);

    host.rewrite(&a100("instances = [\"2g.10gb\", \"1g.5gb@4\"]"));
    assert!(info(&nvml, gone).is_ok(), "one scan sees one host");
    assert_eq!(nvml.device_count().unwrap(), 1);
    assert_eq!(info(&nvml, gone).map(|_| ()), Err(2), "it is gone, and so is its handle");
    assert_eq!(info(&nvml, kept).unwrap().id, 11, "it stayed, and its handle is good");
    assert_eq!(gpu_instances(&nvml, &device, 14, 3).unwrap().len(), 1, "the GPU's handle is good too");

    // The same instance made again is another one.
    host.rewrite(&a100("instances = [\"3g.20gb\", \"1g.5gb@4\"]"));
    assert_eq!(nvml.device_count().unwrap(), 1);
    assert_eq!(info(&nvml, gone).map(|_| ()), Err(2));

    // A GPU that is pulled answers that it is lost.
    host.rewrite("[[gpu]]\naddress = \"0000:42:00.0\"\nmodel = \"T4\"");
    assert_eq!(nvml.device_by_index(0).unwrap().name().unwrap(), "Tesla T4");
    assert_eq!(failure(device.name()), "GpuLost");
}

#[test]
fn a_lost_gpu_does_not_take_the_others_with_it() {
    let state = |state: &str| {
        MIXED.replace("model = \"H100-80GB\"", &format!("model = \"H100-80GB\"\nstate = \"{state}\""))
    };
    let host = SimulatedHost::new(&state("lost"));
    let nvml = open(&host);
    assert_eq!(nvml.device_count().unwrap(), 3);
    assert_eq!(failure(nvml.device_by_index(1)), "GpuLost");
    assert_eq!(nvml.device_by_index(2).unwrap().name().unwrap(), "Tesla T4");

    host.rewrite(&state("lost-mid-scan"));
    let device = nvml.device_by_index(1).unwrap();
    assert_eq!(device.pci_info().unwrap().bus, 0x81);
    assert!(device.name().is_ok());
    assert_eq!(failure(device.mig_mode()), "GpuLost");
    assert_eq!(failure(device.uuid()), "GpuLost");

    host.rewrite(&state("no-permission"));
    assert_eq!(failure(nvml.device_by_index(1)), "NoPermission");
}

#[test]
fn without_privilege_gpus_are_seen_and_their_instances_are_not() {
    let host = SimulatedHost::new(&MIXED.replace("privileged = true", "privileged = false"));
    let nvml = open(&host);
    let device = nvml.device_by_index(0).unwrap();
    assert_eq!(device.mig_mode().unwrap().current, 1);
    assert!(profile_v(&nvml, &device, 0, 0x0200_0098).is_ok());
    assert_eq!(gpu_instances(&nvml, &device, 19, 7), Err(4));
    assert_eq!(placements(&nvml, &device, 19), Err(4));
    assert_eq!(remaining(&nvml, &device, 19), Err(4));
    assert!(device.mig_device_by_index(0).is_ok());
    assert_eq!(failure(device.memory_info()), "NoPermission");
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
fn a_refused_host_answers_unknown_until_it_is_mended() {
    let host = SimulatedHost::new(&a100("instances = [\"9g.5gb\"]"));
    let refused = Nvml::builder().lib_path(host.library().as_os_str()).init();
    assert_eq!(failure(refused), "Unknown");
    host.rewrite(&a100(""));
    let nvml = open(&host);
    let device = nvml.device_by_index(0).unwrap();
    host.rewrite("this is not TOML");
    assert_eq!(failure(nvml.device_count()), "Unknown");
    assert_eq!(failure(device.name()), "Unknown");
    host.rewrite(&a100(""));
    assert_eq!(nvml.device_count().unwrap(), 1);
    assert_eq!(device.name().unwrap(), A100_NAME);
}

#[test]
fn errors_are_injected_for_the_host_and_for_one_gpu() {
    let host = SimulatedHost::new("error = \"driver_not_loaded\"");
    let refused = Nvml::builder().lib_path(host.library().as_os_str()).init();
    assert_eq!(failure(refused), "DriverNotLoaded");

    host.rewrite(&format!("errors = {{ nvmlDeviceGetSerial = \"not_ready\" }}\n{MIXED}\nerrors = {{ nvmlDeviceGetName = \"timeout\" }}"));
    let nvml = open(&host);
    let device = |index| nvml.device_by_index(index).unwrap();
    assert_eq!(failure(device(2).name()), "Timeout");
    assert_eq!(device(0).name().unwrap(), A100_NAME);
    assert_eq!(failure(device(0).serial()), "UnexpectedVariant(27)");
}

#[test]
fn a_hanging_call_holds_up_nobody_else_and_is_released_by_the_file() {
    let host = SimulatedHost::new(&format!("{MIXED}\nerrors = {{ nvmlDeviceGetName = \"hang\" }}"));
    let nvml = open(&host);
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| nvml.device_by_index(2).unwrap().name());
        let patience = Instant::now() + Duration::from_secs(10);
        while !host.calls().contains(&"nvmlDeviceGetName 0000:c1:00.0".to_owned()) {
            assert!(Instant::now() < patience, "the call never began");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(nvml.device_by_index(0).unwrap().name().unwrap(), A100_NAME);
        assert!(!hanging.is_finished());
        host.rewrite(MIXED);
        assert_eq!(hanging.join().unwrap().unwrap(), "Tesla T4");
    });
}

#[test]
fn an_entry_point_that_is_missing_is_missing_for_the_loader() {
    let host = SimulatedHost::new(&format!("missing = [\"nvmlDeviceGetSerial\"]\n{MIXED}"));
    let nvml = open(&host);
    let device = nvml.device_by_index(0).unwrap();
    assert!(failure(device.serial()).starts_with("FailedToLoadSymbol"));
    assert_eq!(device.name().unwrap(), A100_NAME);
    assert!(nvml.lib().nvmlDeviceGetSerial.is_err() && nvml.lib().nvmlDeviceGetUUID.is_ok());
}

#[test]
fn calls_take_the_time_that_they_are_given_side_by_side() {
    let slow = "latency = { nvmlDeviceGetName = \"300ms\" }";
    let host = SimulatedHost::new(&format!("{slow}\n{MIXED}"));
    let nvml = open(&host);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for index in 0..3 {
            let nvml = &nvml;
            scope.spawn(move || nvml.device_by_index(index).unwrap().name().unwrap());
        }
    });
    let elapsed = started.elapsed();
    assert!((Duration::from_millis(300)..Duration::from_millis(850)).contains(&elapsed), "{elapsed:?}");
    let started = Instant::now();
    nvml.device_by_index(0).unwrap().uuid().unwrap();
    assert!(started.elapsed() < Duration::from_millis(250));
}

#[test]
fn a_gpu_is_lost_after_so_many_calls_of_a_session() {
    let host = SimulatedHost::new(&MIXED.replace("model = \"T4\"", "model = \"T4\"\nlost_after = 3"));
    for _ in 0..2 {
        let nvml = open(&host);
        let device = nvml.device_by_index(2).unwrap();
        assert!(device.name().is_ok() && device.uuid().is_ok());
        assert_eq!(failure(device.name()), "GpuLost");
        assert_eq!(failure(nvml.device_by_index(2)), "GpuLost");
        assert!(nvml.device_by_index(0).unwrap().name().is_ok());
    }
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

#[test]
fn calls_are_counted_for_budgets() {
    let host = SimulatedHost::new(MIXED);
    let nvml = open(&host);
    host.forget_calls();
    let device = nvml.device_by_index(1).unwrap();
    device.name().unwrap();
    nvml.device_count().unwrap();
    assert_eq!(
        host.calls(),
        [
            "nvmlDeviceGetHandleByIndex_v2 0000:81:00.0",
            "nvmlDeviceGetName 0000:81:00.0",
            "nvmlDeviceGetCount_v2 -"
        ]
    );
}

#[test]
fn sessions_are_counted_and_two_hosts_do_not_meet() {
    let (one, other) = (SimulatedHost::new(MIXED), SimulatedHost::new(&a100("")));
    let (first, second, elsewhere) = (open(&one), open(&one), open(&other));
    assert_eq!((first.device_count().unwrap(), elsewhere.device_count().unwrap()), (3, 1));
    let handle = unsafe { first.device_by_index(0).unwrap().handle() };
    drop(first);
    let count = second.lib().nvmlDeviceGetCount_v2.as_ref().unwrap();
    let name = second.lib().nvmlDeviceGetName.as_ref().unwrap();
    let (mut gpus, mut room) = (0, [0; 96]);
    assert_eq!(unsafe { name(handle, room.as_mut_ptr(), 96) }, 0);
    assert_eq!(unsafe { name(handle, room.as_mut_ptr(), 5) }, 7, "too small");
    assert_eq!(unsafe { name(null_mut(), room.as_mut_ptr(), 96) }, 2);
    assert_eq!(unsafe { count(null_mut()) }, 2);

    let (init, shutdown) =
        (second.lib().nvmlInit_v2.as_ref().unwrap(), second.lib().nvmlShutdown.as_ref().unwrap());
    assert_eq!(unsafe { shutdown() }, 0);
    assert_eq!(unsafe { count(&raw mut gpus) }, 1, "uninitialised");
    assert_eq!(unsafe { init() }, 0);
    assert_eq!(unsafe { name(handle, room.as_mut_ptr(), 96) }, 2, "a handle from before the shutdown");
}

/// Gives up CAP_SYS_ADMIN on the calling thread; capabilities are a thread's own.
fn without_sys_admin() {
    let mut header = [0x2008_0522_u32, 0];
    let mut sets = [[0_u32; 3]; 2];
    let [get, set] = [libc::SYS_capget, libc::SYS_capset];
    assert_eq!(unsafe { libc::syscall(get, header.as_mut_ptr(), sets.as_mut_ptr()) }, 0);
    sets[0][0] &= !(1 << 21);
    assert_eq!(unsafe { libc::syscall(set, header.as_mut_ptr(), sets.as_mut_ptr()) }, 0);
}

#[test]
fn unless_the_file_says_so_privilege_is_what_the_thread_really_has() {
    let host = SimulatedHost::new(&MIXED.replace("privileged = true", ""));
    let nvml = open(&host);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let device = nvml.device_by_index(0).unwrap();
            let before = gpu_instances(&nvml, &device, 19, 7).map(|instances| instances.len());
            without_sys_admin();
            let after = gpu_instances(&nvml, &device, 19, 7).map(|instances| instances.len());
            assert!(matches!(before, Ok(2) | Err(4)), "{before:?}");
            assert_eq!(after, Err(4));
        });
    });
}
