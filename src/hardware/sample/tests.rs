//! Samples of simulated GPUs, through the real dlopen path.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;

use super::gpu::Reading;
use super::told::Target;
use super::*;
use crate::hardware::device::identify;
use crate::hardware::nvml::Session;
use crate::hardware::scan;
use crate::model::{Activity, GpuInstanceId, GpuSample, PciAddress, VgpuUse};

const H100: &str = r#"
privileged = true
count_calls = "calls.log"
[[gpu]]
address = "0000:01:00.0"
model = "H100-80GB"
mig = "on"
instances = [{ profile = "1g.10gb", start = 0, id = 7 }, { profile = "1g.10gb", start = 1, id = 8 }]
[gpu.figures]
temperature = 61
power_mw = 250123
used_mib = 4000
utilisation = [1, 2]
processes = [{ pid = 200, used_mib = 512, instance = 7 }]
instances = [
  { id = 7, activity = [50.0, 25.0, 12.5], used_mib = 512 },
  { id = 8, used_mib = 0 },
]
"#;

const A40: &str = r#"
privileged = true
count_calls = "calls.log"
[[gpu]]
address = "0000:01:00.0"
model = "A40"
[gpu.vgpu]
mode = "sriov"
active = [
  { type = "NVIDIA A40-8Q", id = 11, used_mib = 3000, utilisation = [40, 30, 20, 10], licensed = true },
  { type = "NVIDIA A40-8Q", id = 12, licensed = false },
]
"#;

fn options(host: &SimulatedHost) -> Options {
    Options { library: Some(host.library()), sysfs: None, ..Options::default() }
}

fn at(bus: u8) -> PciAddress {
    format!("0000:{bus:02x}:00.0").parse().unwrap()
}

/// Several samples of its first GPU, 100 ms apart, and the calls that the last took, by entry point.
fn sampled(host: &SimulatedHost, times: usize) -> (GpuSample, BTreeMap<String, usize>) {
    let snapshot = scan(&options(host)).unwrap();
    let target = Target::from(snapshot.gpus.values().next().unwrap());
    let library = host.library();
    let sink = |_| {};
    let session = Session::open(Some(&library), &sink).unwrap();
    let (handle, _) = identify(&session, 0).unwrap();
    let mut reading = Reading::new(handle);
    let mut last = None;
    for _ in 0..times {
        sleep(told::LEAST);
        host.forget_calls();
        last = Some(reading.sample(0, &target));
    }
    let mut calls = BTreeMap::new();
    for line in host.calls() {
        *calls.entry(line.split(' ').next().unwrap().to_owned()).or_default() += 1;
    }
    (last.unwrap(), calls)
}

#[test]
fn gpu_instances_of_a_hopper_have_figures_of_their_own() {
    let (sample, _) = sampled(&SimulatedHost::new(H100), 2);
    let instance = |id| sample.instances[&GpuInstanceId::new(id)];
    let activity = Activity { multiprocessors: Some(0.5), memory: Some(0.25), tensor: Some(0.125) };
    assert_eq!(instance(7).activity, Some(activity));
    assert_eq!(instance(7).memory.map(|(used, _)| used), Some(512 << 20));
    // What the driver has no data of is absent, not 0.
    assert_eq!(instance(8).activity, Some(Activity::default()));
    assert_eq!((sample.activity, sample.figures.gpu_utilisation_percent), (None, None));
    assert_eq!((sample.figures.temperature_celsius, sample.figures.memory_used_mib), (Some(61), Some(4000)));
}

#[test]
fn the_first_sample_has_nothing_to_compare_with() {
    let (sample, _) = sampled(&SimulatedHost::new(H100), 1);
    assert!(sample.instances.values().all(|one| one.activity.is_none()));
}

#[test]
fn an_ampere_has_no_performance_monitoring_and_is_asked_once() {
    let host = SimulatedHost::new(&H100.replace("H100-80GB", "A100-40GB").replace("1g.10gb", "1g.5gb"));
    let (sample, calls) = sampled(&host, 2);
    assert!(sample.instances.values().all(|one| one.activity.is_none() && one.memory.is_some()));
    assert!(calls.keys().all(|call| !call.contains("Gpm")), "{calls:?}");
}

#[test]
fn vgpus_in_turns_are_told_apart() {
    let (sample, _) = sampled(&SimulatedHost::new(A40), 2);
    let vgpus: Vec<_> = sample.vgpus.values().collect();
    let used = VgpuUse { multiprocessors: Some(40), memory: Some(30), encoder: Some(20), decoder: Some(10) };
    assert_eq!(
        (vgpus[0].use_percent, vgpus[0].memory_used, vgpus[0].licensed),
        (Some(used), Some(3000 << 20), Some(true))
    );
    assert_eq!((vgpus[1].use_percent, vgpus[1].memory_used, vgpus[1].licensed), (None, Some(0), Some(false)));
}

#[test]
fn a_library_that_lacks_the_calls_is_no_problem() {
    let of_gpu = ["nvmlGpmSampleFree", "nvmlDeviceGetTemperature"];
    let of_vgpus =
        ["nvmlVgpuInstanceGetFbUsage", "nvmlDeviceGetVgpuUtilization", "nvmlVgpuInstanceGetLicenseInfo_v2"];
    for (text, lacks) in [(H100, &of_gpu[..]), (A40, &of_vgpus[..])] {
        let host = SimulatedHost::new(&format!("missing = {lacks:?}\n{text}"));
        let (sample, _) = sampled(&host, 2);
        assert_eq!(sample.figures.temperature_celsius, None);
        assert!(sample.instances.values().all(|one| one.activity.is_none()));
        assert!(sample.vgpus.values().all(|one| *one == crate::model::VgpuSample::default()));
    }
}

/// What the documentation states: NVML calls of one sample, once it is known what a GPU does not have.
#[test]
fn a_sample_costs_what_is_stated() {
    let seven = |model: &str, profile: &str| {
        let instances: Vec<String> = (0..7).map(|slot| format!("\"{profile}@{slot}\"")).collect();
        format!(
            "privileged = true\ncount_calls = \"calls.log\"\n[[gpu]]\naddress = \"0000:01:00.0\"\n\
             model = \"{model}\"\nmig = \"on\"\ninstances = [{}]\n\
             figures = {{ temperature = 1, power_mw = 1, energy_mj = 1, graphics_clock = 1, sm_clock = 1, \
             memory_clock = 1, video_clock = 1, utilisation = [1, 1] }}\n",
            instances.join(", ")
        )
    };
    let plain = "privileged = true\ncount_calls = \"calls.log\"\n[[gpu]]\naddress = \"0000:01:00.0\"\n\
                 model = \"L40S\"\n";
    let cost = |text: &str| sampled(&SimulatedHost::new(text), 3).1.values().sum::<usize>();
    // 9 of the GPU; of each instance 3 for its memory, and on Hopper a sample, what happened since, and its room made
    // and given back.
    assert_eq!(cost(&seven("A100-40GB", "1g.5gb")), 9 + 7 * 3);
    assert_eq!(cost(&seven("H100-80GB", "1g.10gb")), 9 + 7 * 3 + 7 * 4);
    // Memory and processes: this one has nothing else.
    assert_eq!(cost(plain), 2);
}

fn two(sick: &str) -> String {
    let one = |bus: u8, more: &str| {
        format!(
            "[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\nmodel = \"L40S\"\nfigures = {{ temperature = {bus} }}\n{more}\n"
        )
    };
    format!("privileged = true\n{}{}", one(1, ""), one(2, sick))
}

fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(40), "not {what}");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_gpu_that_hangs_stops_no_other_and_is_named() {
    let host = SimulatedHost::new(&two(""));
    let (say, samples) = watch::channel(Samples::default());
    let mut sampler = Sampler::new(say, Instant::now());
    sampler.see(&scan(&options(&host)).unwrap());
    let deadline = Duration::from_millis(200);
    sampler.configure(Some(Duration::from_millis(100)), Options { deadline, ..options(&host) });
    let read = |bus| {
        samples.borrow().gpus.get(&at(bus)).map(|sample| (sample.at, sample.figures.temperature_celsius))
    };
    wait_until("both", || read(1).is_some() && read(2).is_some());
    assert_eq!(read(2).unwrap().1, Some(2));

    host.rewrite(&two("errors = { nvmlDeviceGetTemperature = \"hang\" }"));
    // The library looks at its file when somebody scans.
    let _ = scan(&options(&host));
    wait_until("hanging", || sampler.stuck().is_some());
    let (_, what) = sampler.stuck().unwrap();
    assert_eq!(what, "nvmlDeviceGetTemperature of the GPU with NVML index 1, for telemetry");
    let (before, hung) = (read(1).unwrap().0, read(2).unwrap().0);
    wait_until("going on", || read(1).unwrap().0 > before.after(Duration::from_millis(300)));
    assert_eq!(read(2).unwrap().0, hung);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let kept_open = runtime.block_on(sampler.release()).unwrap_err();
    assert!(kept_open.contains("nvmlDeviceGetTemperature"), "{kept_open}");
    host.rewrite(&two(""));
    let _ = scan(&options(&host));
    runtime.block_on(sampler.release()).unwrap();
    assert!(samples.borrow().gpus.is_empty(), "what is not read is not shown");
    sampler.resume();
    wait_until("resumed", || read(1).is_some() && read(2).is_some());
    let ending = sampler.ending();
    ending.begin();
    runtime.block_on(ending.wait(Duration::from_secs(5)));
}
