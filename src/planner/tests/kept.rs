//! A decision is kept only where it would be made again.

use proptest::prelude::*;

use super::build::*;
use super::decorate;
use super::patience::{Loop, at, ones};
use crate::model::*;
use crate::planner::{Attachable, Facts, Kept, Memory, Patience, decide};

fn facts<'a>(world: &'a World, snapshot: &'a HostSnapshot, patience: Patience<'a>) -> Facts<'a> {
    Facts { snapshot, tree: &world.tree, nova: &world.nova, policy: &world.policy, patience }
}

#[test]
fn nothing_that_it_rests_on_may_be_another() {
    let snapshot = ones(3);
    let mut world = World::new();
    world.cycle(&snapshot);
    let kept = Kept::new(facts(&world, &snapshot, Patience::AtOnce), world.decide(&snapshot));
    let holds = |world: &World, snapshot: &HostSnapshot| {
        kept.on(facts(world, snapshot, Patience::AtOnce)).map(|decision| decision.plan.is_empty())
    };
    assert_eq!(holds(&world, &snapshot), Some(true));
    assert_eq!(holds(&world, &ones(2)), None);
    let changed = |change: fn(&mut World)| {
        let mut other = World { tree: world.tree.clone(), policy: world.policy.clone(), ..World::new() };
        change(&mut other);
        holds(&other, &snapshot)
    };
    assert_eq!(changed(|_| {}), Some(true));
    assert_eq!(changed(|world| world.policy.attachable = Attachable::No), None);
    assert_eq!(changed(|world| world.nova.pci_in_placement = true), None);
    assert_eq!(changed(|world| world.tree.providers.retain(|_, one| one.vgpu().is_none())), None);
    let memory = Memory::default();
    let settling = Patience::Settling { memory: &memory, now: at(1) };
    assert!(kept.on(facts(&world, &snapshot, settling)).is_none());
}

#[test]
fn it_ends_when_time_alone_may_change_it() {
    let (snapshot, mut run) = (ones(3), Loop::new());
    let decision = run.look(&snapshot, 100);
    assert_eq!(decision.next, Some(at(110)));
    let settling = |now| Patience::Settling { memory: &run.memory, now: at(now) };
    let kept = Kept::new(facts(&run.world, &snapshot, settling(100)), decision);
    let holds = |now| kept.on(facts(&run.world, &snapshot, settling(now))).is_some();
    assert_eq!([99, 100, 109, 110, 111].map(holds), [false, true, true, false, false]);
    let mut other = run.memory.clone();
    other.see_hardware(&ones(2), &run.world.policy, at(101));
    let other = Patience::Settling { memory: &other, now: at(102) };
    assert!(kept.on(facts(&run.world, &snapshot, other)).is_none());
}

#[derive(Debug, Clone)]
enum Event {
    Cut(u32),
    Blind,
    Allocate(usize),
    Undo(usize),
    Cycle,
    Wait(u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (0..8_u32).prop_map(Event::Cut),
        1 => Just(Event::Blind),
        1 => any::<usize>().prop_map(Event::Allocate),
        1 => any::<usize>().prop_map(Event::Undo),
        3 => Just(Event::Cycle),
        6 => prop_oneof![0..3_u64, 0..200_u64].prop_map(Event::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_kept_is_what_would_be_decided(
        under_nova in any::<bool>(),
        events in proptest::collection::vec(event(), 1..60),
    ) {
        let cut = if under_nova { decorate::cut } else { ones };
        let (mut run, mut snapshot, mut now) = (Loop::new(), cut(0), 0);
        if under_nova {
            run.world = decorate::world();
        }
        let mut kept: Option<Kept> = None;
        for event in events {
            let (ours, novas) = (run.world.tree.ours(), run.world.tree.nova_functions());
            let written = ours.map(|(_, one)| one.uuid).chain(novas.map(|(_, _, one)| one.uuid));
            let written: Vec<ProviderUuid> = written.collect();
            let pick = |n: usize| written.get(n % written.len().max(1)).copied();
            match event {
                Event::Cut(count) => snapshot = cut(count),
                Event::Blind => {
                    let lost = DeviceProblem::Lost { call: "nvmlDeviceGetGpuInstances" };
                    snapshot.gpus.values_mut().for_each(|gpu| gpu.problems.push(lost.clone()));
                }
                Event::Allocate(n) => { pick(n).map(|uuid| run.world.allocate(uuid)); }
                // Somebody else takes away what was written, as often as it is: contested. Placement refuses that of
                // an inventory that is in use.
                Event::Undo(n) => if let Some(uuid) = pick(n) {
                    let unused = run.world.usages.get(&uuid).is_none_or(|used| *used == 0);
                    let provider = run.world.tree.providers.get_mut(&uuid).unwrap();
                    provider.traits.retain(|name| Claim::decode(name).is_none());
                    if unused && !under_nova {
                        provider.inventories.clear();
                    }
                },
                Event::Cycle => { run.cycle(&snapshot, now); }
                Event::Wait(seconds) => now += seconds,
            }
            run.memory.see_hardware(&snapshot, &run.world.policy, at(now));
            run.memory.see_tree(&run.world.tree, at(now));
            let patience = Patience::Settling { memory: &run.memory, now: at(now) };
            let facts = facts(&run.world, &snapshot, patience);
            let (decision, needs) = decide(facts);
            // The oldest that holds is kept, as the loop does.
            match kept.as_ref().and_then(|kept| kept.on(facts)) {
                Some(held) => prop_assert_eq!((held, true), (&decision, needs.is_empty())),
                None => kept = needs.is_empty().then(|| Kept::new(facts, decision)),
            }
        }
    }
}
