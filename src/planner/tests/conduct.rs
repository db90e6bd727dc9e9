//! Which GPUs are touched at all.

use super::build::*;
use crate::model::*;

fn codes(decision: &Decision) -> Vec<Code> {
    decision.findings.iter().map(|finding| finding.code).collect()
}

fn cut_world() -> (World, HostSnapshot) {
    let mut world = World::new();
    let snapshot = host([gpu(A, &[(19, 0)]), gpu(B, &[(9, 0)])]);
    world.cycle(&snapshot);
    (world, snapshot)
}

#[test]
fn a_gpu_that_cannot_be_read_is_held_and_the_other_goes_on() {
    let call = "nvmlDeviceGetGpuInstances";
    for (problem, code) in [
        (DeviceProblem::Lost { call }, Code::GpuLost),
        (DeviceProblem::NoPermission { call }, Code::NoPermission),
        (DeviceProblem::Unreadable { call, error: "timeout".into() }, Code::GpuUnreadable),
    ] {
        let (mut world, mut snapshot) = cut_world();
        let before = world.ours(A, "mig-19").cloned();
        let broken = snapshot.gpus.get_mut(&A.parse().unwrap()).unwrap();
        broken.instances.clear();
        broken.problems.push(problem);
        *snapshot.gpus.get_mut(&B.parse().unwrap()).unwrap() = gpu(B, &[(9, 0), (9, 4)]);
        let decision = world.decide(&snapshot);
        assert_eq!(codes(&decision), [code]);
        assert_eq!(decision.devices[&A.parse().unwrap()].mode, Mode::Hold);
        world.cycle(&snapshot);
        assert_eq!(world.ours(A, "mig-19").cloned(), before);
        assert_eq!(world.shown(B, "mig-9"), "2/0");
    }
}

#[test]
fn calls_that_were_refused_for_one_reason_are_one_finding() {
    let (world, mut snapshot) = cut_world();
    let broken = snapshot.gpus.get_mut(&A.parse().unwrap()).unwrap();
    broken.problems = vec![
        DeviceProblem::NoPermission { call: "nvmlDeviceGetGpuInstances" },
        DeviceProblem::Unreadable { call: "nvmlDeviceGetMigMode", error: "timeout".into() },
        DeviceProblem::NoPermission { call: "nvmlDeviceGetGpuInstancePossiblePlacements_v2" },
    ];
    let decision = world.decide(&snapshot);
    assert_eq!(codes(&decision), [Code::NoPermission, Code::GpuUnreadable]);
    assert_eq!(
        decision.findings[0].seen,
        "no permission for nvmlDeviceGetGpuInstances, nor for nvmlDeviceGetGpuInstancePossiblePlacements_v2"
    );
}

#[test]
fn a_gpu_that_is_gone_is_parked_but_not_while_a_device_hides_its_address() {
    let (mut world, mut snapshot) = cut_world();
    snapshot.gpus.remove(&A.parse().unwrap());
    snapshot
        .problems
        .push(HostProblem { index: 0, problem: DeviceProblem::Lost { call: "nvmlDeviceGetHandleByIndex" } });
    let decision = world.decide(&snapshot);
    assert!(decision.plan.is_empty());
    assert_eq!(codes(&decision), [Code::GpuLost]);

    snapshot.problems.clear();
    assert_eq!(codes(&world.decide(&snapshot)), [Code::GpuAbsent]);
    world.cycle(&snapshot);
    assert_eq!(world.shown(A, "mig-19"), "-");
    assert_eq!(world.shown(B, "mig-9"), "1/0");
}

#[test]
fn a_host_without_any_gpu_changes_nothing() {
    let (world, _) = cut_world();
    let decision = world.decide(&HostSnapshot::default());
    assert!(decision.plan.is_empty());
    assert_eq!(codes(&decision), [Code::NoGpu]);
}

#[test]
fn a_gpu_of_another_model_in_the_same_slot_is_another_identity() {
    let (mut world, mut snapshot) = cut_world();
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    world.allocate(uuid);
    snapshot.gpus.get_mut(&A.parse().unwrap()).unwrap().board = "2330".parse().unwrap();
    world.cycle(&snapshot);
    assert_eq!(world.shown(A, "mig-19"), "1/1");
    let new = world
        .decide(&snapshot)
        .providers
        .into_iter()
        .find(|p| p.identity.board.to_string() == "2330")
        .unwrap();
    // Nobody knows how much of the new board the old guest's share is: nothing is free until it left.
    assert_eq!((new.to.unwrap().offered(), new.reason), (0, Reason::Withheld { units: 1, allowed: 0 }));
}

#[test]
fn mig_that_is_off_pending_or_impossible_offers_nothing_and_says_so() {
    use MigState::{Off, On};
    for (mig, expected) in [
        (MigMode::Unsupported, vec![Code::NotMig]),
        (MigMode::Supported { current: Off, pending: Off }, vec![Code::NotMig]),
        (MigMode::Supported { current: Off, pending: On }, vec![Code::MigPending, Code::NotMig]),
        (MigMode::Supported { current: On, pending: Off }, vec![Code::MigPending]),
        (MigMode::Supported { current: On, pending: On }, vec![Code::NothingCut]),
    ] {
        let mut snapshot = host([gpu(A, &[])]);
        snapshot.gpus.get_mut(&A.parse().unwrap()).unwrap().mig = mig;
        let decision = World::new().decide(&snapshot);
        assert!(decision.plan.is_empty());
        assert_eq!(codes(&decision), expected, "{mig:?}");
    }
}

#[test]
fn mig_that_ends_at_the_next_reset_takes_no_new_guests() {
    let (mut world, mut snapshot) = cut_world();
    let uuid = world.ours(B, "mig-9").unwrap().uuid;
    world.allocate(uuid);
    let ending = MigMode::Supported { current: MigState::On, pending: MigState::Off };
    snapshot.gpus.values_mut().for_each(|gpu| gpu.mig = ending);
    world.cycle(&snapshot);
    assert_eq!((world.shown(A, "mig-19"), world.shown(B, "mig-9")), ("-".into(), "1/1".into()));
}

#[test]
fn an_ignored_gpu_is_not_begun_and_what_was_ours_is_parked() {
    let (mut world, snapshot) = cut_world();
    world.policy.ignore.insert(A.parse().unwrap());
    world.cycle(&snapshot);
    assert_eq!((world.shown(A, "mig-19"), world.shown(B, "mig-9")), ("-".into(), "1/0".into()));
    let mut fresh = World::new();
    fresh.policy.ignore.insert(A.parse().unwrap());
    fresh.cycle(&snapshot);
    assert!(fresh.ours(A, "mig-19").is_none());
}

#[test]
fn a_gpu_that_somebody_else_reports_is_never_reported_twice() {
    for (name, traits) in [
        ("cmp1_pci_0000_41_00_0", &[][..]),
        ("cmp1_pci_0000_41_00_4", &["OWNER_NOVA"][..]),
        ("cmp1_0000:41:00.0", &["OWNER_NOVA"][..]),
        ("cmp1_<0000:41:00.0>", &["OWNER_CYBORG"][..]),
    ] {
        let (mut world, snapshot) = cut_world();
        world.foreign(name, traits);
        let decision = world.decide(&snapshot);
        let (mode, said): (Mode, &[Code]) = match name {
            name if name.contains('<') => (Mode::Ignore, &[Code::ReportedElsewhere]),
            name if name.contains("pci") => (Mode::Decorate, &[]),
            _ => (Mode::Verify, &[]),
        };
        assert_eq!(
            (decision.devices[&A.parse().unwrap()].mode, codes(&decision).as_slice()),
            (mode, said),
            "{name}"
        );
        world.cycle(&snapshot);
        assert_eq!((world.shown(A, "mig-19"), world.shown(B, "mig-9")), ("-".into(), "1/0".into()), "{name}");
    }
}

#[test]
fn a_profile_that_the_driver_does_not_describe_is_a_finding_and_the_rest_is_offered() {
    let mut snapshot = host([gpu(A, &[(19, 0)])]);
    let (instance, profile) = (GpuInstanceId::new(9), ProfileId::new(99));
    let only = snapshot.gpus.values_mut().next().unwrap();
    only.problems.push(DeviceProblem::UnknownProfile { instance, profile });
    only.instances.insert(
        instance,
        GpuInstance { id: instance, profile, placement: placement(6, 1), compute: Default::default() },
    );
    let mut world = World::new();
    assert_eq!(codes(&world.decide(&snapshot)), [Code::UnknownProfile]);
    world.cycle(&snapshot);
    assert_eq!(world.shown(A, "mig-19"), "1/0");
}

#[test]
fn what_sysfs_shows_otherwise_is_said_and_changes_nothing() {
    let world = World::new();
    let mut shown = host([gpu(A, &[(19, 0)])]);
    let plan = world.decide(&shown).plan;
    let file = |path: &str| FileProblem { path: path.into(), error: "Input/output error".into() };
    shown.files.push(file("/sys/bus/mdev/devices"));
    for (at, driver) in [(B, Some("vfio-pci")), ("0000:c1:00.0", Some("nouveau")), ("0000:c2:00.0", None)] {
        let hidden = HiddenGpu { board: None, driver: driver.map(str::to_owned) };
        shown.hidden.insert(at.parse().unwrap(), hidden);
    }
    let gpu = shown.gpus.values_mut().next().unwrap();
    gpu.problems.push(DeviceProblem::File(file("/sys/bus/pci/devices/0000:41:00.4/numa_node")));
    let decision = world.decide(&shown);
    assert_eq!(decision.plan, plan);
    let said: Vec<_> =
        decision.findings.iter().map(|f| (f.code, f.subject.as_str(), f.seen.as_str())).collect();
    let numa = "/sys/bus/pci/devices/0000:41:00.4/numa_node: Input/output error";
    for expected in [
        (Code::FileUnreadable, "sysfs", "/sys/bus/mdev/devices: Input/output error"),
        (Code::FileUnreadable, A, numa),
        (Code::GpuHidden, "0000:c1:00.0", "bound to nouveau, so NVML does not show it"),
        (Code::GpuHidden, "0000:c2:00.0", "on the PCI bus without a driver"),
    ] {
        assert!(said.contains(&expected), "{expected:?} is not in {said:#?}");
    }
    assert!(!said.iter().any(|(_, subject, _)| *subject == B), "passthrough is nobody's business: {said:#?}");
}
