//! Names that are told and names that are made up.

use crate::hardware::names::{made_up, told};
use crate::hardware::nvml::ProfileFacts;

fn facts(slices: u32, memory_mib: u64, name: Option<&str>) -> ProfileFacts {
    let name = name.map(str::to_owned);
    ProfileFacts { id: 19, slices, instances: 7, multiprocessors: 14, memory_mib, engines: [0; 5], name }
}

#[test]
fn the_prefix_is_dropped_and_an_empty_name_is_none() {
    assert_eq!(told(&facts(1, 4864, Some("MIG 1g.5gb"))).as_deref(), Some("1g.5gb"));
    assert_eq!(told(&facts(1, 4864, Some("1g.5gb+me"))).as_deref(), Some("1g.5gb+me"));
    assert_eq!(told(&facts(1, 4864, Some("MIG "))), None);
    assert_eq!(told(&facts(1, 4864, None)), None);
}

#[test]
fn made_up_names_are_those_that_newer_drivers_tell() {
    const GIB: u64 = 1 << 30;
    let a100 = |slices, mib, number| made_up(&facts(slices, mib, None), Some(number), Some(40 * GIB));
    assert_eq!(a100(1, 4864, 0), "1g.5gb");
    assert_eq!(a100(1, 4864, 7), "1g.5gb+me");
    assert_eq!(a100(1, 9856, 9), "1g.10gb");
    assert_eq!(a100(7, 40192, 4), "7g.40gb");
    assert_eq!(made_up(&facts(3, 40192, None), Some(2), Some(80 * GIB)), "3g.40gb");
    assert_eq!(made_up(&facts(1, 5952, None), Some(0), Some(24 * GIB - 5)), "1g.6gb");
}

#[test]
fn absurd_memory_makes_an_absurd_name_and_no_panic() {
    for (mib, total) in [(u64::MAX, Some(1)), (u64::MAX, None), (0, Some(0)), (0, Some(u64::MAX))] {
        assert!(made_up(&facts(u32::MAX, mib, None), None, total).ends_with("gb"));
    }
}
