//! Calls that fail, hang, take time, or are missing.

use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use nvml_wrapper::Nvml;

use crate::asking::{A100_NAME, MIXED, failure, open};

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
    let slow = "latency = { nvmlDeviceGetName = \"1000ms\" }";
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
    assert!((Duration::from_secs(1)..Duration::from_millis(2900)).contains(&elapsed), "{elapsed:?}");
    let started = Instant::now();
    nvml.device_by_index(0).unwrap().uuid().unwrap();
    assert!(started.elapsed() < Duration::from_millis(900));
}
