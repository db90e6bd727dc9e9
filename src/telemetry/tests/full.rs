//! A status in which everything that can be shown is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::model::{
    ActiveVgpu, Activity, AllocationRatio, Cycle, Decision, DeviceDecision, Engines, Figures, Generation,
    Gpu, GpuInstance, GpuInstanceId, GpuInstanceProfile, GpuSample, Guest, Guests, Hardware, Held,
    HostSnapshot, Identity, InstanceSample, Inventory, Kind, MigMode, MigState, Mode, Moment, Named,
    ObservedProvider, ObservedTree, Plan, ProfileId, ProviderDecision, ProviderState, ProviderUuid, Reason,
    RootUuid, Round, RowRemapping, Samples, SlicePlacement, Slots, Status, VgpuInstanceId, VgpuSample,
    VgpuTypeId, VgpuUse, XidTally,
};

pub(super) fn root() -> RootUuid {
    "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b".parse().unwrap()
}

fn identity(bus: usize) -> Identity {
    Identity {
        address: format!("0000:{bus:02x}:00.0").parse().unwrap(),
        board: "2330".parse().unwrap(),
        kind: Kind::Mig(ProfileId::new(19)),
    }
}

fn provider(bus: usize) -> ProviderDecision {
    let to = Inventory {
        total: 7,
        reserved: 1,
        min_unit: 1,
        max_unit: 1,
        step_size: 1,
        allocation_ratio: AllocationRatio::ONE,
    };
    let identity = identity(bus);
    ProviderDecision {
        uuid: identity.uuid(root()),
        name: format!("cmp1.example.org:nvidia:{}:2330:mig-19", identity.address),
        identity,
        plain: "1g.10gb".to_owned(),
        exists: true,
        state: ProviderState::Serve,
        reason: Reason::Cut { units: 7, plain: "1g.10gb".to_owned() },
        from: Some(to.clone()),
        to: Some(to),
        account: None,
        claims: BTreeSet::new(),
        used: None,
        writes: 0,
    }
}

fn gpu(bus: usize, instances: u32) -> Gpu {
    let Identity { address, board, .. } = identity(bus);
    let mut gpu = Gpu::unread(address, board);
    gpu.product = "NVIDIA H100 80GB HBM3".to_owned();
    gpu.uuid = format!("GPU-00000000-0000-4000-8000-{bus:012}");
    gpu.health.uncorrectable_volatile = Some(2);
    gpu.health.uncorrectable_aggregate = Some(5);
    gpu.health.remapping =
        Some(RowRemapping { correctable: 1, uncorrectable: 0, pending: true, failed: false });
    cut(&mut gpu, instances);
    gpu
}

/// So many GPUs, cut into so many instances, each with a provider of which one unit is held.
pub(super) fn status(gpus: usize, instances: u32) -> Status {
    let providers: Vec<ProviderDecision> = (1..=gpus).map(provider).collect();
    let devices = providers.iter().map(|one| {
        let device = DeviceDecision { mode: Mode::Own, reason: Reason::NobodyElse, offers: Vec::new() };
        (one.identity.address, device)
    });
    let guests: BTreeMap<ProviderUuid, Vec<Guest>> = providers
        .iter()
        .map(|one| {
            (
                one.uuid,
                vec![Guest { project: Some("6f1d2c".to_owned()), ..Guest::new(Uuid::from_u128(7), 1) }],
            )
        })
        .collect();
    let decision = Decision {
        devices: devices.collect(),
        providers,
        nova_providers: Vec::new(),
        findings: Vec::new(),
        plan: Plan::default(),
        next: None,
    };
    let snapshot = HostSnapshot {
        gpus: (1..=gpus).map(|bus| (identity(bus).address, gpu(bus, instances))).collect(),
        ..HostSnapshot::default()
    };
    let round = Round::decided(decision);
    Status {
        cycles: 3,
        ended: Some((Moment::new(Duration::from_secs(90)), Duration::from_millis(50))),
        succeeded: Some(Moment::new(Duration::from_secs(90))),
        fresh_for: Duration::from_secs(110),
        cycle: Cycle { rounds: vec![round], ..Cycle::default() },
        hardware: Some(Arc::new(Hardware { snapshot, ..Hardware::default() })),
        tree: Some(Arc::new(tree(gpus))),
        xids: (1..=gpus).map(|bus| (identity(bus).address, XidTally { count: 3, last: 79 })).collect(),
        held: Some(Arc::new(Held {
            guests: Guests::from(guests),
            at: Moment::new(Duration::from_secs(90)),
            fresh_for: Duration::from_secs(60),
        })),
        ..Status::default()
    }
}

/// Everything that can be read of each of so many GPUs in MIG mode, with so many instances and a vGPU in the first.
pub(super) fn samples(gpus: usize, instances: u32) -> Samples {
    let activity = Some(Activity { multiprocessors: Some(0.5), memory: Some(0.25), tensor: Some(0.125) });
    let figures = Figures {
        temperature_celsius: Some(61),
        power_milliwatts: Some(250_123),
        energy_millijoules: Some(9_000_000_000),
        graphics_clock_mhz: Some(1980),
        multiprocessor_clock_mhz: Some(1979),
        memory_clock_mhz: Some(2619),
        video_clock_mhz: Some(1545),
        gpu_utilisation_percent: Some(97),
        memory_utilisation_percent: Some(41),
        memory_used_mib: Some(4000),
        memory_free_mib: Some(77_559),
        processes: Some(Vec::new()),
    };
    let instance = InstanceSample { activity, memory: Some((1 << 30, 9 << 30)) };
    let use_percent =
        Some(VgpuUse { multiprocessors: Some(1), memory: Some(2), encoder: Some(3), decoder: Some(4) });
    let vgpu = VgpuSample { memory_used: Some(1 << 30), use_percent, licensed: Some(true) };
    let sample = |bus: usize| GpuSample {
        index: u32::try_from(bus - 1).unwrap(),
        at: Moment::new(Duration::from_secs(95)),
        fresh_for: Duration::from_secs(30),
        figures: figures.clone(),
        activity,
        instances: (1..=instances).map(|id| (GpuInstanceId::new(id), instance)).collect(),
        vgpus: [(VGPU, vgpu)].into(),
    };
    Samples { gpus: (1..=gpus).map(|bus| (identity(bus).address, sample(bus))).collect() }
}

const VGPU: VgpuInstanceId = VgpuInstanceId::new(1);
const TYPE: VgpuTypeId = VgpuTypeId::new(1130);

fn cut(gpu: &mut Gpu, instances: u32) {
    let profile = ProfileId::new(19);
    gpu.mig = MigMode::Supported { current: MigState::On, pending: MigState::On };
    gpu.profiles.insert(
        profile,
        GpuInstanceProfile {
            id: profile,
            name: "1g.10gb".to_owned(),
            compute_slices: 1,
            multiprocessors: 16,
            memory_mib: 9728,
            max_instances: 7,
            engines: Engines::default(),
            placements: Vec::new(),
        },
    );
    for id in 1..=instances {
        let id = GpuInstanceId::new(id);
        let placement = SlicePlacement { start: Slots::new(id.get() - 1), size: Slots::new(1) };
        gpu.instances.insert(id, GpuInstance { id, profile, placement, compute: BTreeSet::new() });
    }
    gpu.vgpu.active.insert(
        VGPU,
        ActiveVgpu {
            id: VGPU,
            uuid: "7d1b8a52-0000-0000-0000-000000000002".to_owned(),
            vgpu_type: TYPE,
            vm: Some("7d1b8a52-0000-0000-0000-000000000001".to_owned()),
            instance: Some(GpuInstanceId::new(1)),
            mdev: None,
        },
    );
}

/// The root, and of each GPU a provider of the profile and one of the vGPU type.
fn tree(gpus: usize) -> ObservedTree {
    let name = "cmp1.example.org";
    let provider = |uuid, name: String, parent, traits: &[&str]| ObservedProvider {
        uuid,
        named: Named::of(root(), "cmp1.example.org", uuid, &name, parent),
        name,
        parent,
        generation: Generation::new(1),
        traits: traits.iter().map(|name| name.parse().unwrap()).collect(),
        inventories: BTreeMap::new(),
        usages: None,
    };
    let mut all = vec![provider(root().provider(), name.to_owned(), None, &[])];
    for bus in 1..=gpus {
        let mig = identity(bus);
        let vgpu = Identity { kind: Kind::Vgpu(TYPE), ..mig };
        for (identity, claim) in [(mig, "CUSTOM_NVIDIA_1G10GB"), (vgpu, "CUSTOM_NVIDIA_VGPU_H100_1_10C")] {
            let name = format!("{name}:nvidia:{}:2330:{}", identity.address, identity.kind);
            all.push(provider(identity.uuid(root()), name, Some(root().provider()), &[claim]));
        }
    }
    let providers = all.into_iter().map(|one| (one.uuid, one)).collect();
    ObservedTree { root: root(), providers, asked_traits: BTreeMap::new() }
}
