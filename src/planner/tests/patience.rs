//! What waits and what does not, with times as numbers.

use std::time::Duration;

use super::build::*;
use crate::model::*;
use crate::planner::{Memory, Patience};

fn at(seconds: u64) -> Moment {
    Moment::new(Duration::from_secs(seconds))
}

/// A loop over a world: one scan and one cycle at each given time.
struct Loop {
    world: World,
    memory: Memory,
}

impl Loop {
    fn new() -> Self {
        Loop { world: World::new(), memory: Memory::default() }
    }

    fn look(&mut self, snapshot: &HostSnapshot, seconds: u64) -> Decision {
        self.memory.see_hardware(snapshot, at(seconds));
        self.memory.see_tree(&self.world.tree, at(seconds));
        let patience = Patience::Settling { memory: &self.memory, now: at(seconds) };
        self.world.observe_with(snapshot, patience).0
    }

    fn cycle(&mut self, snapshot: &HostSnapshot, seconds: u64) -> usize {
        let decision = self.look(snapshot, seconds);
        let steps = decision.plan.groups.iter().flat_map(|group| {
            let device = group.device;
            group.steps.iter().map(move |step| StepRecord {
                device,
                step: step.clone(),
                outcome: StepOutcome::Done,
            })
        });
        let steps: Vec<StepRecord> = steps.collect();
        steps.iter().for_each(|record| self.world.apply(&record.step));
        self.memory.wrote(&decision, &steps, at(seconds));
        steps.len()
    }

    fn shown(&self, kind: &str) -> String {
        self.world.shown(A, kind)
    }

    fn uuid(&self, kind: &str) -> ProviderUuid {
        self.world.ours(A, kind).unwrap().uuid
    }
}

fn ones(count: u32) -> HostSnapshot {
    let cut: Vec<(u32, u32)> = (0..count).map(|slot| (19, slot)).collect();
    host([gpu(A, &cut)])
}

fn halves() -> HostSnapshot {
    host([gpu(A, &[(9, 0), (9, 4)])])
}

#[test]
fn the_first_offer_waits_until_it_has_looked_the_same_for_ten_seconds() {
    let mut run = Loop::new();
    let decision = run.look(&ones(3), 100);
    assert!(decision.plan.is_empty());
    assert_eq!(decision.next, Some(at(110)));
    assert_eq!(decision.providers[0].reason, Reason::Settling { span: Duration::from_secs(10) });
    assert_eq!(run.cycle(&ones(3), 109), 0);
    assert_eq!(run.cycle(&ones(3), 110), 3);
    assert_eq!(run.shown("mig-19"), "3/0");
    assert_eq!(run.look(&ones(3), 111).next, None);
}

#[test]
fn a_re_slice_in_seven_steps_is_written_twice_at_most() {
    let mut run = Loop::new();
    run.cycle(&ones(7), 0);
    run.cycle(&ones(7), 10);
    let mut writes = 0;
    // Tools destroy everything and then create one instance after the other.
    writes += run.cycle(&ones(0), 20);
    for count in 1..=5 {
        writes += run.cycle(&ones(count), 20 + u64::from(count));
    }
    assert_eq!((writes, run.shown("mig-19").as_str()), (1, "7/7"));
    writes += run.cycle(&ones(5), 35);
    assert_eq!((writes, run.shown("mig-19").as_str()), (2, "5/0"));
}

#[test]
fn less_is_believed_at_once() {
    let mut run = Loop::new();
    run.cycle(&ones(7), 0);
    run.cycle(&ones(7), 10);
    run.cycle(&ones(2), 11);
    assert_eq!(run.shown("mig-19"), "2/0");
    run.cycle(&ones(4), 12);
    assert_eq!(run.shown("mig-19"), "2/0");
    run.cycle(&ones(4), 22);
    assert_eq!(run.shown("mig-19"), "4/0");
}

#[test]
fn another_kind_and_the_end_of_one_wait_two_minutes() {
    let mut run = Loop::new();
    run.cycle(&ones(7), 0);
    run.cycle(&ones(7), 10);
    run.cycle(&halves(), 20);
    assert_eq!(run.shown("mig-19"), "7/7");
    assert!(run.world.ours(A, "mig-9").is_none());
    assert_eq!(run.cycle(&halves(), 139), 0);
    assert_eq!(run.look(&halves(), 139).next, Some(at(140)));
    run.cycle(&halves(), 140);
    assert_eq!((run.shown("mig-19"), run.shown("mig-9")), ("-".into(), "2/0".into()));
}

#[test]
fn a_reboot_in_stages_reserves_and_gives_back_without_thrashing() {
    let mut run = Loop::new();
    run.cycle(&ones(3), 0);
    run.cycle(&ones(3), 10);
    let uuid = run.uuid("mig-19");
    run.world.allocate(uuid);
    // A new process remembers nothing; MIG is off, then on and empty, then cut step by step.
    run.memory = Memory::default();
    let mut off = ones(0);
    off.gpus.values_mut().for_each(|gpu| {
        gpu.mig = MigMode::Supported { current: MigState::Off, pending: MigState::Off };
    });
    let mut writes = run.cycle(&off, 1000);
    assert_eq!(run.shown("mig-19"), "3/3");
    let traits = run.world.ours(A, "mig-19").unwrap().traits.clone();
    for (second, snapshot) in [(1010, ones(0)), (1020, ones(1)), (1025, ones(2)), (1030, ones(3))] {
        writes += run.cycle(&snapshot, second);
    }
    writes += run.cycle(&ones(3), 1040);
    assert_eq!((writes, run.shown("mig-19").as_str()), (2, "3/0"));
    assert_eq!(run.world.ours(A, "mig-19").unwrap().traits, traits);
}

#[test]
fn a_gpu_that_cannot_be_read_is_held_for_two_scans_and_reserved_at_the_third() {
    let mut blind = ones(3);
    let call = "nvmlDeviceGetGpuInstances";
    blind.gpus.values_mut().for_each(|gpu| gpu.problems.push(DeviceProblem::Lost { call }));
    let failed =
        HostSnapshot { failed: Some("the driver is not loaded".to_owned()), ..HostSnapshot::default() };
    let absent = host([gpu(B, &[])]);
    for bad in [blind, failed, absent, HostSnapshot::default()] {
        let mut run = Loop::new();
        run.cycle(&ones(3), 0);
        run.cycle(&ones(3), 10);
        assert_eq!(run.cycle(&bad, 20), 0);
        assert_eq!(run.cycle(&bad, 30), 0);
        assert_eq!(run.shown("mig-19"), "3/0");
        assert_eq!(run.cycle(&bad, 40), 1);
        assert_eq!(run.shown("mig-19"), "3/3");
        assert_eq!(run.cycle(&bad, 4000), 0);
        // It comes back, and growth waits as always.
        assert_eq!(run.cycle(&ones(3), 5000), 0);
        assert_eq!(run.cycle(&ones(3), 5010), 1);
        assert_eq!(run.shown("mig-19"), "3/0");
    }
}

#[test]
fn one_good_scan_starts_the_grace_again() {
    let mut run = Loop::new();
    run.cycle(&ones(3), 0);
    run.cycle(&ones(3), 10);
    for second in [20, 30, 50, 60] {
        assert_eq!(run.cycle(&HostSnapshot::default(), second), 0);
        if second == 30 {
            run.cycle(&ones(3), 40);
        }
    }
    assert_eq!(run.shown("mig-19"), "3/0");
}

#[test]
fn somebody_who_keeps_undoing_a_write_is_named_and_given_longer_and_longer_pauses() {
    let mut run = Loop::new();
    run.cycle(&ones(3), 0);
    run.cycle(&ones(3), 10);
    let uuid = run.uuid("mig-19");
    let undo = |run: &mut Loop| {
        let class = ResourceClass::vgpu();
        let provider = run.world.tree.providers.get_mut(&uuid).unwrap();
        provider.inventories.get_mut(&class).unwrap().reserved = 1;
    };
    for second in [20, 30, 40] {
        undo(&mut run);
        assert_eq!(run.cycle(&ones(3), second), 1, "at {second}");
    }
    undo(&mut run);
    let decision = run.look(&ones(3), 50);
    assert!(decision.plan.is_empty());
    assert_eq!(decision.next, Some(at(100)));
    let finding = decision.findings.iter().find(|f| f.code == Code::Contested).unwrap();
    assert!(finding.subject.ends_with("mig-19"), "{finding:?}");
    assert_eq!(run.cycle(&ones(3), 100), 1, "the pause of a minute is over");
    undo(&mut run);
    assert_eq!(run.look(&ones(3), 110).next, Some(at(220)), "twice as long");
}

#[test]
fn a_write_that_stood_for_long_is_no_contest() {
    let mut run = Loop::new();
    run.cycle(&ones(3), 0);
    run.cycle(&ones(3), 10);
    let uuid = run.uuid("mig-19");
    for n in 1..10 {
        let provider = run.world.tree.providers.get_mut(&uuid).unwrap();
        provider.traits.remove(&marker());
        assert_eq!(run.cycle(&ones(3), n * 1000), 1);
    }
}

#[test]
fn nothing_is_made_under_a_tree_that_is_being_deleted() {
    let mut run = Loop::new();
    let two = host([gpu(A, &[(19, 0), (9, 4)])]);
    run.cycle(&two, 0);
    run.cycle(&two, 10);
    let uuid = run.uuid("mig-19");
    run.world.tree.providers.remove(&uuid);
    let decision = run.look(&two, 1020);
    assert!(decision.plan.is_empty());
    assert!(decision.providers.iter().any(|p| p.reason == Reason::TreeLeaving));
    assert_eq!(run.cycle(&two, 1079), 0);
    assert_eq!(run.cycle(&two, 1080), 3);
}

#[test]
fn an_operators_apply_does_not_wait() {
    let mut run = Loop::new();
    run.world.cycle(&ones(3));
    assert_eq!(run.shown("mig-19"), "3/0");
    run.world.cycle(&halves());
    assert_eq!((run.shown("mig-19"), run.shown("mig-9")), ("-".into(), "2/0".into()));
}

#[test]
fn xids_are_kept_each_with_its_last_time_and_survive_another_root() {
    let xid = |code| Xid { code, instance: Some(GpuInstanceId::new(1)) };
    let (a, b): (PciAddress, PciAddress) = (A.parse().unwrap(), B.parse().unwrap());
    let mut memory = Memory::default();
    for (address, code, second) in [(a, 79, 1), (a, 31, 2), (a, 79, 3), (b, 48, 4)] {
        memory.see_xid(address, xid(code), at(second));
    }
    let memory = memory.for_another_root();
    assert_eq!(memory.xids(a).collect::<Vec<_>>(), [(xid(31), at(2)), (xid(79), at(3))]);
    assert_eq!(memory.xids(b).collect::<Vec<_>>(), [(xid(48), at(4))]);
}

#[test]
fn a_gpu_that_tells_ever_new_xids_is_remembered_by_the_latest() {
    let address: PciAddress = A.parse().unwrap();
    let mut memory = Memory::default();
    for code in (0..1000).rev() {
        memory.see_xid(address, Xid { code, instance: None }, at(1000 - u64::from(code)));
    }
    let kept: Vec<u32> = memory.xids(address).map(|(xid, _)| xid.code).collect();
    assert_eq!(kept, (0..64).collect::<Vec<_>>());
}
