//! What a GPU's condition does to what is offered of it.

use super::build::*;
use super::patience::{Loop, at, ones};
use crate::model::*;
use crate::planner::{HealthAction, HealthPolicy, XidLog, hardware_findings};

fn with(mut snapshot: HostSnapshot, change: impl FnOnce(&mut Health)) -> HostSnapshot {
    change(&mut snapshot.gpus.get_mut(&a()).unwrap().health);
    snapshot
}

fn a() -> PciAddress {
    A.parse().unwrap()
}

fn xid(code: u32, instance: Option<u32>) -> Xid {
    Xid { code, instance: instance.map(GpuInstanceId::new) }
}

fn codes(snapshot: &HostSnapshot, world: &World) -> Vec<Code> {
    hardware_findings(snapshot, &world.policy).into_iter().map(|finding| finding.code).collect()
}

#[test]
fn heal_is_named_where_it_can_help() {
    let remedy = |health: Health| {
        let snapshot = with(ones(7), |of| *of = health);
        let findings = hardware_findings(&snapshot, &World::new().policy);
        findings.into_iter().find(|finding| finding.code == Code::GpuIll).unwrap().remedy
    };
    let heal = "`nvidia-placement-agent heal 0000:41:00.0`";
    assert!(remedy(Health { xids: [xid(79, None)].into(), ..Health::default() }).ends_with(heal));
    let asks = Health { recovery: Some(RecoveryAction::Reset), ..Health::default() };
    assert!(!remedy(asks).contains("heal"));
}

/// Serving seven, settled.
fn serving() -> Loop {
    let mut it = Loop::new();
    for seconds in [0, 10, 20] {
        it.cycle(&ones(7), seconds);
    }
    assert_eq!(it.shown("mig-19"), "7/0");
    it
}

#[test]
fn what_the_driver_asks_to_recover_is_reserved_at_once_and_settles_when_it_is_well() {
    for action in [
        RecoveryAction::Reset,
        RecoveryAction::Reboot,
        RecoveryAction::DrainPeers,
        RecoveryAction::DrainAndReset,
        RecoveryAction::RecoverImex,
        RecoveryAction::BusReset,
        RecoveryAction::SystemReboot,
        RecoveryAction::Other(8),
    ] {
        let mut it = serving();
        let ill = with(ones(7), |health| health.recovery = Some(action));
        assert_eq!(it.cycle(&ill, 30), 1);
        assert_eq!(it.shown("mig-19"), "7/7", "{action}");
        assert_eq!(it.cycle(&ill, 300), 0);
        let well = with(ones(7), |health| health.recovery = Some(RecoveryAction::None));
        assert_eq!(it.cycle(&well, 301), 0, "only just well");
        let decision = it.look(&well, 305);
        assert_eq!(decision.next, Some(at(311)));
        assert_eq!(it.cycle(&well, 311), 1);
        assert_eq!(it.shown("mig-19"), "7/0");
    }
}

#[test]
fn each_condition_does_what_the_operator_wants() {
    let rows =
        |failed: bool| Some(RowRemapping { correctable: 0, uncorrectable: 1, pending: !failed, failed });
    let conditions: [(&str, Health); 4] = [
        ("recovery", Health { recovery: Some(RecoveryAction::Reset), ..Health::default() }),
        ("failed", Health { remapping: rows(true), ..Health::default() }),
        ("pending", Health { remapping: rows(false), ..Health::default() }),
        ("ecc", Health { uncorrectable_volatile: Some(2), ..Health::default() }),
    ];
    let actions: [(HealthAction, &str, &[Code]); 3] = [
        (HealthAction::Ignore, "7/0", &[]),
        (HealthAction::Warn, "7/0", &[Code::GpuAilment]),
        (HealthAction::Reserve, "7/7", &[Code::GpuIll]),
    ];
    for (name, condition) in &conditions {
        for (action, expected, said) in actions {
            let mut it = serving();
            let policy = &mut it.world.policy.health;
            policy.recovery_action = action;
            policy.row_remapping_failed = action;
            policy.row_remapping_pending = action;
            policy.uncorrectable_ecc = action;
            let ill = with(ones(7), |health| health.clone_from(condition));
            it.cycle(&ill, 30);
            assert_eq!(it.shown("mig-19"), expected, "{name} {action:?}");
            assert_eq!(codes(&ill, &it.world), said, "{name} {action:?}");
        }
    }
}

#[test]
fn by_default_what_needs_a_reset_reserves_and_what_does_not_is_said() {
    let reserves = |health: Health| {
        let snapshot = with(ones(7), |of| *of = health);
        codes(&snapshot, &World::new()).contains(&Code::GpuIll)
    };
    let rows =
        |failed: bool| Some(RowRemapping { correctable: 9, uncorrectable: 1, pending: !failed, failed });
    assert!(reserves(Health { remapping: rows(true), ..Health::default() }));
    assert!(!reserves(Health { remapping: rows(false), ..Health::default() }));
    let ecc = Health { uncorrectable_volatile: Some(1), ..Health::default() };
    assert!(reserves(ecc.clone()));
    assert!(!reserves(Health { recovery: Some(RecoveryAction::None), ..ecc }), "the driver has judged it");
    assert!(!reserves(Health { uncorrectable_aggregate: Some(5), ..Health::default() }), "long over");
}

#[test]
fn guests_of_an_ill_gpu_stay_and_apply_reserves_it_too() {
    let mut world = World::new();
    world.cycle(&ones(7));
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    assert!(world.allocate(uuid));
    let ill = with(ones(7), |health| health.xids.extend([xid(79, None)]));
    let steps = world.cycle(&ill);
    assert_eq!((steps.len(), world.shown(A, "mig-19").as_str()), (1, "7/7"));
    assert!(steps[0].reason.to_string().contains("XID 79 (GPU has fallen off the bus: RESTART_BM)"));
    assert!(world.decide(&ill).plan.is_empty());
    // A GPU that was never served is not begun with.
    let mut fresh = World::new();
    assert!(fresh.cycle(&ill).is_empty());
}

#[test]
fn an_xid_of_one_gpu_instance_takes_that_one_from_offer() {
    let mut it = serving();
    let ill =
        with(ones(7), |health| health.xids.extend([xid(62, Some(3)), xid(62, Some(4)), xid(31, Some(5))]));
    it.cycle(&ill, 30);
    assert_eq!(it.shown("mig-19"), "7/2");
    let reason = it.look(&ill, 31).providers[0].reason.to_string();
    assert!(
        reason.starts_with("7 exist, 2 of them reserved because not well: GPU instance 3: XID 62"),
        "{reason}"
    );
    // Its being well again is more, and more has to settle.
    it.cycle(&ones(7), 40);
    assert_eq!(it.shown("mig-19"), "7/2");
    it.cycle(&ones(7), 50);
    assert_eq!(it.shown("mig-19"), "7/0");
}

#[test]
fn an_ill_instance_and_a_guest_of_an_earlier_cut_are_both_held_back_and_never_more_than_all() {
    let mut world = World::new();
    world.cycle(&ones(7));
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    assert!(world.allocate(uuid));
    let ill = with(host([gpu(A, &[(9, 0), (9, 4)])]), |health| {
        health.xids.extend([xid(62, Some(1)), xid(62, Some(2))]);
    });
    world.cycle(&ill);
    assert_eq!(world.shown(A, "mig-9"), "2/2");
}

#[test]
fn the_log_forgets_what_is_shown_to_be_over() {
    let log_of = |xids: &[Xid]| {
        let mut log = XidLog::default();
        for xid in xids {
            assert!(log.see(a(), *xid, &Default::default()));
            assert!(!log.see(a(), *xid, &Default::default()), "no news");
        }
        log.follow(&with(ones(7), |health| health.uncorrectable_volatile = Some(3)));
        log
    };
    let left = |mut log: XidLog, snapshot: &HostSnapshot| {
        log.follow(snapshot);
        log.gpus().get(&a()).map_or(0, |logged| logged.xids.len())
    };
    let both = [xid(62, None), xid(62, Some(7))];
    let same = with(ones(7), |health| health.uncorrectable_volatile = Some(3));
    assert_eq!(left(log_of(&both), &same), 2, "nothing happened");
    assert_eq!(left(log_of(&both), &ones(7)), 2, "a counter that cannot be read shows nothing");
    let reset = with(ones(7), |health| health.uncorrectable_volatile = Some(0));
    assert_eq!(left(log_of(&both), &reset), 0, "the counter fell: it was reset");
    let well = with(same.clone(), |health| health.recovery = Some(RecoveryAction::None));
    assert_eq!(left(log_of(&both), &well), 0, "the driver says that it is well");
    let needs_more = with(same.clone(), |health| health.recovery = Some(RecoveryAction::Reboot));
    assert_eq!(left(log_of(&both), &needs_more), 2);
    let mut another = same.clone();
    another.gpus.get_mut(&a()).unwrap().uuid = "GPU-another".to_owned();
    assert_eq!(left(log_of(&both), &another), 0, "another GPU in the slot");
    let destroyed = with(ones(6), |health| health.uncorrectable_volatile = Some(3));
    assert_eq!(left(log_of(&both), &destroyed), 1, "the instance is gone");
    let mut blind = reset.clone();
    blind.gpus.get_mut(&a()).unwrap().problems.push(DeviceProblem::Lost { call: "nvmlDeviceGetMigMode" });
    assert_eq!(left(log_of(&both), &blind), 2, "one that cannot be read shows nothing");
    assert_eq!(left(log_of(&both), &HostSnapshot::default()), 2, "nor one that is not there");
}

#[test]
fn the_log_keeps_what_matters_and_not_more_than_a_driver_can_mean() {
    let mut log = XidLog::default();
    assert!(!log.see(a(), xid(31, None), &Default::default()), "an application's own affair");
    let wanted = HealthPolicy { xids: [(31, HealthAction::Warn)].into(), ..HealthPolicy::default() };
    assert!(log.see(a(), xid(31, None), &wanted));
    for code in 1000..3000 {
        log.see(a(), xid(code, None), &Default::default());
    }
    assert_eq!(log.gpus()[&a()].xids.len(), 256);
    let mut snapshot = ones(1);
    log.onto(&mut snapshot);
    assert_eq!(snapshot.gpus[&a()].health.xids.len(), 256);
    assert!(log.forget(a()) && !log.forget(a()));
}
