//! Hosts as values: what a scan of them would say.

use std::collections::BTreeMap;
use std::sync::Arc;

use nvidia_placement_agent::geometry::{Board, Shape};
use nvidia_placement_agent::identity::NoAuth;
use nvidia_placement_agent::model::*;
use nvidia_placement_agent::placement::{Client, Options};
use nvidia_placement_agent::planner::{Attachable, Policy};
use nvidia_placement_agent::reconciler::Reconciler;

pub(crate) const A: &str = "0000:41:00.0";
pub(crate) const B: &str = "0000:81:00.0";

type Row = (u32, &'static str, u32, &'static [(u32, u32)]);

/// An A100-40GB's profiles: id, name, most, placements (from its `nvidia-smi mig -lgip` and `-lgipp`).
const A100: [Row; 7] = [
    (19, "1g.5gb", 7, &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)]),
    (20, "1g.5gb+me", 1, &[(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)]),
    (15, "1g.10gb", 4, &[(0, 2), (2, 2), (4, 2), (6, 2)]),
    (14, "2g.10gb", 3, &[(0, 2), (2, 2), (4, 2)]),
    (9, "3g.20gb", 2, &[(0, 4), (4, 4)]),
    (5, "4g.20gb", 1, &[(0, 4)]),
    (0, "7g.40gb", 1, &[(0, 8)]),
];

fn profile((id, name, most, placements): &Row) -> GpuInstanceProfile {
    let slots = |n: u32| Slots::new(n);
    GpuInstanceProfile {
        id: ProfileId::new(*id),
        name: (*name).to_owned(),
        compute_slices: name.split('g').next().unwrap().parse().unwrap(),
        multiprocessors: 14,
        memory_mib: 4864,
        max_instances: *most,
        engines: Default::default(),
        placements: placements
            .iter()
            .map(|(s, n)| SlicePlacement { start: slots(*s), size: slots(*n) })
            .collect(),
    }
}

/// What all instances of an A100 share.
pub(crate) fn board() -> Board {
    Board::of(&A100.iter().map(profile).collect::<Vec<_>>())
}

/// The shape of a kind, as the table has it and not as a scan tells it.
pub(crate) fn shape(kind: Kind) -> Shape {
    let row = A100.iter().find(|row| kind == Kind::Mig(ProfileId::new(row.0))).expect("a kind of an A100");
    Shape::from(&profile(row))
}

/// An A100 in MIG mode, cut into `(profile id, start)`.
pub(crate) fn gpu(address: &str, cut: &[(u32, u32)]) -> Gpu {
    let profiles: BTreeMap<ProfileId, _> = A100.iter().map(profile).map(|p| (p.id, p)).collect();
    let instances = cut.iter().zip(1..).map(|((id, start), n)| {
        let profile = &profiles[&ProfileId::new(*id)];
        let at = profile.placements.iter().find(|p| p.start.get() == *start).copied().unwrap();
        let id = GpuInstanceId::new(n);
        (id, GpuInstance { id, profile: profile.id, placement: at, compute: Default::default() })
    });
    Gpu {
        product: "NVIDIA A100-SXM4-40GB".to_owned(),
        uuid: format!("GPU-{address}"),
        memory_mib: Some(40960),
        mig: MigMode::Supported { current: MigState::On, pending: MigState::On },
        instances: instances.collect(),
        profiles,
        ..Gpu::unread(address.parse().unwrap(), "20b0".parse().unwrap())
    }
}

pub(crate) fn host(gpus: impl IntoIterator<Item = Gpu>) -> HostSnapshot {
    let gpus = gpus.into_iter().map(|gpu| (gpu.address, gpu)).collect();
    HostSnapshot { gpus, ..HostSnapshot::default() }
}

/// The agent's provider of that kind on an A100.
pub(crate) fn provider(root: RootUuid, address: &str, id: u32) -> ProviderUuid {
    identity(address, id).uuid(root)
}

pub(crate) fn identity(address: &str, id: u32) -> Identity {
    let kind = Kind::Mig(ProfileId::new(id));
    Identity { address: address.parse().unwrap(), board: "20b0".parse().unwrap(), kind }
}

/// An agent that has just started, and takes what it owns for attachable.
pub(crate) fn agent(url: &str, root: RootUuid) -> Reconciler {
    agent_with(url, root, Attachable::Yes)
}

pub(crate) fn agent_with(url: &str, root: RootUuid, attachable: Attachable) -> Reconciler {
    let tokens = Arc::new(NoAuth::new(url.parse().unwrap()));
    let client = Arc::new(Client::new(Options::default(), tokens).unwrap());
    Reconciler::new(client, root, Policy { attachable, ..Policy::default() })
}
