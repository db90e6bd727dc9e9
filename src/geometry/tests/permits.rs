//! How much may be allocated beside what is held.

use proptest::prelude::*;

use super::*;

/// A demand of a pool of its own, one unit an instance.
type Alone<'a> = (&'a Shape, u32, u32);

/// One kind each for its own profile, as GPU instances are.
fn alone(kinds: &[Alone<'_>]) -> (Vec<Pool>, Vec<Demand>) {
    let pool = |(shape, exist, _): &Alone<'_>| Pool { shape: (*shape).clone(), exist: *exist, mixed: false };
    let demand = |(index, (_, exist, used)): (usize, &Alone<'_>)| Demand {
        pool: Some(index),
        unit: 1,
        whole: 1,
        exist: *exist,
        used: *used,
    };
    (kinds.iter().map(pool).collect(), kinds.iter().enumerate().map(demand).collect())
}

fn allowed(kinds: &[Alone<'_>]) -> Vec<u32> {
    let (pools, demands) = alone(kinds);
    permit(SLOTS_ALONE, &pools, &demands)
}

#[test]
fn what_exists_is_allowed_when_nothing_else_is_held() {
    let [g1, _, g2, g3, ..] = a100();
    assert_eq!(allowed(&[(&g1, 7, 3)]), [7]);
    assert_eq!(allowed(&[(&g3, 1, 0), (&g2, 1, 1), (&g1, 2, 0)]), [1, 1, 2]);
}

#[test]
fn guests_of_an_earlier_cut_are_subtracted_by_slots() {
    let [g1, _, _, g3, ..] = a100();
    // One 1g.5gb still held: of two 3g.20gb, one can be there with it.
    assert_eq!(allowed(&[(&g1, 0, 1), (&g3, 2, 0)]), [0, 1]);
    assert_eq!(allowed(&[(&g1, 0, 4), (&g3, 2, 0)]), [0, 1]);
    // Five of them do not leave a half free.
    assert_eq!(allowed(&[(&g1, 0, 5), (&g3, 2, 0)]), [0, 0]);
    assert_eq!(allowed(&[(&g3, 0, 1), (&g1, 7, 0)]), [0, 4]);
}

#[test]
fn an_over_promise_allows_nothing_further() {
    let [g1, _, _, g3, _, g7] = a100();
    assert_eq!(allowed(&[(&g7, 0, 1), (&g1, 7, 2)]), [0, 2]);
    assert_eq!(allowed(&[(&g3, 1, 2), (&g1, 3, 0)]), [1, 0]);
}

#[test]
fn a_kind_that_nobody_can_size_takes_the_whole_gpu() {
    let [g1, ..] = a100();
    for (used, expected) in [(1, [0, 0]), (0, [7, 0])] {
        let (pools, mut demands) = alone(&[(&g1, 7, 0)]);
        demands.push(Demand { pool: None, unit: 1, whole: 1, exist: 0, used });
        assert_eq!(permit(SLOTS_ALONE, &pools, &demands), expected);
    }
}

/// Demands of one pool: what a unit takes, how many exist, how many are used.
fn of_one_pool(pool: Pool, whole: u64, kinds: &[(u64, u32, u32)]) -> Vec<u32> {
    let demand = |(unit, exist, used): &(u64, u32, u32)| Demand {
        pool: Some(0),
        unit: *unit,
        whole,
        exist: *exist,
        used: *used,
    };
    permit(SLOTS_ALONE, &[pool], &kinds.iter().map(demand).collect::<Vec<_>>())
}

#[test]
fn kinds_of_one_profile_share_its_instances() {
    let quarter = shape(&[(0, 3), (3, 3), (6, 3), (9, 3)], 4);
    let pool = |exist| Pool { shape: quarter.clone(), exist, mixed: false };
    // Twelve of one kind at most three in an instance.
    assert_eq!(of_one_pool(pool(4), 3, &[(1, 12, 0)]), [12]);
    // Two of another that needs an instance each leave two for the first.
    assert_eq!(of_one_pool(pool(4), 3, &[(1, 12, 0), (3, 2, 0)]), [6, 2]);
    // One guest of it holds its instance whole: nobody else gets into it.
    assert_eq!(of_one_pool(pool(2), 3, &[(1, 6, 1), (3, 2, 0)]), [3, 1]);
    // A guest of an earlier kind counts against the instances that exist, not against those that could.
    assert_eq!(of_one_pool(pool(3), 1, &[(1, 0, 2), (1, 3, 0)]), [0, 1]);
}

#[test]
fn types_of_mixed_sizes_share_the_framebuffer() {
    let pool = |mixed| Pool { shape: Shape::whole_gpu(), exist: 1, mixed };
    assert_eq!(of_one_pool(pool(true), 48, &[(24, 1, 0), (12, 2, 0)]), [1, 2]);
    assert_eq!(of_one_pool(pool(true), 48, &[(24, 2, 0), (12, 4, 0)]), [2, 0]);
    assert_eq!(of_one_pool(pool(true), 48, &[(24, 2, 0), (12, 4, 1)]), [1, 2]);
    // Not mixed: the first guest decides, and without one the larger type.
    assert_eq!(of_one_pool(pool(false), 48, &[(24, 2, 0), (12, 4, 1)]), [0, 4]);
    assert_eq!(of_one_pool(pool(false), 48, &[(24, 2, 0), (12, 4, 0)]), [2, 0]);
}

#[test]
fn what_shares_the_whole_gpu_and_gpu_instances_exclude_each_other() {
    let [g1, ..] = a100();
    let whole = Shape::whole_gpu();
    assert_eq!(allowed(&[(&whole, 0, 1), (&g1, 7, 0)]), [0, 0]);
    assert_eq!(allowed(&[(&whole, 1, 0), (&g1, 0, 1)]), [0, 0]);
}

#[test]
fn absurd_figures_end() {
    let many: Vec<(u32, u32)> = (0..64).map(|slot| (slot, 1)).collect();
    let pool = Pool { shape: shape(&many, u32::MAX), exist: u32::MAX, mixed: false };
    let all = of_one_pool(pool.clone(), 1, &[(1, u32::MAX, 0), (1, u32::MAX, 0)]);
    assert_eq!(all, [64, 0]);
    assert_eq!(of_one_pool(pool.clone(), u64::MAX, &[(1, u32::MAX, u32::MAX)]), [u32::MAX]);
    assert_eq!(of_one_pool(pool.clone(), 0, &[(0, 5, 0), (7, 5, 0)]), [0, 0]);
    assert_eq!(of_one_pool(pool, 1, &[(2, 5, 1)]), [1]);
}

fn any_case() -> impl Strategy<Value = (Vec<Pool>, Vec<Demand>)> {
    let pools = proptest::collection::vec((any_shape(), 0_u32..4, any::<bool>(), 1_u64..5), 1..4);
    let demands = proptest::collection::vec((0_usize..3, 1_u64..5, 0_u32..5, 0_u32..3), 1..5);
    (pools, demands).prop_map(|(pools, demands)| {
        let demand = |(pool, unit, exist, used): &(usize, u64, u32, u32)| {
            let pool = pool % pools.len();
            let whole = pools[pool].3;
            Demand { pool: Some(pool), unit: (*unit).min(whole), whole, exist: *exist, used: *used }
        };
        let demands = demands.iter().map(demand).collect();
        let pool = |(shape, exist, mixed, _): (Shape, u32, bool, u64)| Pool { shape, exist, mixed };
        (pools.into_iter().map(pool).collect(), demands)
    })
}

/// The oracle: puts unit after unit where there is room, into a further instance where there is none.
fn instances(pool: &Pool, kinds: &[(&Demand, u32)]) -> u32 {
    let mut open: Vec<(usize, u64)> = Vec::new();
    for (index, (demand, units)) in kinds.iter().enumerate() {
        for _ in 0..*units {
            let fits =
                |(owner, free): &&mut (usize, u64)| (pool.mixed || *owner == index) && *free >= demand.unit;
            match open.iter_mut().find(fits) {
                Some((_, free)) => *free -= demand.unit,
                None => open.push((index, demand.whole - demand.unit)),
            }
        }
    }
    u32::try_from(open.len()).unwrap()
}

fn needed(pools: &[Pool], demands: &[Demand], units: &[u32]) -> Vec<u32> {
    let of_pool = |number: usize| -> Vec<(&Demand, u32)> {
        let all = demands.iter().zip(units.iter().copied());
        all.filter(|(demand, _)| demand.pool == Some(number)).collect()
    };
    pools.iter().enumerate().map(|(number, pool)| instances(pool, &of_pool(number))).collect()
}

fn all_fit(pools: &[Pool], needed: &[u32]) -> bool {
    let within = pools.iter().zip(needed).all(|(pool, count)| *count <= pool.shape.max_instances);
    let items: Vec<&Shape> =
        pools.iter().zip(needed).flat_map(|(p, n)| std::iter::repeat_n(&p.shape, *n as usize)).collect();
    within && items.len() <= 12 && brute_force(&items, 0)
}

proptest! {
    #[test]
    fn what_is_permitted_fits_beside_what_is_held_and_no_more_would((pools, demands) in any_case()) {
        // Where sizes are mixed, parts are counted, and parts of several instances may not join to one: the
        // oracle is exact where a pool has one instance, as a GPU has.
        let pools: Vec<Pool> = pools
            .into_iter()
            .map(|pool| if pool.mixed {
                let shape = Shape { max_instances: 1, ..pool.shape };
                Pool { shape, exist: pool.exist.min(1), mixed: true }
            } else {
                pool
            })
            .collect();
        let allowed = permit(SLOTS_ALONE, &pools, &demands);
        let used: Vec<u32> = demands.iter().map(|demand| demand.used).collect();
        let with: Vec<u32> = allowed.iter().zip(&used).map(|(a, u)| *a.max(u)).collect();
        let held = needed(&pools, &demands, &used);
        for (demand, allowed) in demands.iter().zip(&allowed) {
            prop_assert!(*allowed <= demand.exist);
            prop_assert!(*allowed >= demand.used.min(demand.exist));
        }
        if !all_fit(&pools, &held) {
            prop_assert!(demands.iter().zip(&allowed).all(|(d, a)| *a == d.used.min(d.exist)));
            return Ok(());
        }
        let then = needed(&pools, &demands, &with);
        prop_assert!(all_fit(&pools, &then), "{:?} does not fit", with);
        for ((pool, then), held) in pools.iter().zip(&then).zip(&held) {
            prop_assert!(then <= &pool.exist.max(*held));
        }
        for (index, demand) in demands.iter().enumerate() {
            let mut more = with.clone();
            more[index] += 1;
            let then = needed(&pools, &demands, &more);
            let pool = demand.pool.unwrap();
            let within = then[pool] <= pools[pool].exist;
            let more_fits = within && more[index] <= demand.exist && all_fit(&pools, &then);
            prop_assert!(!more_fits, "demand {} could have one more than {:?}", index, with);
        }
    }
}
