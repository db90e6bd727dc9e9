//! Recorded hosts: what was read of a host is read of its recording.

use nvidia_ml::testing::SimulatedHost;

use crate::hardware::{Anonymiser, Case, CaseError, HardwareError, Options, figures_within, scan};
use crate::model::{DeviceProblem, HostSnapshot};

const HOST: &str = r#"
privileged = true
[[gpu]]
address = "0000:01:00.0"
model = "A100-40GB"
mig = "on"
serial = "1564720004631"
instances = [{ profile = "3g.20gb", start = 0, compute = [1, 2] }, { profile_id = 77, start = 6, size = 1 }, "1g.5gb@4"]
vgpu = { mode = "sriov", active = [{ type = "GRID A100-1-5C", instance = 11 }] }
health = { uncorrectable_volatile = 2, recovery = 1 }
figures = { temperature = 50, processes = [{ pid = 7 }] }
[[gpu]]
address = "0000:02:00.0"
model = "A40"
vgpu = { mode = "sriov" }
[[gpu]]
address = "0000:03:00.0"
model = "T4"
errors = { nvmlDeviceGetName = "not_utf8", nvmlDeviceGetFieldValues = "unknown" }
[[gpu]]
address = "0000:04:00.0"
model = "A30-24GB"
state = "lost"
[[gpu]]
address = "0000:05:00.0"
model = "A30-24GB"
mig = "on"
lost_after = 30
"#;

fn options(host: &SimulatedHost) -> Options {
    Options { sysfs: None, ..super::options(host.library(), 20) }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

fn recorded(host: &SimulatedHost) -> Case {
    block_on(Case::record(options(host))).unwrap().0
}

/// Through a folder and back.
fn stored(case: &Case) -> (tempfile::TempDir, Case) {
    let folder = tempfile::tempdir().unwrap();
    Case::prepare(folder.path()).unwrap();
    case.write(folder.path()).unwrap();
    let read = Case::read(folder.path()).unwrap();
    (folder, read)
}

#[test]
fn a_replay_sees_what_the_scan_saw() {
    let host = SimulatedHost::new(HOST);
    let scanned = scan(&options(&host)).unwrap();
    let (case, seen) = block_on(Case::record(options(&host))).unwrap();
    assert!(seen.unwrap() == scanned, "recording changes nothing");
    let (_, read) = stored(&case);
    assert_eq!(read, case);
    let replayed = read.replay().unwrap();
    assert_eq!(replayed.problems, scanned.problems);
    for (address, gpu) in &scanned.gpus {
        assert_eq!(&replayed.gpus[address], gpu);
    }
    assert!(replayed == scanned);
    let figures = block_on(figures_within(options(&host))).unwrap();
    // A GPU that gets lost in a longer conversation has no figures there.
    for (address, read) in read.figures() {
        assert!(figures[&address] == read || address.to_string() == "0000:05:00.0", "{address}");
    }
}

/// A vGPU host in both layouts, with files that cannot be read.
const BOTH: &str = r#"
privileged = true
[[gpu]]
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
instances = ["3x 1g.5gb"]
sriov = { total = 16, functions = [{ index = 0, count = 2, current = 474 }] }
vgpu = { mode = "sriov" }
[[gpu]]
address = "0000:81:00.0"
model = "A40"
sriov = { total = 32, enabled = 3, layout = "mdev" }
mdevs = [{ uuid = "c8a3b1d4-1111-4000-8000-0000000000ab", type = "NVIDIA A40-8Q", function = 1 }]
vgpu = { mode = "sriov" }
[[pci]]
address = "0000:c1:00.0"
device = "0x20b0"
[sysfs]
"devices/pci0000:41/0000:41:00.5/nvidia/current_vgpu_type" = "soon"
"devices/pci0000:41/0000:41:00.6/nvidia/creatable_vgpu_types" = "EISDIR"
"devices/pci0000:41/0000:41:00.7/nvidia/current_vgpu_type" = "ENXIO"
"#;

/// Every problem, as if sysfs were where it is on every host.
fn in_place(mut host: HostSnapshot, root: &std::path::Path) -> HostSnapshot {
    let root = root.display().to_string();
    for problem in host.gpus.values_mut().flat_map(|gpu| &mut gpu.problems) {
        if let DeviceProblem::File(file) = problem {
            file.path = file.path.replace(&root, "/sys");
        }
    }
    host
}

#[test]
fn a_replay_sees_what_sysfs_showed_in_both_layouts_and_what_it_refused() {
    let host = SimulatedHost::new(BOTH);
    let options = super::options(host.library(), 20);
    let scanned = scan(&options).unwrap();
    let (case, seen) = block_on(Case::record(options)).unwrap();
    assert!(seen.unwrap() == scanned, "recording changes nothing");
    let (folder, read) = stored(&case);
    assert_eq!(read, case);
    let replayed = read.replay().unwrap();
    let problems: usize = replayed.gpus.values().map(|gpu| gpu.problems.len()).sum();
    assert_eq!((problems, replayed.hidden.len()), (3, 1), "{replayed:#?}");
    assert!(replayed == in_place(scanned, &host.sysfs()));

    // Without that file sysfs is not known, which is not the same as empty.
    std::fs::remove_file(folder.path().join("sysfs.json")).unwrap();
    let blind = Case::read(folder.path()).unwrap().replay().unwrap();
    assert!(blind.gpus.values().all(|gpu| gpu.functions.is_empty() && gpu.sriov.is_none()));
    std::fs::write(folder.path().join("sysfs.json"), "{\"schema\":\"x\",\"answers\":[]}").unwrap();
    let error = Case::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("sysfs.json") && error.contains("sysfs-recording/v1"), "{error}");
}

#[test]
fn mediated_devices_have_other_names_in_an_anonymous_recording_and_the_same_on_both_sides() {
    let host = SimulatedHost::new(&BOTH.replacen(
        "vgpu = { mode = \"sriov\" }\n[[pci]]",
        "vgpu = { mode = \"sriov\", active = [{ type = \"NVIDIA A40-8Q\", function = 1, \
         mdev = \"c8a3b1d4-1111-4000-8000-0000000000ab\" }] }\n[[pci]]",
        1,
    ));
    let (mut case, _) = block_on(Case::record(super::options(host.library(), 20))).unwrap();
    case.anonymise(&mut Anonymiser::default());
    let (folder, read) = stored(&case);
    let text = std::fs::read_to_string(folder.path().join("sysfs.json")).unwrap();
    assert!(!text.contains("c8a3b1d4"), "{text}");
    let replayed = read.replay().unwrap();
    let gpu = &replayed.gpus[&"0000:81:00.0".parse().unwrap()];
    let told: Vec<_> = gpu.vgpu.active.values().filter_map(|active| active.mdev).collect();
    assert_eq!((told.len(), told), (1, gpu.mediated.keys().copied().collect()));
}

#[test]
fn a_recording_names_nobody_when_that_is_asked_for_and_is_still_the_same_host() {
    let host = SimulatedHost::new(HOST);
    let mut case = recorded(&host);
    let plain = case.replay().unwrap();
    case.anonymise(&mut Anonymiser::default());
    let (folder, read) = stored(&case);
    let text = std::fs::read_to_string(folder.path().join("nvml.json")).unwrap();
    let gpu = plain.gpus.values().next().unwrap();
    let active = gpu.vgpu.active.values().next().unwrap();
    let secrets = [gpu.serial.clone().unwrap(), gpu.uuid.replace("GPU-", ""), active.vm.clone().unwrap()];
    for secret in secrets.iter().chain([&active.uuid]) {
        assert!(!text.contains(secret), "{secret}");
    }
    let anonymous = read.replay().unwrap();
    assert!(anonymous != plain);
    let shape = |host: &crate::model::HostSnapshot| -> Vec<_> {
        host.gpus.values().map(|gpu| (gpu.address, gpu.instances.clone(), gpu.vgpu.types.clone())).collect()
    };
    assert!(shape(&anonymous) == shape(&plain));
}

#[test]
fn a_driver_that_does_not_start_can_be_recorded_and_no_library_cannot() {
    let host = SimulatedHost::new("error = \"driver_not_loaded\"");
    let (case, outcome) = block_on(Case::record(options(&host))).unwrap();
    assert!(matches!(outcome, Err(HardwareError::DriverNotReady { .. })));
    assert_eq!(stored(&case).1.replay(), outcome);
    let nowhere = super::options("/nonexistent/libnvidia-ml.so.1", 20);
    let error = block_on(Case::record(nowhere)).unwrap_err();
    assert!(matches!(error, HardwareError::LibraryMissing { .. }));
}

#[test]
fn what_was_not_recorded_is_not_known() {
    let host = SimulatedHost::new(HOST);
    let (folder, _) = stored(&recorded(&host));
    let path = folder.path().join("nvml.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let without: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("MaxMigDeviceCount") && !line.contains("GetSerial"))
        .collect();
    std::fs::write(&path, without.join("\n")).unwrap();
    let replayed = Case::read(folder.path()).unwrap().replay().unwrap();
    let said: Vec<_> = replayed.gpus.values().next().unwrap().problems.clone();
    let unknown = |problem: &DeviceProblem| problem.to_string().contains("the recording has no answer to it");
    assert_eq!(said.iter().filter(|problem| unknown(problem)).count(), 2, "{said:?}");
}

#[test]
fn a_call_that_does_not_return_is_not_in_the_recording_and_everything_else_is() {
    let host = SimulatedHost::new(&HOST.replacen(
        "model = \"A40\"",
        "model = \"A40\"\nerrors = { nvmlDeviceGetMigMode = \"hang\" }",
        1,
    ));
    let (case, seen) = block_on(Case::record(super::options(host.library(), 2))).unwrap();
    let (seen, replayed) = (seen.unwrap(), case.replay().unwrap());
    host.rewrite(HOST);
    let (hung, well) = ("0000:02:00.0".parse().unwrap(), "0000:01:00.0".parse().unwrap());
    assert!(replayed.gpus[&well] == seen.gpus[&well]);
    let blinded = |host: &crate::model::HostSnapshot| host.gpus[&hung].blinded_by().unwrap().to_string();
    assert_eq!(blinded(&seen), "nvmlDeviceGetMigMode failed: no answer within 2 s");
    assert_eq!(blinded(&replayed), "nvmlDeviceGetMigMode failed: the recording has no answer to it");
}

#[test]
fn a_folder_with_something_in_it_is_refused_and_a_bad_file_is_named() {
    let host = SimulatedHost::new(HOST);
    let (folder, _) = stored(&recorded(&host));
    let path = folder.path().to_owned();
    assert_eq!(Case::prepare(&path), Err(CaseError::NotEmpty(path.clone())));
    let file = path.join("nvml.json");
    for bad in ["", "{}", "[]", "{\"schema\":\"nvml-recording/v9\",\"host\":[],\"devices\":{}}"] {
        std::fs::write(&file, bad).unwrap();
        let error = Case::read(&path).unwrap_err();
        assert!(error.to_string().contains("nvml.json"), "{error}");
        assert!(matches!(error, CaseError::NotOne { .. }), "{error}");
    }
    assert!(matches!(Case::read(&path.join("nowhere")), Err(CaseError::File { .. })));
}

/// Found by fuzzing: which of the two was told last was chance.
#[test]
fn of_two_devices_with_one_address_the_first_is_shown_with_its_own_figures() {
    let host = SimulatedHost::new(
        r#"
        privileged = true
        [[gpu]]
        address = "0000:01:00.0"
        model = "T4"
        figures = { temperature = 50 }
        [[gpu]]
        address = "0000:02:00.0"
        model = "T4"
        figures = { temperature = 60 }
        "#,
    );
    let (folder, _) = stored(&recorded(&host));
    let file = folder.path().join("nvml.json");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"bus\":2,"));
    std::fs::write(&file, text.replace("\"bus\":2,", "\"bus\":1,")).unwrap();
    let case = Case::read(folder.path()).unwrap();
    let address = "0000:01:00.0".parse().unwrap();
    for _ in 0..20 {
        assert_eq!(case.replay().unwrap().gpus.keys().collect::<Vec<_>>(), [&address]);
        assert_eq!(case.figures()[&address].temperature_celsius, Some(50));
    }
}

/// Found by fuzzing: a number beyond 64 bits is read as a fraction, and written again as another.
#[test]
fn a_number_that_no_call_can_have_told_is_refused_by_its_call() {
    let host = SimulatedHost::new(HOST);
    let (folder, _) = stored(&recorded(&host));
    let file = folder.path().join("nvml.json");
    let text = std::fs::read_to_string(&file).unwrap();
    for number in ["1.5", "1e3", "18446744073709551616", "-9223372036854775809"] {
        let bad = text.replacen(
            "\"nvmlDeviceGetMigMode\",\"answer\":[",
            &format!("\"nvmlDeviceGetMigMode\",\"answer\":[{number},"),
            1,
        );
        assert!(bad != text);
        std::fs::write(&file, bad).unwrap();
        let error = Case::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("nvmlDeviceGetMigMode answers") && error.contains("whole numbers"), "{error}");
    }
}
