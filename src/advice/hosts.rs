//! Hosts for this room's tests, in a line each.

use std::collections::BTreeMap;

use crate::model::*;

pub(super) const A: &str = "0000:41:00.0";
pub(super) const B: &str = "0000:81:00.0";

const ON: MigMode = MigMode::Supported { current: MigState::On, pending: MigState::On };
const OFF: MigMode = MigMode::Supported { current: MigState::Off, pending: MigState::Off };

/// Of a profile: id, name, slices, MiB, placements.
type Row = (u32, &'static str, u32, u64, &'static [(u32, u32)]);

const SEVEN: &[(u32, u32)] = &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)];
const A100: [Row; 6] = [
    (19, "1g.5gb", 1, 4864, SEVEN),
    (20, "1g.5gb+me", 1, 4864, SEVEN),
    (15, "1g.10gb", 1, 9984, &[(0, 2), (2, 2), (4, 2), (6, 2)]),
    (14, "2g.10gb", 2, 9984, &[(0, 2), (2, 2), (4, 2)]),
    (9, "3g.20gb", 3, 20096, &[(0, 4), (4, 4)]),
    (0, "7g.40gb", 7, 40448, &[(0, 8)]),
];
/// Some profiles of another board, one of which has the name of an A100's and is another part of it.
const OTHER: [Row; 2] =
    [(19, "1g.5gb", 1, 4864, &[(0, 1), (1, 1), (2, 1), (3, 1)]), (0, "4g.20gb", 4, 20096, &[(0, 4)])];

/// A vGPU type: id, name, framebuffer in GB, most on the GPU, profile and most in one instance of it.
pub(super) type TypeRow = (u32, &'static str, u64, u32, Option<(u32, u32)>);

pub(super) const A100_TYPES: [TypeRow; 5] = [
    (474, "GRID A100-1-5C", 5, 7, Some((19, 1))),
    (475, "GRID A100-2-10C", 10, 3, Some((14, 1))),
    (476, "GRID A100-3-20C", 20, 2, Some((9, 1))),
    (470, "GRID A100-10C", 10, 4, None),
    (471, "GRID A100-20C", 20, 2, None),
];

pub(super) fn at(text: &str) -> PciAddress {
    text.parse().unwrap()
}

pub(super) fn host(gpus: impl IntoIterator<Item = Gpu>) -> HostSnapshot {
    let gpus = gpus.into_iter().map(|gpu| (gpu.address, gpu)).collect();
    HostSnapshot { gpus, ..HostSnapshot::default() }
}

fn cut(at: &str, board: &str, product: &str, rows: &[Row], cut: &[u32]) -> Gpu {
    let slots =
        |(start, size): &(u32, u32)| SlicePlacement { start: Slots::new(*start), size: Slots::new(*size) };
    let profiles = rows.iter().map(|(id, name, compute_slices, memory_mib, placements)| {
        let profile = GpuInstanceProfile {
            id: ProfileId::new(*id),
            name: (*name).to_owned(),
            compute_slices: *compute_slices,
            multiprocessors: compute_slices * 14,
            memory_mib: *memory_mib,
            max_instances: placements.len() as u32,
            engines: Default::default(),
            placements: placements.iter().map(slots).collect(),
        };
        (profile.id, profile)
    });
    let profiles: BTreeMap<ProfileId, GpuInstanceProfile> = profiles.collect();
    // Where they are does not matter here.
    let instances = cut.iter().zip(1_u32..).map(|(profile, number)| {
        let (id, profile) = (GpuInstanceId::new(number), ProfileId::new(*profile));
        let placement = profiles[&profile].placements[0];
        (id, GpuInstance { id, profile, placement, compute: Default::default() })
    });
    Gpu {
        product: product.to_owned(),
        memory_mib: Some(40960),
        mig: ON,
        instances: instances.collect(),
        profiles,
        ..Gpu::unread(at.parse().unwrap(), board.parse().unwrap())
    }
}

/// An A100 in MIG mode, cut into these profiles.
pub(super) fn a100(at: &str, profiles: &[u32]) -> Gpu {
    cut(at, "20b0", "NVIDIA A100-SXM4-40GB", &A100, profiles)
}

/// Another board, cut into these profiles.
pub(super) fn other(at: &str, profiles: &[u32]) -> Gpu {
    cut(at, "20b7", "NVIDIA A30X", &OTHER, profiles)
}

/// Out of MIG mode, with what is told of it then.
pub(super) fn whole(mut gpu: Gpu) -> Gpu {
    (gpu.mig, gpu.instances, gpu.profiles) = (OFF, BTreeMap::new(), BTreeMap::new());
    gpu
}

pub(super) fn with_types(mut gpu: Gpu, rows: &[TypeRow]) -> Gpu {
    let types = rows.iter().map(|(id, name, gb, most, home)| VgpuType {
        id: VgpuTypeId::new(*id),
        name: (*name).to_owned(),
        class: None,
        framebuffer_mib: Some(gb * 1024),
        max_instances: Some(*most),
        max_per_gpu_instance: home.map(|(_, most)| most),
        max_per_vm: Some(1),
        profile: home.map(|(profile, _)| ProfileId::new(profile)),
    });
    gpu.vgpu.types = types.map(|one| (one.id, one)).collect();
    gpu
}

/// With that many functions after the physical one, from number 1 on.
fn functions(mut gpu: Gpu, interfaces: Vec<VgpuInterface>) -> Gpu {
    gpu.sriov = Some(Sriov { total: 16, enabled: interfaces.len() as u32 });
    for (interface, index) in interfaces.into_iter().zip(1_u32..) {
        let text = gpu.address.to_string();
        let address = at(&format!("{}{:02x}.{:x}", &text[..text.len() - 4], index / 8, index % 8));
        let function = VirtualFunction { address, index, numa_node: None, driver: None, interface };
        gpu.functions.insert(address, function);
    }
    gpu
}

fn possible(gpu: &Gpu) -> impl Iterator<Item = &VgpuType> {
    gpu.vgpu.types.values().filter(|one| one.profile.is_some() == gpu.mig.is_on())
}

/// Functions of the vendor-specific layout, with these types.
pub(super) fn vendor(gpu: Gpu, types: &[Option<u32>]) -> Gpu {
    let creatable: BTreeMap<VgpuTypeId, String> =
        possible(&gpu).map(|one| (one.id, one.name.clone())).collect();
    let interface = |current: &Option<u32>| VgpuInterface::Vendor {
        current: current.map(VgpuTypeId::new),
        creatable: creatable.clone(),
        instance: None,
        placement: None,
    };
    let all = types.iter().map(interface).collect();
    functions(gpu, all)
}

/// Functions that make mediated devices; those with a type have made one.
pub(super) fn mdev(gpu: Gpu, types: &[Option<u32>]) -> Gpu {
    let told = |one: &VgpuType, available| MdevType {
        name: one.name.clone(),
        available,
        max_instances: None,
        framebuffer_mib: None,
    };
    let interface = |current: &Option<u32>| VgpuInterface::Mdev {
        types: possible(&gpu).map(|one| (one.id, told(one, u32::from(current.is_none())))).collect(),
    };
    let all = types.iter().map(interface).collect();
    let mut gpu = functions(gpu, all);
    let made: Vec<_> = gpu.functions.keys().copied().zip(types).collect();
    for ((parent, made), number) in made.into_iter().zip(1..) {
        let Some(id) = made else { continue };
        let uuid = uuid::Uuid::from_u128(number);
        gpu.mediated.insert(uuid, MediatedDevice { uuid, parent, vgpu_type: VgpuTypeId::new(*id) });
    }
    gpu
}

/// Nova that makes one type on these functions; on all, where there is none.
pub(super) fn making(id: u32, class: &str, addresses: Vec<PciAddress>) -> NovaView {
    let setting = MdevSetting {
        name: format!("nvidia-{id}"),
        addresses,
        class: class.to_owned(),
        max_instances: None,
        place: String::new(),
    };
    NovaView { files: vec!["nova.conf".into()], mdev_types: vec![setting], ..NovaView::default() }
}

/// Nova that passes all of a bus through, as that class and with these traits.
pub(super) fn passing(glob: &str, class: Option<&str>, traits: &[&str]) -> NovaView {
    let spec = DeviceSpec {
        vendor: Some(0x10de),
        product: None,
        address: PciPattern::glob(glob).unwrap(),
        class: class.map(str::to_owned),
        traits: traits.iter().map(|name| (*name).to_owned()).collect(),
        managed: false,
        place: "nova.conf:1".to_owned(),
    };
    NovaView {
        files: vec!["nova.conf".into()],
        device_specs: vec![spec],
        pci_in_placement: true,
        ..NovaView::default()
    }
}

pub(super) fn alias(name: &str, class: Option<&str>, product: Option<u16>, traits: &[&str]) -> PciAlias {
    PciAlias {
        name: name.to_owned(),
        vendor: product.map(|_| 0x10de),
        product,
        device_type: None,
        class: class.map(str::to_owned),
        traits: traits.iter().map(|name| (*name).to_owned()).collect(),
    }
}

pub(super) fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code.as_str()).collect()
}
