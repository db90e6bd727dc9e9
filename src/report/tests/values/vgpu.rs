//! Hosts whose guests have vGPUs: one A100, a mixed host, and a large one.

use super::address;
use super::hardware::{gpu, placement};
use crate::model::{
    ActiveVgpu, ComputeInstance, Engines, Gpu, GpuInstance, GpuInstanceId, Health, HostSnapshot,
    HostVgpuMode, MdevType, MigMode, MigState, PciAddress, ProfileId, RecoveryAction, RowRemapping, Sriov,
    VgpuInstanceId, VgpuInterface, VgpuType, VgpuTypeId, VirtualFunction,
};

const ON: MigMode = MigMode::Supported { current: MigState::On, pending: MigState::On };
const OFF: MigMode = MigMode::Supported { current: MigState::Off, pending: MigState::Off };

fn host(gpus: impl IntoIterator<Item = Gpu>) -> HostSnapshot {
    HostSnapshot {
        driver: Some("580.65.06".to_owned()),
        gpus: gpus.into_iter().map(|gpu| (gpu.address, gpu)).collect(),
        ..HostSnapshot::default()
    }
}

fn well() -> Health {
    Health {
        ecc: Some(true),
        uncorrectable_volatile: Some(0),
        uncorrectable_aggregate: Some(2),
        remapping: Some(RowRemapping { correctable: 1, uncorrectable: 0, pending: false, failed: false }),
        recovery: Some(RecoveryAction::None),
        ..Health::default()
    }
}

/// Cuts it into `(instance id, profile id, start, size)`, each with one compute instance.
fn cut(mut gpu: Gpu, instances: &[(u32, u32, u32, u32)]) -> Gpu {
    for (id, profile, start, size) in instances {
        let id = GpuInstanceId::new(*id);
        let slices = gpu.profiles[&ProfileId::new(*profile)].compute_slices;
        let compute = [ComputeInstance { id: 0, profile: slices - 1, start: 0, size: slices }].into();
        let (profile, placement) = (ProfileId::new(*profile), placement(*start, *size));
        gpu.instances.insert(id, GpuInstance { id, profile, placement, compute });
    }
    for profile in gpu.profiles.values_mut() {
        profile.engines = Engines { copy: profile.compute_slices, ..Engines::default() };
    }
    gpu
}

/// An A100 with room left, in use by hand.
pub(in crate::report::tests) fn a100() -> HostSnapshot {
    let mut gpu = cut(gpu("0000:41:00.0", "NVIDIA A100-SXM4-40GB", ON), &[(3, 14, 0, 2), (9, 19, 2, 1)]);
    (gpu.numa_node, gpu.serial, gpu.health) = (Some(1), Some("1320220000042".to_owned()), well());
    host([gpu])
}

fn vgpu_type(id: u32, name: &str, gb: u64, most: u32, home: Option<(u32, u32)>) -> VgpuType {
    VgpuType {
        id: VgpuTypeId::new(id),
        name: name.to_owned(),
        class: Some(if name.ends_with('Q') { "Quadro" } else { "Compute" }.to_owned()),
        framebuffer_mib: Some(gb * 1024),
        max_instances: Some(most),
        max_per_gpu_instance: home.map(|(_, most)| most),
        max_per_vm: Some(1),
        profile: home.map(|(profile, _)| ProfileId::new(profile)),
    }
}

fn with_types(mut gpu: Gpu, types: impl IntoIterator<Item = VgpuType>) -> Gpu {
    gpu.vgpu.types = types.into_iter().map(|one| (one.id, one)).collect();
    gpu.vgpu.creatable = gpu.vgpu.types.keys().copied().collect();
    gpu.vgpu.host_mode = Some(HostVgpuMode::Sriov);
    gpu.health = well();
    gpu
}

/// Virtual functions with these types; `None` has none.
fn with_functions(mut gpu: Gpu, types: &[Option<u32>]) -> Gpu {
    gpu.sriov = Some(Sriov { total: 16, enabled: u32::try_from(types.len()).unwrap() });
    gpu.functions = types
        .iter()
        .zip(4_u32..)
        .map(|(current, number)| {
            let text = gpu.address.to_string();
            let bus = &text[..text.len() - 4];
            let address: PciAddress = format!("{bus}{:02x}.{}", number / 8, number % 8).parse().unwrap();
            let creatable = match current {
                Some(_) => Default::default(),
                None => gpu.vgpu.types.values().map(|one| (one.id, one.name.clone())).collect(),
            };
            let function = VirtualFunction {
                address,
                index: number - 4,
                numa_node: Some(1),
                driver: Some("nvidia".to_owned()),
                interface: VgpuInterface::Vendor {
                    current: current.map(VgpuTypeId::new),
                    creatable,
                    instance: None,
                    placement: None,
                },
            };
            (address, function)
        })
        .collect();
    gpu
}

fn with_guest(mut gpu: Gpu, number: u32, vgpu_type: u32, instance: Option<u32>) -> Gpu {
    let id = VgpuInstanceId::new(3_251_634_000 + number);
    let vgpu = ActiveVgpu {
        id,
        uuid: format!("b2f1c7de-0000-11f0-8000-{number:012}"),
        vgpu_type: VgpuTypeId::new(vgpu_type),
        vm: Some(format!("6e0d4e1c-0000-4000-8000-{number:012}")),
        instance: instance.map(GpuInstanceId::new),
        mdev: None,
    };
    gpu.vgpu.active.insert(id, vgpu);
    gpu
}

/// MIG-backed vGPUs, time-sliced ones, a GPU of which nothing is chosen, one that is cut and not shared, and one
/// that has nothing to give.
pub(in crate::report::tests) fn mixed() -> HostSnapshot {
    let a100 = |at| gpu(at, "NVIDIA A100-SXM4-40GB", ON);
    let backed = with_types(
        cut(a100("0000:17:00.0"), &[(3, 14, 0, 2), (9, 19, 2, 1), (10, 19, 3, 1), (2, 9, 4, 4)]),
        [
            vgpu_type(474, "GRID A100-1-5C", 5, 7, Some((19, 1))),
            vgpu_type(475, "GRID A100-2-10C", 10, 3, Some((14, 1))),
            vgpu_type(476, "GRID A100-3-20C", 20, 2, Some((9, 1))),
        ],
    );
    let backed = with_functions(backed, &[Some(474), Some(474), Some(475), None, None]);
    let backed = with_guest(with_guest(backed, 1, 474, Some(9)), 2, 475, Some(3));
    let l40s = |at| {
        let types = [
            vgpu_type(1147, "NVIDIA L40S-1Q", 1, 32, None),
            vgpu_type(1152, "NVIDIA L40S-8Q", 8, 6, None),
            vgpu_type(1155, "NVIDIA L40S-24Q", 24, 2, None),
            vgpu_type(1156, "NVIDIA L40S-48Q", 48, 1, None),
        ];
        with_types(gpu(at, "NVIDIA L40S", MigMode::Unsupported), types)
    };
    let sliced = with_functions(l40s("0000:41:00.0"), &[Some(1152), Some(1152), Some(1152), None]);
    let mut ill = cut(a100("0000:81:00.0"), &[(1, 9, 0, 4), (2, 9, 4, 4)]);
    ill.health = Health { recovery: Some(RecoveryAction::Reset), ..well() };
    let mut t4 = with_types(
        gpu("0000:c1:00.0", "Tesla T4", MigMode::Unsupported),
        [vgpu_type(222, "GRID T4-1B", 1, 16, None)],
    );
    t4.vgpu.host_mode = Some(HostVgpuMode::NonSriov);
    let told = MdevType {
        name: "GRID T4-1B".to_owned(),
        available: 16,
        max_instances: Some(16),
        framebuffer_mib: Some(1024),
    };
    t4.interface = VgpuInterface::Mdev { types: [(VgpuTypeId::new(222), told)].into() };
    let bare = gpu("0000:e1:00.0", "NVIDIA A30", OFF);
    host([backed, with_guest(sliced, 3, 1152, None), ill, t4, bare])
}

/// Sixteen L40S with sixteen virtual functions each.
pub(in crate::report::tests) fn many() -> HostSnapshot {
    let gpus = (0..16_u32).map(|number| {
        let at = address(&format!("0000:{:02x}:00.0", 0x10 + 8 * number)).to_string();
        let gpu = gpu(&at, "NVIDIA L40S", MigMode::Unsupported);
        let types =
            [vgpu_type(1149, "NVIDIA L40S-3Q", 3, 16, None), vgpu_type(1152, "NVIDIA L40S-8Q", 8, 6, None)];
        let functions: Vec<Option<u32>> = (0..16).map(|n| (n < 12).then_some(1149)).collect();
        let mut gpu = with_functions(with_types(gpu, types), &functions);
        for guest in 0..number % 4 {
            gpu = with_guest(gpu, 100 * number + guest, 1149, None);
        }
        gpu
    });
    host(gpus)
}

/// Sixteen GPUs with more than two hundred virtual functions each: time-sliced, MIG-backed, and one of a long name of
/// which no function is enabled.
pub(in crate::report::tests) fn many_of_three_kinds() -> HostSnapshot {
    let gpus = (0..16_u32).map(|number| {
        let at = address(&format!("0000:{:02x}:00.0", 0x10 + 8 * number)).to_string();
        let types = |typed: usize, id| (0..240).map(|n| (n < typed).then_some(id)).collect::<Vec<_>>();
        match number % 3 {
            0 => {
                let sliced = with_types(
                    gpu(&at, "NVIDIA L40S", MigMode::Unsupported),
                    [vgpu_type(1149, "NVIDIA L40S-3Q", 3, 16, None)],
                );
                with_guest(with_functions(sliced, &types(12, 1149)), number, 1149, None)
            }
            1 => {
                let backed = cut(
                    gpu(&at, "NVIDIA A100-SXM4-40GB", ON),
                    &[(9, 19, 0, 1), (10, 19, 1, 1), (11, 19, 2, 1), (2, 9, 4, 4)],
                );
                let backed = with_types(backed, [vgpu_type(474, "GRID A100-1-5C", 5, 7, Some((19, 1)))]);
                with_functions(backed, &types(3, 474))
            }
            _ => {
                let name = "NVIDIA RTX PRO 6000 Blackwell Server Edition";
                let whole = cut(gpu(&at, name, ON), &[(2, 9, 0, 4), (3, 9, 4, 4)]);
                Gpu { sriov: Some(Sriov { total: 48, enabled: 0 }), health: well(), ..whole }
            }
        }
    });
    host(gpus)
}
