//! How words become a snapshot, without any library.

use std::time::Duration;

use crate::hardware::HardwareError;
use crate::hardware::message::{Assembly, End, Message};
use crate::model::{DeviceProblem, Gpu, HostProblem, MigMode, PciAddress, PciDeviceId};

fn gpu(bus: u32) -> Gpu {
    let address = PciAddress::from_parts(0, bus, 0).unwrap();
    Gpu { mig: MigMode::Unsupported, ..Gpu::unread(address, PciDeviceId::from_nvml(0x20b0_10de)) }
}

fn heard(messages: Vec<Message>) -> Assembly {
    let mut assembly = Assembly::default();
    for message in messages {
        assembly.absorb(message);
    }
    assembly
}

#[test]
fn the_order_of_words_of_different_devices_does_not_matter() {
    let words = |order: [u32; 3]| {
        let mut words = vec![Message::Opened { driver: None, devices: 4 }];
        words.extend(order.map(|index| Message::Read { index, gpu: gpu(index) }));
        let problem = DeviceProblem::Lost { call: "nvmlDeviceGetHandleByIndex_v2" };
        words.push(Message::Unidentified(HostProblem { index: 3, problem }));
        words.push(Message::Closed(Ok(())));
        heard(words).finish(End::Closed).unwrap()
    };
    assert_eq!(words([0, 1, 2]), words([2, 0, 1]));
    assert_eq!(words([0, 1, 2]).problems.len(), 1);
}

#[test]
fn two_devices_at_one_address_are_one_gpu_and_a_problem_whichever_answers_first() {
    let words = |order: [u32; 2]| {
        let mut words = vec![Message::Opened { driver: None, devices: 2 }];
        words.extend(order.map(|index| Message::Read { index, gpu: gpu(7) }));
        heard(words).finish(End::Closed).unwrap()
    };
    let snapshot = words([1, 0]);
    assert_eq!(snapshot, words([0, 1]));
    assert_eq!((snapshot.gpus.len(), snapshot.problems[0].index), (1, 1));
}

#[test]
fn silence_is_named_by_the_call_that_was_under_way() {
    let words = || {
        vec![
            Message::Opened { driver: None, devices: 3 },
            Message::Calling { device: Some(0), call: "nvmlDeviceGetHandleByIndex_v2" },
            Message::Identified { index: 0, gpu: gpu(0) },
            Message::Calling { device: Some(0), call: "nvmlDeviceGetMigMode" },
            Message::Read { index: 1, gpu: gpu(1) },
            Message::Calling { device: Some(2), call: "nvmlDeviceGetPciInfo_v3" },
        ]
    };
    let late = heard(words()).finish(End::Overdue(Duration::from_secs(20))).unwrap();
    let said: Vec<_> = late.gpus.values().flat_map(|gpu| &gpu.problems).map(ToString::to_string).collect();
    assert_eq!(said, ["nvmlDeviceGetMigMode failed: no answer within 20 s"]);
    assert_eq!(late.problems[0].problem.to_string(), "nvmlDeviceGetPciInfo_v3 failed: no answer within 20 s");
    let broken = heard(words()).finish(End::Broken).unwrap();
    assert!(broken.problems[0].problem.to_string().contains("broke down"));
}

#[test]
fn a_scan_that_never_opened_is_an_error() {
    let calling = || vec![Message::Calling { device: None, call: "nvmlInit_v2" }];
    let late = heard(calling()).finish(End::Overdue(Duration::from_secs(20))).unwrap_err();
    assert_eq!(late, HardwareError::Unresponsive { call: "nvmlInit_v2", patience: Duration::from_secs(20) });
    assert!(matches!(heard(calling()).finish(End::Broken), Err(HardwareError::Aborted { .. })));
}
