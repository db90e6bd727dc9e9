//! Calls that do not return: everything that answered is there in time.

use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;

use super::{cut, gpu};
use crate::hardware::{HardwareError, scan_within};
use crate::model::{DeviceProblem, HostSnapshot};

fn within(host: &SimulatedHost, deadline: Duration) -> Result<HostSnapshot, HardwareError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let started = Instant::now();
    let outcome = runtime.block_on(scan_within(super::within(host, deadline)));
    assert!(started.elapsed() < deadline + Duration::from_secs(5));
    outcome
}

pub(super) fn three(sick: &str, rest: &str) -> String {
    let one = |bus: u8, more: &str| {
        format!(
            "[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\nmodel = \"A30-24GB\"\nmig = \"on\"\n\
             instances = [\"4x 1g.6gb\"]\n{more}\n"
        )
    };
    format!("privileged = true\n{rest}\n{}{}{}", one(1, ""), one(2, sick), one(3, ""))
}

/// Lets the threads that hang go, so that the library is unloaded before its folder is removed.
pub(super) fn release(host: &SimulatedHost) {
    host.rewrite(&three("", ""));
    let library = host.library().display().to_string();
    let loaded = || std::fs::read_to_string("/proc/self/maps").unwrap().contains(&library);
    let started = Instant::now();
    while loaded() && started.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_host_that_answers_is_read_as_without_a_deadline() {
    let host = SimulatedHost::new(&three("", ""));
    let snapshot = within(&host, Duration::from_secs(20)).unwrap();
    assert_eq!(snapshot, super::scan_with(host.library()).unwrap());
}

#[test]
fn a_gpu_that_hangs_hides_no_other_and_is_named_with_its_call() {
    let host = SimulatedHost::new(&three("errors = { nvmlDeviceGetGpuInstances = \"hang\" }", ""));
    let snapshot = within(&host, Duration::from_secs(2)).unwrap();
    for address in ["0000:01:00.0", "0000:03:00.0"] {
        assert_eq!(cut(gpu(&snapshot, address)), [("1g.6gb".to_owned(), 4)]);
    }
    let error = "no answer within 2 s".to_owned();
    let problem = DeviceProblem::Unreadable { call: "nvmlDeviceGetGpuInstances", error };
    assert_eq!(gpu(&snapshot, "0000:02:00.0").problems, [problem]);
    release(&host);
}

#[test]
fn a_gpu_that_hangs_before_it_has_an_address_is_a_problem_of_the_host() {
    let host = SimulatedHost::new(&three("errors = { nvmlDeviceGetPciInfo_v3 = \"hang\" }", ""));
    let snapshot = within(&host, Duration::from_secs(2)).unwrap();
    assert_eq!(snapshot.gpus.len(), 2);
    let [problem] = snapshot.problems.as_slice() else { panic!("{:?}", snapshot.problems) };
    assert_eq!(problem.index, 1);
    assert!(problem.problem.to_string().starts_with("nvmlDeviceGetPciInfo_v3 failed: no answer within 2 s"));
    release(&host);
}

#[test]
fn a_library_that_hangs_is_unresponsive_and_the_call_is_named() {
    for call in ["nvmlInit_v2", "nvmlDeviceGetCount_v2"] {
        let host = SimulatedHost::new(&three("", &format!("errors = {{ {call} = \"hang\" }}")));
        let error = within(&host, Duration::from_secs(1)).unwrap_err();
        assert_eq!(error, HardwareError::Unresponsive { call, patience: Duration::from_secs(1) });
        release(&host);
    }
}

#[test]
fn a_library_that_hangs_when_it_is_closed_has_told_everything() {
    let host = SimulatedHost::new(&three("", "errors = { nvmlShutdown = \"hang\" }"));
    let snapshot = within(&host, Duration::from_secs(1)).unwrap();
    assert_eq!(snapshot.gpus.len(), 3);
    assert!(snapshot.gpus.values().all(|gpu| gpu.problems.is_empty()));
    release(&host);
}
