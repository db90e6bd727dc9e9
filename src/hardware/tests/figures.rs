//! What moves by itself: read on request, and in no snapshot.

use nvidia_ml::testing::SimulatedHost;

use super::{options, scan_with};
use crate::hardware::{HardwareError, figures_within};
use crate::model::{Figures, GpuInstanceId, GpuProcess};

const BUSY: &str = r#"
privileged = true
[[gpu]]
address = "0000:01:00.0"
model = "L40S"
[gpu.figures]
temperature = 61
power_mw = 250123
energy_mj = 9000000000
graphics_clock = 2520
sm_clock = 2519
memory_clock = 9001
video_clock = 1965
utilisation = [97, 41]
used_mib = 4000
processes = [{ pid = 300 }, { pid = 200, used_mib = 512, instance = 3 }]

[[gpu]]
address = "0000:02:00.0"
model = "A100-40GB"
mig = "on"
figures = { utilisation = [1, 2] }
"#;

fn read(
    host: &SimulatedHost,
    seconds: u64,
) -> Result<std::collections::BTreeMap<crate::model::PciAddress, Figures>, HardwareError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(figures_within(options(host.library(), seconds)))
}

#[test]
fn every_figure_is_told_or_absent() {
    let host = SimulatedHost::new(BUSY);
    let figures = read(&host, 20).unwrap();
    let process = |pid, instance, used| GpuProcess {
        pid,
        instance: Option::map(instance, GpuInstanceId::new),
        memory_used_mib: used,
    };
    let expected = Figures {
        temperature_celsius: Some(61),
        power_milliwatts: Some(250_123),
        energy_millijoules: Some(9_000_000_000),
        graphics_clock_mhz: Some(2520),
        multiprocessor_clock_mhz: Some(2519),
        memory_clock_mhz: Some(9001),
        video_clock_mhz: Some(1965),
        gpu_utilisation_percent: Some(97),
        memory_utilisation_percent: Some(41),
        memory_used_mib: Some(4000),
        memory_free_mib: Some(42068),
        processes: Some(vec![process(200, Some(3), Some(512)), process(300, None, None)]),
    };
    assert_eq!(figures[&"0000:01:00.0".parse().unwrap()], expected);
    let idle = Figures {
        memory_used_mib: Some(0),
        memory_free_mib: Some(40960),
        processes: Some(Vec::new()),
        ..Figures::default()
    };
    assert_eq!(figures[&"0000:02:00.0".parse().unwrap()], idle, "not told with MIG on");
}

#[test]
fn a_scan_asks_for_none_of_them() {
    let host = SimulatedHost::new(&format!("count_calls = \"calls.log\"\n{BUSY}"));
    let before = scan_with(host.library()).unwrap();
    let moving = ["Temperature", "Power", "Energy", "Clock", "Utilization", "Processes"];
    let asked: Vec<_> =
        host.calls().into_iter().filter(|line| moving.iter().any(|word| line.contains(word))).collect();
    assert!(asked.is_empty(), "{asked:?}");
    host.rewrite(&BUSY.replace("61", "62").replace("used_mib = 4000", "used_mib = 5000"));
    assert!(before == scan_with(host.library()).unwrap());
}

#[test]
fn a_gpu_that_hangs_or_is_lost_has_none_and_hides_no_other() {
    for sick in ["state = \"lost\"", "errors = { nvmlDeviceGetTemperature = \"hang\" }"] {
        let host = SimulatedHost::new(&format!("{BUSY}{sick}"));
        let figures = read(&host, 1).unwrap();
        let seen: Vec<_> = figures.keys().map(ToString::to_string).collect();
        assert_eq!(seen, ["0000:01:00.0"], "{sick}");
        host.rewrite(BUSY);
    }
}

#[test]
fn sentinels_and_nonsense_are_absent() {
    let host = SimulatedHost::new(&BUSY.replace("[97, 41]", "[101, 4294967295]"));
    let figures = read(&host, 20).unwrap();
    let busy = &figures[&"0000:01:00.0".parse().unwrap()];
    assert_eq!((busy.gpu_utilisation_percent, busy.memory_utilisation_percent), (None, None));
}
