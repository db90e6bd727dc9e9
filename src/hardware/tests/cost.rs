//! What a scan costs: NVML calls, as the library counts them, and time when each call takes some.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;

use super::{options, scan_with};
use crate::hardware::scan_within;

/// GPUs of one kind, each cut into seven or with its vGPU types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A100, seven instances with a compute instance each.
    Cut,
    /// A100 of a vGPU host, seven instances without compute instances, a vGPU in each, 6 types.
    CutWithVgpus,
    /// A40 of a vGPU host, 29 types, three vGPUs.
    TimeSliced,
    /// L40S, no vGPU host.
    Plain,
}

fn host(kind: Kind, gpus: usize, latency: &str) -> String {
    let mut toml = format!("privileged = true\ncount_calls = \"calls.log\"\nlatency = {{ {latency} }}\n");
    let vgpus: Vec<String> =
        (7..14).map(|instance| format!("{{ type = \"GRID A100-1-5C\", instance = {instance} }}")).collect();
    let vgpus = vgpus.join(", ");
    for bus in 1..=gpus {
        let rest = match kind {
            Kind::Cut => "model = \"A100-40GB\"\nmig = \"on\"\ninstances = [\"7x 1g.5gb\"]".to_owned(),
            Kind::CutWithVgpus => format!(
                "model = \"A100-40GB\"\nmig = \"on\"\ninstances = [\"7x 1g.5gb\"]\ncompute_instances = false\n\
                 vgpu = {{ mode = \"sriov\", active = [{vgpus}] }}"
            ),
            Kind::TimeSliced => "model = \"A40\"\nvgpu = { mode = \"sriov\", active = [\
                 { type = \"NVIDIA A40-8Q\" }, { type = \"NVIDIA A40-8Q\" }, { type = \"NVIDIA A40-8Q\" }] }"
                .to_owned(),
            Kind::Plain => "model = \"L40S\"".to_owned(),
        };
        write!(toml, "[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\n{rest}\n").unwrap();
    }
    toml
}

/// The calls of one scan, by entry point.
fn calls(kind: Kind, gpus: usize) -> BTreeMap<String, usize> {
    let host = SimulatedHost::new(&host(kind, gpus, ""));
    let snapshot = scan_with(host.library()).unwrap();
    let problems: Vec<_> = snapshot.gpus.values().flat_map(|gpu| &gpu.problems).collect();
    assert!(snapshot.gpus.len() == gpus && problems.is_empty(), "{problems:?}");
    let mut calls = BTreeMap::new();
    for line in host.calls() {
        *calls.entry(line.split(' ').next().unwrap().to_owned()).or_default() += 1;
    }
    calls
}

fn total(kind: Kind, gpus: usize) -> usize {
    calls(kind, gpus).values().sum()
}

/// What the documentation states: calls of the host, and of each GPU.
const STATED: [(Kind, usize); 4] =
    [(Kind::Cut, 114), (Kind::CutWithVgpus, 166), (Kind::TimeSliced, 202), (Kind::Plain, 9)];
/// Opening, the driver's version (the wrapper asks it once more), the count, closing.
const OF_THE_HOST: usize = 5;

#[test]
fn calls_grow_with_the_gpus_and_no_faster() {
    let counted = STATED.map(|(kind, _)| (kind, [1, 8, 16].map(|gpus| total(kind, gpus))));
    let stated = STATED.map(|(kind, each)| (kind, [1, 8, 16].map(|gpus| OF_THE_HOST + gpus * each)));
    assert_eq!(counted, stated);
}

#[test]
#[ignore = "measures times"]
fn figures_of_a_scan() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for (latency, name) in [("", "at once"), ("all = \"200us\"", "0.2 ms"), ("all = \"5ms\"", "5 ms")] {
        for (kind, _) in STATED {
            for gpus in [1, 8, 16] {
                let host = SimulatedHost::new(&host(kind, gpus, latency).replace("count_calls", "#"));
                let options = options(host.library(), 60);
                let mut times: Vec<Duration> = (0..5)
                    .map(|_| {
                        let started = Instant::now();
                        let snapshot = runtime.block_on(scan_within(options.clone())).unwrap();
                        assert_eq!(snapshot.gpus.len(), gpus);
                        started.elapsed()
                    })
                    .collect();
                times.sort();
                println!("{kind:?}, {gpus} GPUs, each call {name}: {:.0?} (median of 5)", times[2]);
            }
        }
    }
}

/// Resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[ignore = "measures memory"]
fn figures_of_scans_in_memory() {
    let host = SimulatedHost::new(&host(Kind::CutWithVgpus, 4, "").replace("count_calls", "#"));
    let scans = |count| {
        for _ in 0..count {
            assert_eq!(scan_with(host.library()).unwrap().gpus.len(), 4);
        }
    };
    scans(200);
    for _ in 0..4 {
        let before = resident();
        scans(1000);
        println!(
            "1000 scans of 4 GPUs: {} KiB, {:+} KiB",
            resident(),
            resident().cast_signed() - before.cast_signed()
        );
    }
}
