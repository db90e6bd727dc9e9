//! Privilege, sessions, and what is counted of them.

use std::ptr::null_mut;

use nvidia_ml::testing::SimulatedHost;

use crate::asking::{MIXED, a100, failure, gpu_instances, open, placements, profile_v, remaining};

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
