//! The same with vGPUs: a GPU that is cut, takes turns, or takes turns in mixed sizes, from one moment to the next.

use proptest::prelude::*;

use super::super::build::*;
use super::{CUTS, Event, event};
use crate::model::*;

/// What a GPU may look like: its cut, out of MIG mode if none; the types that its functions have; whether sizes may
/// be mixed.
type Look = (Option<usize>, &'static [u32], Option<bool>);

const LOOKS: [Look; 12] = [
    (Some(5), &[], None),
    (Some(5), &[474, 474, 474], None),
    (Some(4), &[475, 475, 474], None),
    (Some(2), &[476, 476], None),
    (Some(2), &[470, 476], None),
    (None, &[470, 470, 470, 470], None),
    (None, &[471, 471], Some(false)),
    (None, &[470, 471], Some(false)),
    (None, &[470, 470, 471], Some(true)),
    (None, &[470, 470, 470, 470, 471, 471], Some(true)),
    (None, &[], None),
    (Some(0), &[], None),
];

fn look((cut, types, heterogeneous): Look) -> Gpu {
    let whole = with_vgpus(gpu(A, cut.map_or(&[], |cut| CUTS[cut])), &A100_TYPES, 7);
    let mut gpu = typed(if cut.is_some() { whole } else { uncut(whole) }, types);
    gpu.vgpu.heterogeneous = heterogeneous;
    gpu
}

/// Of each kind, what allocations hold or may come to hold.
fn promised(world: &World) -> Vec<(Kind, u32)> {
    let ours = world.tree.ours().map(|(identity, provider)| {
        let used = world.usages.get(&provider.uuid).copied().unwrap_or(0);
        (identity.kind, used.max(provider.vgpu().map_or(0, Inventory::offered)))
    });
    ours.filter(|(_, units)| *units > 0).collect()
}

/// Why that cannot be on an A100 at once, if it cannot.
fn impossible(promised: &[(Kind, u32)], mixed: bool) -> Option<String> {
    let (mut slots, mut gigabytes, mut sizes) = (0, 0, 0);
    for (kind, units) in promised {
        let (slot, gb) = match kind.to_string().as_str() {
            "mig-19" | "vgpu-474" => (1, 0),
            "mig-14" | "vgpu-475" => (2, 0),
            "mig-9" | "mig-5" | "vgpu-476" => (4, 0),
            "mig-0" => (8, 0),
            "vgpu-470" => (0, 10),
            "vgpu-471" => (0, 20),
            other => panic!("what is {other}?"),
        };
        slots += slot * units;
        gigabytes += gb * units;
        sizes += u32::from(gb > 0);
    }
    let wrong = slots > 8 || gigabytes > 40 || (slots > 0 && gigabytes > 0) || (sizes > 1 && !mixed);
    wrong.then(|| format!("{slots} slots, {gigabytes} GB of {sizes} sizes: {promised:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_walk_promises_more_vgpus_than_can_be_there_at_once(
        start in 0..LOOKS.len(),
        tempting in prop_oneof![Just(""), Just("470"), Just("474"), Just("471")],
        events in proptest::collection::vec(event(LOOKS.len()), 1..60),
    ) {
        let mut world = World::new();
        world.policy.vgpu_types = tempting.parse().into_iter().collect();
        let mut now = start;
        // Guests of mixed sizes may stay when sizes are no longer mixed.
        let mut mixed = false;
        for event in events {
            let snapshot = host([look(LOOKS[now])]);
            mixed |= LOOKS[now].2 == Some(true);
            let ours: Vec<ProviderUuid> = world.tree.ours().map(|(_, p)| p.uuid).collect();
            let pick = |n: usize| ours.get(n % ours.len().max(1)).copied();
            match event {
                Event::Cut(_, to) => now = to,
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
                        prop_assert_eq!(impossible(&promised(&world), mixed), None, "after {:?}", step);
                    }
                    if limit == usize::MAX {
                        prop_assert!(world.decide(&snapshot).plan.is_empty(), "a second plan is empty");
                    }
                }
            }
            prop_assert_eq!(impossible(&promised(&world), mixed), None);
        }
    }
}
