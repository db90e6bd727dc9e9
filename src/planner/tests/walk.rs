//! Random walks: hosts re-cut at random, guests that come and go at random, agents killed between any two
//! steps. After every step the allocations that are possible fit the hardware.

mod vgpu;

use proptest::prelude::*;

use super::build::*;
use crate::model::*;

/// Cuts that an A100 can hold.
const CUTS: [&[(u32, u32)]; 8] = [
    &[],
    &[(0, 0)],
    &[(9, 0), (9, 4)],
    &[(5, 0), (9, 4)],
    &[(14, 0), (14, 2), (14, 4), (19, 6)],
    &[(19, 0), (19, 1), (19, 2), (19, 3), (19, 4), (19, 5), (19, 6)],
    &[(9, 4), (19, 0), (19, 1)],
    &[(14, 0), (19, 2), (19, 5)],
];

#[derive(Debug, Clone)]
enum Event {
    Cut(usize, usize),
    Allocate(usize),
    Free(usize),
    Cycle,
    KilledAfter(usize),
}

fn event(cuts: usize) -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => (0..2_usize, 0..cuts).prop_map(|(gpu, cut)| Event::Cut(gpu, cut)),
        4 => any::<usize>().prop_map(Event::Allocate),
        3 => any::<usize>().prop_map(Event::Free),
        3 => Just(Event::Cycle),
        1 => (0..6_usize).prop_map(Event::KilledAfter),
    ]
}

/// Slots that allocations hold or may come to hold, for each GPU.
fn promised(world: &World, address: &str) -> u32 {
    let address: PciAddress = address.parse().unwrap();
    let sizes = [(19, 1), (14, 2), (9, 4), (5, 4), (0, 8)];
    let ours = world.tree.ours().filter(|(identity, _)| identity.address == address);
    let slots = ours.map(|(identity, provider)| {
        let size = sizes.iter().find(|(id, _)| identity.kind == Kind::Mig(ProfileId::new(*id))).unwrap().1;
        let used = world.usages.get(&provider.uuid).copied().unwrap_or(0);
        size * used.max(provider.vgpu().map_or(0, Inventory::offered))
    });
    slots.sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_walk_promises_more_than_the_hardware_has(events in proptest::collection::vec(event(CUTS.len()), 1..60)) {
        let mut world = World::new();
        let foreign = world.foreign("cmp1_something", &["CUSTOM_GOLD"]);
        let (root, foreign) = (world.tree.root.provider(), world.tree.providers[&foreign].clone());
        let root = world.tree.providers[&root].clone();
        let mut cut = [0, 0];
        for event in events {
            let snapshot = host([gpu(A, CUTS[cut[0]]), gpu(B, CUTS[cut[1]])]);
            let ours: Vec<ProviderUuid> = world.tree.ours().map(|(_, p)| p.uuid).collect();
            let pick = |n: usize| ours.get(n % ours.len().max(1)).copied();
            match event {
                Event::Cut(gpu, to) => cut[gpu] = to,
                Event::Allocate(n) => { pick(n).map(|uuid| world.allocate(uuid)); }
                Event::Free(n) => {
                    let used = pick(n).and_then(|uuid| world.usages.get_mut(&uuid));
                    if let Some(used) = used { *used = used.saturating_sub(1); }
                }
                Event::Cycle | Event::KilledAfter(_) => {
                    let limit = if let Event::KilledAfter(k) = event { k } else { usize::MAX };
                    let plan = world.decide(&snapshot).plan;
                    for step in plan.groups.iter().flat_map(|g| &g.steps).take(limit) {
                        world.apply(step);
                        for address in [A, B] {
                            prop_assert!(promised(&world, address) <= 8, "{} after {:?}", address, step);
                        }
                    }
                    if limit == usize::MAX {
                        prop_assert!(world.decide(&snapshot).plan.is_empty(), "a second plan is empty");
                    }
                }
            }
            for address in [A, B] {
                prop_assert!(promised(&world, address) <= 8);
            }
        }
        prop_assert_eq!(&world.tree.providers[&root.uuid], &root);
        prop_assert_eq!(&world.tree.providers[&foreign.uuid], &foreign);
    }
}
