//! Answers that no driver should give, and editions of answers that only old ones give: `odd_driver.c`, built
//! with the compiler that links Rust programs.

use std::path::PathBuf;
use std::process::Command;

use super::{cut, gpu, scan_with};
use crate::hardware::HardwareError;
use crate::model::{DeviceProblem, Gpu, HostSnapshot, MigMode, ProfileId};

/// The library with these oddities, and the folder that it is gone with.
pub(super) fn built(oddities: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (source, library) = (folder.path().join("odd.c"), folder.path().join("libnvidia-ml.so.1"));
    std::fs::write(&source, include_str!("odd_driver.c")).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-w", "-O1", "-o"]).arg(&library).arg(&source);
    compiler.args(oddities.iter().map(|oddity| format!("-D{oddity}")));
    assert!(compiler.status().unwrap().success());
    (folder, library)
}

fn odd(oddities: &[&str]) -> Result<HostSnapshot, HardwareError> {
    let (_folder, library) = built(oddities);
    scan_with(library)
}

fn one(oddities: &[&str]) -> Gpu {
    let snapshot = odd(oddities).unwrap();
    assert_eq!((snapshot.gpus.len(), snapshot.problems.len()), (1, 0), "{snapshot:#?}");
    gpu(&snapshot, "0000:01:00.0").clone()
}

fn said(gpu: &Gpu) -> String {
    gpu.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_profile_far_beyond_the_known_enums_is_found_and_a_name_that_is_not_utf8_is_missing() {
    let gpu = one(&[]);
    assert_eq!(cut(&gpu), [("1g.5gb".to_owned(), 2)]);
    assert_eq!(gpu.profiles[&ProfileId::new(19)].placements.len(), 3);
    assert!(gpu.profiles[&ProfileId::new(19)].placements.is_sorted());
    assert!(matches!(gpu.problems.as_slice(), [DeviceProblem::Missing { call: "nvmlDeviceGetName", .. }]));
}

#[test]
fn older_editions_are_understood_and_names_that_are_made_up_are_marked() {
    assert_eq!(cut(&one(&["EDITION=2"])), [("1g.5gb".to_owned(), 2)]);
    let first = one(&["EDITION=1"]);
    assert_eq!(cut(&first), [("1g.5gb+me".to_owned(), 2)]);
    assert!(said(&first).contains("tells no names of profiles"), "{}", said(&first));
    assert!(first.blinded_by().is_none());
}

#[test]
fn names_that_are_no_text_or_have_no_end() {
    let odd_name = one(&["NAME=\"MIG 1g.\\xff\\xfegb\""]);
    assert_eq!(cut(&odd_name), [("1g.\u{fffd}\u{fffd}gb".to_owned(), 2)]);
    let endless = format!("NAME=\"{}\"", "x".repeat(200));
    assert_eq!(cut(&one(&[&endless])), [("x".repeat(96), 2)]);
    assert_eq!(cut(&one(&["NAME=\"MIG \""])), [("1g.5gb".to_owned(), 2)]);
}

#[test]
fn absurd_counts_neither_crash_nor_are_believed() {
    assert_eq!(cut(&one(&["INSTANCE_COUNT=0xffffffffu"])), [("1g.5gb".to_owned(), 2)]);
    for oddity in ["MANY_INSTANCES", "NULL_INSTANCE", "NEVER_ENOUGH"] {
        let gpu = one(&[oddity]);
        assert!(gpu.instances.is_empty());
        let blinded = gpu.blinded_by().unwrap().to_string();
        assert!(blinded.starts_with("nvmlDeviceGetGpuInstances failed"), "{blinded}");
    }
    let placements = one(&["MANY_PLACEMENTS"]);
    assert!(said(&placements).contains("makes no sense"), "{}", said(&placements));
    assert!(placements.blinded_by().is_none() && placements.instances.len() == 2);
    let snapshot = odd(&["MANY_GPUS"]).unwrap();
    assert_eq!((snapshot.gpus.len(), snapshot.problems.len()), (1, 255));
}

#[test]
fn a_list_grows_until_it_fits() {
    assert_eq!(one(&["WANTS_ROOM=1000"]).instances.len(), 2);
}

#[test]
fn codes_without_a_name_keep_their_number() {
    for (code, word) in [("23", "INSUFFICIENT_RESOURCES (23)"), ("27", "NOT_READY (27)"), ("777", "777")] {
        let gpu = one(&[&format!("PLACEMENT_CODE={code}")]);
        assert!(said(&gpu).contains(word), "{}", said(&gpu));
    }
}

#[test]
fn a_mig_mode_and_an_address_that_cannot_be() {
    let gpu = one(&["MIG=17"]);
    assert_eq!(gpu.mig, MigMode::Unknown);
    assert!(gpu.blinded_by().is_some());
    let snapshot = odd(&["BAD_ADDRESS"]).unwrap();
    assert_eq!((snapshot.gpus.len(), snapshot.problems.len()), (0, 1));
}

#[test]
fn figures_of_a_type_that_they_cannot_have_and_a_mode_that_nobody_knows_are_said_and_not_believed() {
    let odd_type = one(&["FIELD_TYPE=77", "FIELD_CODE=0"]);
    assert!(said(&odd_type).contains("has a value of type 77"), "{}", said(&odd_type));
    assert_eq!(odd_type.health.recovery, None);
    let odd_mode = one(&["HOST_MODE=9"]);
    assert!(said(&odd_mode).contains("host vGPU mode 9"), "{}", said(&odd_mode));
    assert_eq!(odd_mode.vgpu.host_mode, None);
    for gpu in [odd_type, odd_mode] {
        assert!(gpu.blinded_by().is_none() && gpu.instances.len() == 2, "{}", said(&gpu));
    }
    // The call succeeds, and each figure of it says that the GPU is gone.
    let lost = one(&["FIELD_TYPE=1", "FIELD_CODE=15"]);
    assert!(said(&lost).contains("the GPU is lost (nvmlDeviceGetFieldValues)"), "{}", said(&lost));
}

#[test]
fn a_library_that_lacks_what_is_needed_is_broken_and_says_what() {
    for (oddity, symbol) in
        [("NO_INIT", "nvmlInit_v2"), ("NO_SHUTDOWN", "nvmlShutdown"), ("NO_COUNT", "nvmlDeviceGetCount_v2")]
    {
        let error = odd(&[oddity]).unwrap_err();
        let HardwareError::LibraryBroken { cause, .. } = &error else { panic!("{error:?}") };
        assert!(cause.contains(symbol), "{cause}");
    }
}
