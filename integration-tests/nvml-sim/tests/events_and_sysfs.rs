//! What a host file gives beside the answers to questions: events through `nvml-wrapper`, and a sysfs tree.
#![allow(
    unsafe_code,
    reason = "what the wrapper's safe calls do not tell of an event is called through its raw symbols"
)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::undocumented_unsafe_blocks,
    reason = "tests fail by panicking, and hand in pointers to their own locals"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use nvml_wrapper::bitmasks::event::EventTypes;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{EventSet, Nvml};
use nvml_wrapper_sys::bindings::*;

fn host(first: &str, second: &str) -> String {
    format!(
        "privileged = true\n[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n{first}\n\
         [[gpu]]\naddress = \"0000:81:00.0\"\nmodel = \"T4\"\n{second}\n"
    )
}

fn open(host: &SimulatedHost) -> Nvml {
    Nvml::builder().lib_path(host.library().as_os_str()).init().unwrap()
}

fn registered<'n>(nvml: &'n Nvml, kinds: EventTypes) -> EventSet<'n> {
    nvml.device_by_index(0).unwrap().register_events(kinds, nvml.create_event_set().unwrap()).unwrap()
}

/// Kind, data and GPU instance of the next event.
fn next(nvml: &Nvml, set: &EventSet<'_>) -> Result<(u64, u64, u32), nvmlReturn_t> {
    let mut data = unsafe { std::mem::zeroed::<nvmlEventData_t>() };
    let code = unsafe { nvml.lib().nvmlEventSetWait_v2(set.handle(), &raw mut data, 200) };
    if code == 0 { Ok((data.eventType, data.eventData, data.gpuInstanceId)) } else { Err(code) }
}

const TIMEOUT: nvmlReturn_t = 10;

#[test]
fn a_rewrite_is_an_event_for_what_changed_and_was_registered() {
    let sim = SimulatedHost::new(&host("xids = [{ code = 13 }]", ""));
    let nvml = open(&sim);
    let set = registered(&nvml, EventTypes::MIG_CONFIG_CHANGE | EventTypes::CRITICAL_XID_ERROR);
    let began = Instant::now();
    assert_eq!(next(&nvml, &set), Err(TIMEOUT), "what was before is not told");
    assert!(began.elapsed() >= Duration::from_millis(200));
    sim.rewrite(&host("xids = [{ code = 13 }]\ninstances = [\"1g.5gb\"]", "xids = [{ code = 79 }]"));
    assert_eq!(next(&nvml, &set), Ok((0x100, 0, u32::MAX)));
    assert_eq!(next(&nvml, &set), Err(TIMEOUT), "the other GPU is not registered");
    let twice = "xids = [{ code = 13 }, { code = 13 }, { code = 31, instance = 7 }]";
    sim.rewrite(&host(&format!("{twice}\ninstances = [\"1g.5gb\"]"), ""));
    assert_eq!(next(&nvml, &set), Ok((0x8, 13, u32::MAX)));
    assert_eq!(next(&nvml, &set), Ok((0x8, 31, 7)));
    sim.rewrite(&host("state = \"lost\"", ""));
    assert_eq!(next(&nvml, &set), Err(15));
}

#[test]
fn a_scan_sees_nothing_of_what_an_event_tells_until_it_begins() {
    let sim = SimulatedHost::new(&host("", ""));
    let nvml = open(&sim);
    let set = registered(&nvml, EventTypes::MIG_CONFIG_CHANGE);
    let device = nvml.device_by_index(0).unwrap();
    sim.rewrite(&host("", "").replace("\"on\"", "\"off\""));
    assert_eq!(next(&nvml, &set), Ok((0x100, 0, u32::MAX)));
    assert_eq!(device.mig_mode().unwrap().current, 1);
    nvml.device_count().unwrap();
    assert_eq!(device.mig_mode().unwrap().current, 0);
}

#[test]
fn what_a_gpu_has_no_events_of_cannot_be_registered() {
    let sim = SimulatedHost::new(&host("events = [\"xid\"]", "events = []"));
    let nvml = open(&sim);
    let kinds = |index| nvml.device_by_index(index).unwrap().supported_event_types().unwrap();
    assert_eq!((kinds(0), kinds(1)), (EventTypes::CRITICAL_XID_ERROR, EventTypes::empty()));
    let device = nvml.device_by_index(0).unwrap();
    let set = nvml.create_event_set().unwrap();
    let refused = device.register_events(EventTypes::MIG_CONFIG_CHANGE, set);
    assert!(matches!(refused, Err(failed) if matches!(failed.error, NvmlError::NotSupported)));
}

/// Every file and link below a folder; a link that leads nowhere fails.
fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        assert!(path.exists(), "{} leads nowhere", path.display());
        if kind.is_dir() {
            walk(&path, found);
        } else {
            found.push(path.display().to_string());
        }
    }
}

const BUS: &str = r#"
sriov = { total = 4, types = [{ id = 474, name = "GRID A100-1-5C" }], functions = [{ index = 3, current = 474 }] }
"#;
const MDEV: &str = r#"
mdev_types = [{ id = 222, name = "GRID T4-1B", max = 16 }]
mdevs = [{ uuid = "c8a3b1d4-0000-4000-8000-000000000001", type = 222 }]
"#;

#[test]
fn the_tree_written_in_a_shell_is_that_of_a_test_and_all_its_links_lead_somewhere() {
    let sim = SimulatedHost::new(&host(BUS, MDEV));
    let other = sim.folder().join("by-hand");
    let write = || {
        let file = sim.folder().join("host.toml");
        Command::new(env!("CARGO_BIN_EXE_nvml-sim-sysfs")).arg(file).arg(&other).output().unwrap()
    };
    assert!(write().status.success());
    let list = |root: &Path| {
        let mut found = Vec::new();
        walk(root, &mut found);
        let prefix = root.display().to_string();
        let mut found: Vec<_> = found.iter().map(|path| path.replace(&prefix, "")).collect();
        found.sort();
        found
    };
    let tree = list(&sim.sysfs());
    assert_eq!(tree, list(&other));
    for expected in [
        "/bus/pci/devices/0000:41:00.7",
        "/devices/pci0000:41/0000:41:00.7/physfn",
        "/devices/pci0000:41/0000:41:00.7/nvidia/current_vgpu_type",
        "/class/mdev_bus/0000:81:00.0",
        "/bus/mdev/devices/c8a3b1d4-0000-4000-8000-000000000001",
    ] {
        assert!(tree.iter().any(|path| path == expected), "no {expected} in {tree:#?}");
    }
    let read = |path: &str| fs::read_to_string(sim.sysfs().join(path)).unwrap();
    assert_eq!(read("bus/pci/devices/0000:41:00.7/nvidia/current_vgpu_type"), "474\n");
    assert_eq!(
        read("class/mdev_bus/0000:81:00.0/mdev_supported_types/nvidia-222/available_instances"),
        "15\n"
    );
    let unset = fs::read(sim.sysfs().join("bus/pci/devices/0000:41:00.4/nvidia/gpu_instance_id"));
    assert_eq!(unset.unwrap_err().raw_os_error(), Some(6), "ENXIO before there is a vGPU");

    let again = write();
    assert!(!again.status.success(), "a folder that is there is nobody's to write to");
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"));
}

#[test]
fn a_refused_host_keeps_the_tree_of_the_one_before() {
    let sim = SimulatedHost::new("[[gpu]]\nmodel = \"none\"");
    assert_eq!(fs::read_dir(sim.sysfs().join("bus/pci/devices")).unwrap().count(), 0);
    for functions in 1..5 {
        sim.rewrite(&host(&format!("sriov = {{ total = {functions} }}"), ""));
        sim.rewrite("[[gpu]]\nmodel = \"none\"");
        assert_eq!(fs::read_dir(sim.sysfs().join("bus/pci/devices")).unwrap().count(), functions + 2);
    }
}
