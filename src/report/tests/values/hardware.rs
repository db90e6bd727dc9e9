//! The hardware: a GPU that is cut, a lost one, one that cannot be cut, one that changes its mode, and a
//! device without an address.

use super::{address, board};
use crate::model::{
    DeviceProblem, Gpu, GpuInstance, GpuInstanceId, GpuInstanceProfile, HostProblem, HostSnapshot, MigMode,
    MigState, ProfileId, SlicePlacement, Slots,
};

pub(in crate::report::tests) fn host() -> HostSnapshot {
    let on = MigMode::Supported { current: MigState::On, pending: MigState::On };
    let ending = MigMode::Supported { current: MigState::On, pending: MigState::Off };
    let mut lost = gpu("0000:42:00.0", "NVIDIA A100-SXM4-40GB", MigMode::Unknown);
    lost.problems.push(DeviceProblem::Lost { call: "nvmlDeviceGetMigMode" });
    lost.memory_mib = None;
    let gpus = [
        cut(gpu("0000:41:00.0", "NVIDIA A100-SXM4-40GB", on)),
        lost,
        gpu("0000:43:00.0", "NVIDIA A100-SXM4-40GB", on),
        gpu("0000:81:00.0", "NVIDIA L40S", MigMode::Unsupported),
        gpu("0000:82:00.0", "NVIDIA A100-SXM4-40GB", ending),
    ];
    HostSnapshot {
        driver: Some("580.65.06".to_owned()),
        gpus: gpus.into_iter().map(|gpu| (gpu.address, gpu)).collect(),
        problems: vec![HostProblem {
            index: 5,
            problem: DeviceProblem::Unreadable {
                call: "nvmlDeviceGetPciInfo_v3",
                error: "no answer within 20 s".to_owned(),
            },
        }],
        ..HostSnapshot::default()
    }
}

pub(super) fn gpu(at: &str, product: &str, mig: MigMode) -> Gpu {
    let profiles = if mig.is_on() { profiles() } else { Vec::new() };
    Gpu {
        product: product.to_owned(),
        uuid: format!("GPU-00000000-0000-0000-0000-0000{}", at[..7].replace(':', "0")),
        memory_mib: Some(40960),
        mig,
        profiles: profiles.into_iter().map(|profile| (profile.id, profile)).collect(),
        ..Gpu::unread(address(at), board())
    }
}

fn cut(mut gpu: Gpu) -> Gpu {
    let instance = |id, profile, start, size| GpuInstance {
        id: GpuInstanceId::new(id),
        profile: ProfileId::new(profile),
        placement: placement(start, size),
        compute: Default::default(),
    };
    let instances =
        [instance(2, 9, 0, 4), instance(11, 19, 4, 1), instance(12, 19, 5, 1), instance(13, 77, 6, 1)];
    gpu.instances = instances.into_iter().map(|instance| (instance.id, instance)).collect();
    gpu.problems.push(DeviceProblem::UnknownProfile {
        instance: GpuInstanceId::new(13),
        profile: ProfileId::new(77),
    });
    gpu
}

pub(super) fn profiles() -> Vec<GpuInstanceProfile> {
    let profile = |id, name: &str, slices, memory_mib, starts: &[u32], size| GpuInstanceProfile {
        id: ProfileId::new(id),
        name: name.to_owned(),
        compute_slices: slices,
        multiprocessors: slices * 14,
        memory_mib,
        max_instances: u32::try_from(starts.len()).unwrap(),
        engines: Default::default(),
        placements: starts.iter().map(|start| placement(*start, size)).collect(),
    };
    vec![
        profile(19, "1g.5gb", 1, 4864, &[0, 1, 2, 3, 4, 5, 6], 1),
        profile(14, "2g.10gb", 2, 9984, &[0, 2, 4], 2),
        profile(9, "3g.20gb", 3, 20096, &[0, 4], 4),
        profile(0, "7g.40gb", 7, 40448, &[0], 8),
    ]
}

pub(super) fn placement(start: u32, size: u32) -> SlicePlacement {
    SlicePlacement { start: Slots::new(start), size: Slots::new(size) }
}

/// A GPU of that many slots, of which the driver says that anything could begin anywhere.
pub(in crate::report::tests) fn slots(total: u32) -> HostSnapshot {
    let on = MigMode::Supported { current: MigState::On, pending: MigState::On };
    let mut gpu = gpu("0000:41:00.0", "NVIDIA", on);
    gpu.profiles.retain(|id, _| id.get() == 0);
    gpu.profiles.values_mut().for_each(|profile| profile.placements = vec![placement(0, total)]);
    HostSnapshot { gpus: [(gpu.address, gpu)].into(), ..HostSnapshot::default() }
}
