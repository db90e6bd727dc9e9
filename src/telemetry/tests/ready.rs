//! Ready or not, and why.

use std::time::Duration;

use super::ready;
use crate::model::{Code, Cycle, Finding, Moment, Status};

fn at(seconds: u64) -> Moment {
    Moment::new(Duration::from_secs(seconds))
}

/// A cycle ended well at 50 s; one may be 110 s old.
fn good() -> Status {
    Status {
        cycles: 1,
        ended: Some((at(50), Duration::from_secs(1))),
        succeeded: Some(at(50)),
        fresh_for: Duration::from_secs(110),
        waiting: "30 s".to_owned(),
        ..Status::default()
    }
}

#[test]
fn a_young_cycle_is_ready_and_an_old_one_is_not() {
    let said = ready(&good(), at(62)).unwrap();
    assert_eq!(said, "the last cycle that reached its end did so 12 s ago");
    assert!(ready(&good(), at(160)).is_ok());
    let said = ready(&good(), at(161)).unwrap_err();
    assert!(said.contains("111 s ago, more than 110 s; now it waits for 30 s"), "{said}");
}

#[test]
fn before_the_first_cycle_it_says_what_is_waited_for() {
    let status = Status { waiting: "the scan of the GPUs".to_owned(), ..Status::default() };
    let said = ready(&status, at(1)).unwrap_err();
    assert_eq!(said, "the first cycle has not ended; it waits for the scan of the GPUs");
}

#[test]
fn an_outage_is_ready_until_it_lasts_and_then_named() {
    let stopped_by = Some(Finding::new(Code::Unreachable, "Placement", "connection refused", "wait"));
    let cycle = Cycle { stopped_by, ..Cycle::default() };
    let status = Status { ended: Some((at(100), Duration::ZERO)), cycle: cycle.clone(), ..good() };
    assert!(ready(&status, at(120)).is_ok());
    let said = ready(&status, at(200)).unwrap_err();
    assert!(said.ends_with("it was stopped by NPA0401: connection refused"), "{said}");
    let never = Status { succeeded: None, ..status };
    let said = ready(&never, at(101)).unwrap_err();
    assert_eq!(said, "no cycle has reached its end yet; it was stopped by NPA0401: connection refused");
}

#[test]
fn a_call_that_hangs_is_named_with_its_gpu_and_for_how_long() {
    let call = "nvmlDeviceGetGpuInstances of GPU 0000:41:00.0".to_owned();
    let status = Status { stuck: Some((call, Duration::from_secs(20))), ..good() };
    let said = ready(&status, at(55)).unwrap_err();
    assert_eq!(said, "nvmlDeviceGetGpuInstances of GPU 0000:41:00.0 has not returned for 25 s");
}

#[test]
fn errors_that_stand_are_named_each_once() {
    let error = |code, subject: &str| Finding::new(code, subject, "something", "do something");
    let findings = vec![
        error(Code::GpuUnreadable, "0000:41:00.0"),
        error(Code::GpuUnreadable, "0000:81:00.0"),
        error(Code::DriverNotReady, "NVML"),
        error(Code::GpuIll, "0000:81:00.0"),
    ];
    let said = ready(&Status { findings, ..good() }, at(62)).unwrap();
    assert!(
        said.ends_with("12 s ago; it found what needs somebody, NPA0203, NPA0207: see `status`"),
        "{said}"
    );
}

#[test]
fn released_is_not_ready() {
    let status = Status { released: true, ..good() };
    assert!(ready(&status, at(51)).unwrap_err().contains("`resume`"));
}
