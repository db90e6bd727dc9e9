//! GPUs of a vGPU host.

use std::collections::BTreeMap;

use crate::model::*;

/// A vGPU type: id, name, framebuffer in GB, most on the GPU, profile and most in one instance of it.
pub(crate) type TypeRow = (u32, &'static str, u64, u32, Option<(u32, u32)>);

/// An A100-40GB's types, from NVIDIA's tables: three that live in GPU instances, two of the whole GPU.
pub(crate) const A100_TYPES: [TypeRow; 5] = [
    (474, "GRID A100-1-5C", 5, 7, Some((19, 1))),
    (475, "GRID A100-2-10C", 10, 3, Some((14, 1))),
    (476, "GRID A100-3-20C", 20, 2, Some((9, 1))),
    (470, "GRID A100-10C", 10, 4, None),
    (471, "GRID A100-20C", 20, 2, None),
];

/// With that many virtual functions, all without a type.
pub(crate) fn with_vgpus(mut gpu: Gpu, types: &[TypeRow], functions: u32) -> Gpu {
    let told = types.iter().map(|(id, name, gb, most, home)| VgpuType {
        id: VgpuTypeId::new(*id),
        name: (*name).to_owned(),
        class: Some("Compute".to_owned()),
        framebuffer_mib: Some(gb * 1024),
        max_instances: Some(*most),
        max_per_gpu_instance: home.map(|(_, most)| most),
        max_per_vm: Some(1),
        profile: home.map(|(profile, _)| ProfileId::new(profile)),
    });
    gpu.vgpu.types = told.map(|one| (one.id, one)).collect();
    gpu.vgpu.host_mode = Some(HostVgpuMode::Sriov);
    gpu.sriov = Some(Sriov { total: 16, enabled: functions });
    let made = |index| {
        let address: PciAddress =
            gpu.address.to_string().replace(".0", &format!(".{index}")).parse().unwrap();
        let interface = VgpuInterface::None;
        VirtualFunction { address, index, numa_node: None, driver: None, interface }
    };
    // Functions 1 to 7 of one device are enough for these tests.
    assert!(functions <= 7);
    gpu.functions = (1..=functions).map(|n| (made(n).address, made(n))).collect();
    untyped(&mut gpu);
    gpu
}

/// Every virtual function up, without a type: what it could have is what fits the MIG mode.
pub(crate) fn untyped(gpu: &mut Gpu) {
    let home = gpu.mig.is_on();
    let could = gpu.vgpu.types.values().filter(|one| one.profile.is_some() == home);
    let creatable: BTreeMap<VgpuTypeId, String> = could.map(|one| (one.id, one.name.clone())).collect();
    for function in gpu.functions.values_mut() {
        let creatable = creatable.clone();
        function.interface =
            VgpuInterface::Vendor { current: None, creatable, instance: None, placement: None };
    }
}

/// Gives the first functions these types, as an operator would write them.
pub(crate) fn typed(mut gpu: Gpu, types: &[u32]) -> Gpu {
    for (function, id) in gpu.functions.values_mut().zip(types) {
        let VgpuInterface::Vendor { current, .. } = &mut function.interface else {
            panic!("not vendor-specific")
        };
        *current = Some(VgpuTypeId::new(*id));
    }
    gpu
}

/// The same GPU out of MIG mode: nothing cut, and no profiles told.
pub(crate) fn uncut(mut gpu: Gpu) -> Gpu {
    gpu.mig = MigMode::Supported { current: MigState::Off, pending: MigState::Off };
    gpu.instances.clear();
    gpu.profiles.clear();
    if !gpu.functions.is_empty() {
        untyped(&mut gpu);
    }
    gpu
}
