//! The slots in order, and places beside what exists.

use crate::geometry::{places, slot_map};
use crate::model::{
    Gpu, GpuInstance, GpuInstanceId, GpuInstanceProfile, MigMode, MigState, ProfileId, SlicePlacement, Slots,
};

fn at(start: u32, size: u32) -> SlicePlacement {
    SlicePlacement { start: Slots::new(start), size: Slots::new(size) }
}

fn profile(id: u32, placements: &[(u32, u32)]) -> GpuInstanceProfile {
    GpuInstanceProfile {
        id: ProfileId::new(id),
        name: format!("{id}"),
        compute_slices: 1,
        multiprocessors: 1,
        memory_mib: 1,
        max_instances: 4,
        engines: Default::default(),
        placements: placements.iter().map(|(start, size)| at(*start, *size)).collect(),
    }
}

fn gpu(slots: u32, instances: &[(u32, u32)]) -> Gpu {
    let mut gpu = Gpu::unread("0000:41:00.0".parse().unwrap(), "20b7".parse().unwrap());
    gpu.mig = MigMode::Supported { current: MigState::On, pending: MigState::On };
    gpu.profiles = [(ProfileId::new(0), profile(0, &[(0, slots)]))].into();
    for (id, (start, size)) in (0..).map(GpuInstanceId::new).zip(instances) {
        let placement = at(*start, *size);
        let compute = Default::default();
        gpu.instances.insert(id, GpuInstance { id, profile: ProfileId::new(0), placement, compute });
    }
    gpu
}

#[test]
fn every_slot_is_in_exactly_one_run() {
    for slots in [1, 4, 8, 12, 24] {
        for instances in [&[][..], &[(0, 1)], &[(1, 2)], &[(0, 4), (2, 2)], &[(3, 4_000_000_000)]] {
            let gpu = gpu(slots, instances);
            let map = slot_map(&gpu).unwrap();
            let mut next = 0;
            for run in &map.runs {
                assert_eq!(run.start, next, "{slots} {instances:?}");
                assert!(run.size > 0);
                next += run.size;
            }
            assert_eq!(next, slots, "{slots} {instances:?}");
        }
    }
    assert_eq!(slot_map(&gpu(0, &[])), None);
    assert_eq!(slot_map(&gpu(25, &[])), None, "nobody could read it");
}

#[test]
fn places_are_beside_each_other_and_beside_what_exists() {
    let found = |instances: &[(u32, u32)], placements: &[(u32, u32)], most: u32| -> Vec<u32> {
        let gpu = gpu(8, instances);
        let places = places(&gpu, &profile(1, placements), most);
        places.iter().map(|place| place.start.get()).collect()
    };
    let twos = [(4, 2), (0, 2), (2, 2)];
    assert_eq!(found(&[], &twos, 3), [0, 2, 4]);
    assert_eq!(found(&[], &twos, 1), [0]);
    assert_eq!(found(&[(3, 1)], &twos, 3), [0, 4]);
    assert_eq!(found(&[], &[(0, 4), (2, 4), (4, 4)], 3), [0, 4], "no two on one slot");
    assert_eq!(found(&[], &[(0, u32::MAX)], 3), [] as [u32; 0]);
}
