use proptest::prelude::*;

use super::*;
use crate::model::{SlicePlacement, Slots};

fn shape(placements: &[(u32, u32)], max_instances: u32) -> Shape {
    let placement =
        |(start, size): &(u32, u32)| SlicePlacement { start: Slots::new(*start), size: Slots::new(*size) };
    Shape { placements: placements.iter().map(placement).collect(), max_instances }
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

fn demand(shape: &Shape, exist: u32, used: u32) -> Demand {
    Demand { shape: Some(shape.clone()), exist, used }
}

#[test]
fn an_a100_holds_what_its_tables_say() {
    let [g1, _, g2, g3, g4, g7] = a100();
    assert!(fits(&[(&g1, 7)]));
    assert!(!fits(&[(&g1, 8)]), "seven compute slices, though there are eight memory slots");
    assert!(fits(&[(&g3, 1), (&g4, 1)]));
    assert!(!fits(&[(&g4, 2)]));
    assert!(fits(&[(&g2, 3), (&g1, 1)]));
    assert!(!fits(&[(&g2, 3), (&g1, 2)]), "slot 7 takes no 1g.5gb");
    assert!(!fits(&[(&g7, 1), (&g1, 1)]));
    assert!(fits(&[]));
}

#[test]
fn what_exists_is_allowed_when_nothing_else_is_held() {
    let [g1, _, g2, g3, ..] = a100();
    assert_eq!(permit(&[demand(&g1, 7, 3)]), [7]);
    assert_eq!(permit(&[demand(&g3, 1, 0), demand(&g2, 1, 1), demand(&g1, 2, 0)]), [1, 1, 2]);
}

#[test]
fn guests_of_an_earlier_cut_are_subtracted_by_slots() {
    let [g1, _, _, g3, ..] = a100();
    // One 1g.5gb still held: of two 3g.20gb, one can be there with it.
    assert_eq!(permit(&[demand(&g1, 0, 1), demand(&g3, 2, 0)]), [0, 1]);
    assert_eq!(permit(&[demand(&g1, 0, 4), demand(&g3, 2, 0)]), [0, 1]);
    // Five of them do not leave a half free.
    assert_eq!(permit(&[demand(&g1, 0, 5), demand(&g3, 2, 0)]), [0, 0]);
    assert_eq!(permit(&[demand(&g3, 0, 1), demand(&g1, 7, 0)]), [0, 4]);
}

#[test]
fn an_over_promise_allows_nothing_further() {
    let [g1, _, _, g3, _, g7] = a100();
    assert_eq!(permit(&[demand(&g7, 0, 1), demand(&g1, 7, 2)]), [0, 2]);
    assert_eq!(permit(&[demand(&g3, 1, 2), demand(&g1, 3, 0)]), [1, 0]);
}

#[test]
fn a_kind_that_nobody_can_size_takes_the_whole_gpu() {
    let [g1, ..] = a100();
    let strange = |used| Demand { shape: None, exist: 0, used };
    assert_eq!(permit(&[strange(1), demand(&g1, 7, 0)]), [0, 0]);
    assert_eq!(permit(&[strange(0), demand(&g1, 7, 0)]), [0, 7]);
}

#[test]
fn absurd_placements_are_never_used() {
    for (start, size) in [(0, 0), (60, 5), (u32::MAX, 1), (1, u32::MAX), (64, 1)] {
        assert!(!fits(&[(&shape(&[(start, size)], 1), 1)]), "{start}@{size}");
    }
    assert!(fits(&[(&shape(&[(63, 1), (0, 63)], 2), 2)]));
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
        prop_assert_eq!(fits(&wanted), within && brute_force(&items, 0));
    }

    #[test]
    fn what_is_permitted_fits_beside_what_is_held(
        demands in proptest::collection::vec((any_shape(), 0_u32..4, 0_u32..3), 1..4)
    ) {
        let demands: Vec<Demand> = demands.iter().map(|(s, exist, used)| demand(s, *exist, *used)).collect();
        let allowed = permit(&demands);
        let count = |at: &dyn Fn(&Demand, u32) -> u32| -> Vec<(&Shape, u32)> {
            demands.iter().zip(&allowed).map(|(d, a)| (d.shape.as_ref().unwrap(), at(d, *a))).collect()
        };
        for (d, a) in demands.iter().zip(&allowed) {
            prop_assert!(*a <= d.exist);
            prop_assert!(*a >= d.used.min(d.exist));
        }
        if fits(&count(&|d, _| d.used)) {
            prop_assert!(fits(&count(&|d, a| a.max(d.used))));
        } else {
            prop_assert!(demands.iter().zip(&allowed).all(|(d, a)| *a == d.used.min(d.exist)));
        }
    }
}
