//! How GPUs are doing, through the real dlopen path.

use nvidia_ml::testing::SimulatedHost;

use super::{gpu, scan_with};
use crate::model::{Gpu, Health, PageRetirement, RecoveryAction, RowRemapping};

fn one(model: &str, rest: &str) -> Gpu {
    let host = SimulatedHost::new(&format!(
        "privileged = true\n[[gpu]]\naddress = \"0000:01:00.0\"\nmodel = \"{model}\"\n{rest}"
    ));
    gpu(&scan_with(host.library()).unwrap(), "0000:01:00.0").clone()
}

const SICK: &str = "health = { uncorrectable_volatile = 2, uncorrectable_aggregate = 5, recovery = 4, \
                    remapped = { correctable = 1, uncorrectable = 3, pending = true, failed = true }, \
                    retired = { single_bit = 7, double_bit = 8, pending = true } }";

const ROWS: RowRemapping = RowRemapping { correctable: 1, uncorrectable: 3, pending: true, failed: true };

fn sick() -> Health {
    Health {
        ecc: Some(true),
        uncorrectable_volatile: Some(2),
        uncorrectable_aggregate: Some(5),
        remapping: Some(ROWS),
        recovery: Some(RecoveryAction::DrainAndReset),
        ..Health::default()
    }
}

#[test]
fn everything_is_told_and_nothing_is_a_problem() {
    let gpu = one("L40S", SICK);
    assert_eq!((&gpu.health, gpu.problems.len()), (&sick(), 0));
    let cut = one("A100-40GB", &format!("mig = \"on\"\n{SICK}"));
    assert_eq!(
        (cut.health, cut.problems.len()),
        (Health { remapping: None, ..sick() }, 0),
        "not told in MIG mode"
    );
    let old = one("T4", SICK);
    let pages = PageRetirement { single_bit: 7, double_bit: 8, pending: true };
    let expected = Health { remapping: None, retirement: Some(pages), ..sick() };
    assert_eq!((old.health, old.problems.len()), (expected, 0));
}

#[test]
fn what_a_gpu_does_not_have_is_absent_and_no_problem() {
    let gpu = one("L40S", "health = { ecc = \"unsupported\", recovery = \"unsupported\" }");
    let rows = RowRemapping { correctable: 0, uncorrectable: 0, pending: false, failed: false };
    let expected = Health { remapping: Some(rows), ..Health::default() };
    assert_eq!((gpu.health, gpu.problems.len()), (expected, 0));
    let off = one("L40S", "health = { ecc = \"off\", uncorrectable_volatile = 9 }");
    assert_eq!((off.health.ecc, off.health.uncorrectable_volatile), (Some(false), None));
}

#[test]
fn a_driver_without_field_values_is_asked_by_name() {
    for answer in ["not_supported", "function_not_found", "unknown"] {
        let gpu = one("L40S", &format!("{SICK}\nerrors = {{ nvmlDeviceGetFieldValues = \"{answer}\" }}"));
        assert_eq!(gpu.health, Health { recovery: None, ..sick() }, "{answer}");
        assert_eq!(gpu.problems.len(), usize::from(answer == "unknown"), "{answer}");
        assert!(gpu.blinded_by().is_none());
    }
}

#[test]
fn recovery_actions_have_names_and_unknown_ones_their_number() {
    use RecoveryAction::*;
    let known = [None, Reset, Reboot, DrainPeers, DrainAndReset, RecoverImex, BusReset, SystemReboot];
    for (number, action) in known.into_iter().chain([Other(8)]).enumerate() {
        let gpu = one("L40S", &format!("health = {{ recovery = {number} }}"));
        assert_eq!(gpu.health.recovery, Some(action));
    }
}
