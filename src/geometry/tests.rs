use proptest::prelude::*;

use super::*;
use crate::model::{SlicePlacement, Slots};

mod permits;
mod slot_maps;
mod tables;

/// A GPU whose compute slices never run out.
const SLOTS_ALONE: Board = Board { slots: Slots::new(64), compute_slices: u32::MAX };

fn shape(placements: &[(u32, u32)], max_instances: u32) -> Shape {
    sliced(placements, max_instances, 0)
}

fn sliced(placements: &[(u32, u32)], max_instances: u32, compute_slices: u32) -> Shape {
    let placement =
        |(start, size): &(u32, u32)| SlicePlacement { start: Slots::new(*start), size: Slots::new(*size) };
    Shape { placements: placements.iter().map(placement).collect(), max_instances, compute_slices }
}

/// An A100's profiles, from its `nvidia-smi mig -lgipp`.
fn a100() -> [Shape; 6] {
    let ones: Vec<(u32, u32)> = (0..7).map(|s| (s, 1)).collect();
    [
        shape(&ones, 7),
        shape(&[(0, 2), (2, 2), (4, 2), (6, 2)], 4),
        shape(&[(0, 2), (2, 2), (4, 2)], 3),
        shape(&[(0, 4), (4, 4)], 2),
        shape(&[(0, 4)], 1),
        shape(&[(0, 8)], 1),
    ]
}

#[test]
fn an_a100_holds_what_its_tables_say() {
    let [g1, _, g2, g3, g4, g7] = a100();
    assert!(fits(SLOTS_ALONE, &[(&g1, 7)]));
    assert!(!fits(SLOTS_ALONE, &[(&g1, 8)]), "seven compute slices, though there are eight memory slots");
    assert!(fits(SLOTS_ALONE, &[(&g3, 1), (&g4, 1)]));
    assert!(!fits(SLOTS_ALONE, &[(&g4, 2)]));
    assert!(fits(SLOTS_ALONE, &[(&g2, 3), (&g1, 1)]));
    assert!(!fits(SLOTS_ALONE, &[(&g2, 3), (&g1, 2)]), "slot 7 takes no 1g.5gb");
    assert!(!fits(SLOTS_ALONE, &[(&g7, 1), (&g1, 1)]));
    assert!(fits(SLOTS_ALONE, &[]));
    // Eight memory slots are free for it; its compute slices are not.
    let a100 = Board { slots: Slots::new(8), compute_slices: 7 };
    let (g3, g4) = (sliced(&[(0, 4), (4, 4)], 2, 3), sliced(&[(0, 4), (4, 4)], 2, 4));
    assert!(fits(a100, &[(&g3, 1), (&g4, 1)]) && !fits(a100, &[(&g4, 2)]));
}

#[test]
fn absurd_placements_are_never_used() {
    for (start, size) in [(0, 0), (60, 5), (u32::MAX, 1), (1, u32::MAX), (64, 1)] {
        assert!(!fits(SLOTS_ALONE, &[(&shape(&[(start, size)], 1), 1)]), "{start}@{size}");
    }
    assert!(fits(SLOTS_ALONE, &[(&shape(&[(63, 1), (0, 63)], 2), 2)]));
}

/// The oracle: try every placement for every instance in turn.
fn brute_force(items: &[&Shape], taken: u64) -> bool {
    let Some((first, rest)) = items.split_first() else { return true };
    first.placements.iter().any(|p| {
        let slots = (p.start.get()..p.start.get() + p.size.get()).fold(0_u64, |m, s| m | (1 << s));
        taken & slots == 0 && brute_force(rest, taken | slots)
    })
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let placements = proptest::collection::vec((0_u32..10, 1_u32..5), 1..6);
    (placements, 1_u32..5).prop_map(|(placements, max)| shape(&placements, max))
}

proptest! {
    #[test]
    fn packing_agrees_with_brute_force(wanted in proptest::collection::vec((any_shape(), 0_u32..4), 0..4)) {
        let wanted: Vec<(&Shape, u32)> = wanted.iter().map(|(s, n)| (s, *n)).collect();
        let items: Vec<&Shape> = wanted.iter().flat_map(|(s, n)| std::iter::repeat_n(*s, *n as usize)).collect();
        let within = wanted.iter().all(|(s, n)| *n <= s.max_instances);
        prop_assert_eq!(fits(SLOTS_ALONE, &wanted), within && brute_force(&items, 0));
    }
}
