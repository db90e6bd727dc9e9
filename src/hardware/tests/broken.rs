//! Hosts on which something does not answer as it should: it is named, and nothing else suffers.

use std::collections::BTreeSet;

use nvidia_ml::codes::Code;
use nvidia_ml::testing::SimulatedHost;

use super::{cut, gpu, scan_with};
use crate::hardware::HardwareError;
use crate::model::{self, DeviceProblem, HostSnapshot, MigMode};

const SICK: &str = "0000:41:00.0";
const WELL: &str = "0000:81:00.0";

/// Two GPUs; `what` is said of the first.
fn two(what: &str) -> String {
    let gpu = |address| {
        format!(
            "[[gpu]]\naddress = \"{address}\"\nmodel = \"A100-40GB\"\nmig = \"on\"\ninstances = [\"3x 2g.10gb\"]\n"
        )
    };
    format!("privileged = true\n{}{what}\n{}", gpu(SICK), gpu(WELL))
}

fn well(snapshot: &HostSnapshot) -> bool {
    let well = gpu(snapshot, WELL);
    well.problems.is_empty() && cut(well) == [("2g.10gb".to_owned(), 3)]
}

#[test]
fn a_lost_gpu_is_counted_without_an_address() {
    let host = SimulatedHost::new(&two("state = \"lost\""));
    let snapshot = scan_with(host.library()).unwrap();
    assert!(well(&snapshot) && snapshot.gpus.len() == 1);
    let [problem] = snapshot.problems.as_slice() else { panic!("{:?}", snapshot.problems) };
    assert_eq!(problem.index, 0);
    assert_eq!(problem.problem, DeviceProblem::Lost { call: "nvmlDeviceGetHandleByIndex_v2" });
}

#[test]
fn a_gpu_that_gets_lost_on_the_way_keeps_what_was_read_and_is_asked_no_more() {
    let host = SimulatedHost::new(&two("state = \"lost-mid-scan\"").replacen(
        "privileged",
        "count_calls = \"calls.log\"\nprivileged",
        1,
    ));
    let snapshot = scan_with(host.library()).unwrap();
    assert!(well(&snapshot) && snapshot.problems.is_empty());
    let sick = gpu(&snapshot, SICK);
    assert_eq!(sick.product, "NVIDIA A100-SXM4-40GB");
    assert_eq!(sick.problems, [DeviceProblem::Lost { call: "nvmlDeviceGetUUID" }]);
    assert_eq!(sick.mig, MigMode::Unknown);
    let asked = host.calls().iter().filter(|line| line.ends_with(SICK)).count();
    assert!(asked <= 4, "{:?}", host.calls());
}

#[test]
fn a_gpu_without_permission_hides_no_other() {
    let host = SimulatedHost::new(&two("state = \"no-permission\""));
    let snapshot = scan_with(host.library()).unwrap();
    assert!(well(&snapshot));
    let [problem] = snapshot.problems.as_slice() else { panic!("{:?}", snapshot.problems) };
    assert_eq!(problem.problem, DeviceProblem::NoPermission { call: "nvmlDeviceGetHandleByIndex_v2" });
}

#[test]
fn without_privilege_gpus_and_profiles_are_seen_and_their_instances_are_not() {
    let host = SimulatedHost::new(&two("").replace("privileged = true", "privileged = false"));
    let snapshot = scan_with(host.library()).unwrap();
    for gpu in snapshot.gpus.values() {
        assert!(gpu.mig.is_on() && gpu.profiles.len() == 7 && gpu.instances.is_empty());
        assert!(matches!(gpu.blinded_by(), Some(DeviceProblem::NoPermission { .. })), "{:?}", gpu.problems);
    }
    assert_eq!(snapshot.gpus.len(), 2);
}

/// The calls that a scan of this host makes.
fn calls(host: &SimulatedHost, toml: &str) -> BTreeSet<String> {
    host.rewrite(&format!("count_calls = \"calls.log\"\n{toml}"));
    scan_with(host.library()).unwrap();
    host.calls().iter().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn any_error_of_any_call_about_a_gpu_stays_with_that_gpu() {
    let host = SimulatedHost::new("");
    let calls = calls(&host, &two(""));
    assert!(calls.len() >= 12, "{calls:?}");
    for symbol in &calls {
        for code in ["gpu_is_lost", "no_permission", "not_supported", "not_ready", "unknown", "memory"] {
            host.rewrite(&two(&format!("errors = {{ {symbol} = \"{code}\" }}")));
            let snapshot = scan_with(host.library()).unwrap();
            assert!(well(&snapshot), "{symbol} {code}: {snapshot:#?}");
            assert_eq!(snapshot.gpus.len() + snapshot.problems.len(), 2, "{symbol} {code}");
            // Whoever is not blinded saw everything, unless the driver denies having MIG at all.
            let sick = snapshot.gpus.values().next().unwrap();
            let complete = cut(sick) == [("2g.10gb".to_owned(), 3)];
            let blind = sick.blinded_by().is_some() || sick.mig == MigMode::Unsupported;
            assert!(complete || blind, "{symbol} {code}: {sick:#?}");
        }
    }
}

/// A vGPU host, cut and not: with these every call that a scan can make is made.
fn three(what: &str) -> String {
    let vgpus = "vgpu = { mode = \"sriov\", active = [{ type = \"NVIDIA A40-8Q\" }] }";
    format!(
        "{}[[gpu]]\naddress = \"0000:c1:00.0\"\nmodel = \"A40\"\n{vgpus}\n{what}\n",
        two(&format!("vgpu = {{ mode = \"sriov\" }}\n{what}"))
    )
}

#[test]
fn no_odd_answer_of_any_call_is_believed_or_does_harm() {
    let host = SimulatedHost::new("");
    let calls = calls(&host, &three(""));
    assert!(calls.len() >= 40, "{calls:?}");
    for symbol in calls.iter().filter(|symbol| *symbol != "nvmlSystemGetDriverVersion") {
        for odd in [
            "not_utf8",
            "unterminated",
            "empty",
            "very_long",
            "huge_count",
            "growing_count",
            "never_enough",
            "insufficient_size",
            "not_found",
        ] {
            host.rewrite(&three(&format!("errors = {{ {symbol} = \"{odd}\" }}")));
            let snapshot = scan_with(host.library()).unwrap();
            assert!(well(&snapshot), "{symbol} {odd}");
            for gpu in snapshot.gpus.values() {
                let whole = match gpu.address.to_string().as_str() {
                    "0000:c1:00.0" => gpu.vgpu.types.len() == 29 && gpu.vgpu.creatable.len() <= 29,
                    _ => gpu.instances.len() == 3,
                };
                assert!(whole || gpu.blinded_by().is_some(), "{symbol} {odd}: {:?}", gpu.problems);
            }
        }
    }
}

#[test]
fn a_gpu_that_falls_off_the_bus_after_any_number_of_calls_keeps_what_was_read() {
    let host = SimulatedHost::new("");
    let mut seen = BTreeSet::new();
    for calls in (0..240).step_by(7) {
        host.rewrite(&three(&format!("lost_after = {calls}")));
        let snapshot = scan_with(host.library()).unwrap();
        assert!(well(&snapshot), "{calls}");
        assert_eq!(snapshot.gpus.len() + snapshot.problems.len(), 3, "{calls}");
        for gpu in snapshot.gpus.values().filter(|gpu| gpu.address.to_string() != WELL) {
            let lost = gpu.problems.iter().any(|problem| matches!(problem, DeviceProblem::Lost { .. }));
            let complete = gpu.health.recovery.is_some();
            assert!(lost != complete, "{calls}: {:?}", gpu.problems);
            seen.insert((lost, gpu.instances.len(), gpu.vgpu.types.is_empty()));
        }
    }
    // Lost before the first instance was read, among them, and after the last.
    assert!(seen.len() >= 6, "{seen:?}");
}

#[test]
fn a_gpu_in_mig_mode_that_denies_everything_is_not_believed_to_be_uncut() {
    let denied = "compute_instances = false\nerrors = { nvmlDeviceGetGpuInstances = \"not_supported\" }";
    let silent = "errors = { nvmlDeviceGetGpuInstanceProfileInfoV = \"not_supported\", \
                  nvmlDeviceGetGpuInstanceProfileInfo = \"invalid_argument\" }";
    for what in [denied, silent] {
        let host = SimulatedHost::new(&two(what));
        let snapshot = scan_with(host.library()).unwrap();
        assert!(well(&snapshot));
        assert!(gpu(&snapshot, SICK).blinded_by().is_some(), "{what}");
    }
}

#[test]
fn any_error_of_any_call_about_the_host_is_an_answer_and_no_panic() {
    let host = SimulatedHost::new("");
    let toml = "[[gpu]]\naddress = \"0:1:0\"\nmodel = \"T4\"";
    for symbol in &calls(&host, toml) {
        for code in Code::ALL {
            let (name, number) = (code.name(), code.number());
            host.rewrite(&format!("[errors]\n{symbol} = \"{name}\"\n{toml}"));
            match scan_with(host.library()) {
                Ok(snapshot) => {
                    assert_eq!(snapshot.gpus.len() + snapshot.problems.len(), 1, "{symbol} {name}")
                }
                Err(error) => {
                    assert!(
                        ["nvmlInit_v2", "nvmlDeviceGetCount_v2"].contains(&symbol.as_str()),
                        "{symbol}: {error}"
                    );
                    let named =
                        *code == Code::NoPermission || error.to_string().contains(&number.to_string());
                    assert!(named, "{symbol} {name}: {error}");
                }
            }
        }
    }
}

#[test]
fn a_driver_that_is_not_ready_has_a_remedy_of_its_own() {
    let mut remedies = BTreeSet::new();
    for (code, word) in [
        ("driver_not_loaded", "modprobe"),
        ("lib_rm_version_mismatch", "reboot"),
        ("library_not_found", "reinstall"),
        ("operating_system", "DevicePolicy"),
        ("unknown", "nvidia-smi"),
    ] {
        let host = SimulatedHost::new(&format!("error = \"{code}\""));
        let error = scan_with(host.library()).unwrap_err();
        assert!(matches!(error, HardwareError::DriverNotReady { call: "nvmlInit_v2", .. }), "{error:?}");
        assert_eq!(error.code(), model::Code::DriverNotReady);
        assert!(error.remedy().contains(word), "{}", error.remedy());
        remedies.insert(error.finding().remedy);
    }
    assert_eq!(remedies.len(), 5);
    let host = SimulatedHost::new("error = \"no_permission\"");
    assert_eq!(scan_with(host.library()).unwrap_err(), HardwareError::NoPermission { call: "nvmlInit_v2" });
}
