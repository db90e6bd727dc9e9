//! A status in which everything that can be shown is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::model::{
    AllocationRatio, Cycle, Decision, DeviceDecision, Gpu, Guest, Guests, Hardware, HostSnapshot, Identity,
    Inventory, Kind, Mode, Moment, Plan, ProfileId, ProviderDecision, ProviderState, ProviderUuid, Reason,
    RootUuid, Round, RowRemapping, Status,
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
        used: None,
        writes: 0,
    }
}

fn gpu(bus: usize) -> Gpu {
    let Identity { address, board, .. } = identity(bus);
    let mut gpu = Gpu::unread(address, board);
    gpu.product = "NVIDIA H100 80GB HBM3".to_owned();
    gpu.uuid = format!("GPU-00000000-0000-4000-8000-{bus:012}");
    gpu.health.uncorrectable_volatile = Some(2);
    gpu.health.uncorrectable_aggregate = Some(5);
    gpu.health.remapping =
        Some(RowRemapping { correctable: 1, uncorrectable: 0, pending: true, failed: false });
    gpu
}

/// So many GPUs, each with a provider of which one unit is held.
pub(super) fn status(gpus: usize) -> Status {
    let providers: Vec<ProviderDecision> = (1..=gpus).map(provider).collect();
    let devices = providers.iter().map(|one| {
        let device = DeviceDecision { mode: Mode::Own, reason: Reason::NobodyElse, offers: Vec::new() };
        (one.identity.address, device)
    });
    let guests: BTreeMap<ProviderUuid, Vec<Guest>> = providers
        .iter()
        .map(|one| (one.uuid, vec![Guest { consumer: Uuid::from_u128(7), units: 1, server: None }]))
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
        gpus: (1..=gpus).map(|bus| (identity(bus).address, gpu(bus))).collect(),
        ..HostSnapshot::default()
    };
    let round = Round { decision, traits_created: Vec::new(), steps: Vec::new() };
    Status {
        cycles: 3,
        ended: Some((Moment::new(Duration::from_secs(90)), Duration::from_millis(50))),
        succeeded: Some(Moment::new(Duration::from_secs(90))),
        fresh_for: Duration::from_secs(110),
        cycle: Cycle { rounds: vec![round], ..Cycle::default() },
        hardware: Some(Arc::new(Hardware { snapshot, ..Hardware::default() })),
        guests: Some(Arc::new(Guests::from(guests))),
        ..Status::default()
    }
}
