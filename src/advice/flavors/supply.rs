//! What this host's GPUs give, as a flavor can ask for it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::nova_config::alias_name;
use crate::geometry::{Board, Fraction};
use crate::model::{
    Claim, DeviceDecision, DeviceSpec, Gpu, HostSnapshot, Kind, MdevSetting, Mode, NovaView, Offer,
    PciAddress, TraitName, VgpuType, VgpuTypeId,
};
use crate::planner::{Policy, mediated, prospects, room, vgpu_claims};

/// One kind that one GPU gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supply {
    /// The GPU.
    pub gpu: PciAddress,
    /// Its product name.
    pub product: String,
    /// What it is.
    pub kind: Kind,
    /// Its plain name.
    pub plain: String,
    /// How many of it there are.
    pub units: u32,
    /// How much of the GPU one is.
    pub shares: Shares,
    /// The trait by which a flavor asks for it, and for nothing else that its GPU gives.
    pub wanted: TraitName,
    /// The traits that its providers have or are to have.
    pub traits: BTreeSet<TraitName>,
    /// Who hands it out.
    pub way: SupplyWay,
}

/// Who hands a kind out, and what a flavor says to him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupplyWay {
    /// This agent's own provider: `resources:VGPU`.
    Own {
        /// Whether something attaches it.
        attached: bool,
    },
    /// Nova's providers of mediated devices.
    Mediated {
        /// The class that Nova reports them as.
        class: String,
        /// Whether Nova attaches what it reports: of a type that is the default for all devices it reports
        /// another class than it attaches.
        attached: bool,
    },
    /// Nova's PCI tracker.
    Passed {
        /// The class that Nova reports them as; none: it makes one from the ids.
        class: Option<String>,
        /// The alias that asks for them.
        alias: String,
        /// Whether Nova's configuration here has that alias.
        known: bool,
    },
}

/// How much of a GPU one of a kind is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shares {
    /// Of the streaming multiprocessors; none for what takes turns on all of them.
    pub compute: Option<Fraction>,
    /// Streaming multiprocessors.
    pub multiprocessors: Option<u32>,
    /// Of the memory slots.
    pub memory: Option<Fraction>,
    /// MiB of memory.
    pub memory_mib: Option<u64>,
    /// How many guests can take turns on the same multiprocessors, where it is more than one.
    pub turns: Option<u32>,
    /// All memory of the GPU in MiB.
    pub whole_mib: Option<u64>,
}

/// Everything that the host gives.
pub(super) fn supplies(
    snapshot: &HostSnapshot,
    nova: &NovaView,
    policy: &Policy,
    compute_node: bool,
) -> Vec<Supply> {
    let decisions = prospects(snapshot, nova, policy);
    let mut all = Vec::new();
    for (address, decision) in &decisions {
        let Some(gpu) = snapshot.gpus.get(address).filter(|gpu| gpu.blinded_by().is_none()) else { continue };
        match decision.mode {
            Mode::Own => all.extend(own(gpu, decision, policy, compute_node)),
            Mode::Decorate => all.extend(by_mdev(gpu, nova)),
            Mode::Verify => all.extend(by_pci(gpu, nova)),
            Mode::Ignore | Mode::Hold | Mode::Reserve | Mode::Gone => {}
        }
    }
    all
}

fn own<'a>(
    gpu: &'a Gpu,
    decision: &'a DeviceDecision,
    policy: &'a Policy,
    compute_node: bool,
) -> impl Iterator<Item = Supply> + 'a {
    let way = SupplyWay::Own { attached: policy.attachable.permits(compute_node) };
    decision.offers.iter().filter_map(move |offer| {
        let Offer { identity, plain, units, claims } = offer;
        let (shares, wanted) = match identity.kind {
            Kind::Mig(id) => {
                let profile = gpu.profiles.get(&id)?;
                (of_profile(gpu, profile.id), Claim::trait_of_name(&profile.name))
            }
            Kind::Vgpu(id) => {
                let one = gpu.vgpu.types.get(&id)?;
                (of_type(gpu, one), wanted(gpu, one))
            }
        };
        Some(Supply {
            gpu: gpu.address,
            product: gpu.product.clone(),
            kind: identity.kind,
            plain: plain.clone(),
            units: *units,
            shares,
            wanted,
            traits: claims.clone(),
            way: way.clone(),
        })
    })
}

fn by_mdev(gpu: &Gpu, nova: &NovaView) -> Vec<Supply> {
    let of = |(id, units): (VgpuTypeId, u32)| {
        let one = gpu.vgpu.types.get(&id)?;
        let setting = nova.mdev_types.iter().find(|setting| setting.vgpu_type() == Some(id));
        Some(of_vgpu(gpu, one, units, mdev_way(setting)))
    };
    mediated(gpu, nova).into_iter().filter_map(of).collect()
}

fn mdev_way(setting: Option<&MdevSetting>) -> SupplyWay {
    let class = setting.map_or_else(|| "VGPU".to_owned(), |setting| setting.class.clone());
    // Nova reports VGPU for the devices of a default type, and looks for the class of the type when it attaches.
    let default = setting.is_some_and(|setting| setting.addresses.is_empty());
    if default && class != "VGPU" {
        return SupplyWay::Mediated { class: "VGPU".to_owned(), attached: false };
    }
    SupplyWay::Mediated { class, attached: true }
}

fn by_pci(gpu: &Gpu, nova: &NovaView) -> Vec<Supply> {
    let mut counts: BTreeMap<VgpuTypeId, (u32, &DeviceSpec)> = BTreeMap::new();
    for function in gpu.functions.values() {
        let spec = nova.device_spec_of(function.address, Some(gpu.address), gpu.board);
        let (Some(spec), Some(id)) = (spec, gpu.type_of(function)) else { continue };
        counts.entry(id).or_insert((0, spec)).0 += 1;
    }
    let of = |(id, (functions, spec)): (VgpuTypeId, (u32, &DeviceSpec))| {
        let one = gpu.vgpu.types.get(&id)?;
        let alias =
            nova.pci_aliases.iter().find(|alias| alias.asks_for(spec, gpu.board, nova.pci_in_placement));
        let way = SupplyWay::Passed {
            class: spec.class.as_deref().map(str::to_ascii_uppercase),
            alias: alias.map_or_else(|| alias_name(&one.name, None), |alias| alias.name.clone()),
            known: alias.is_some(),
        };
        let units = room(gpu, one).map_or(functions, |most| functions.min(most));
        let mut supply = of_vgpu(gpu, one, units, way);
        // Nova overwrites them with what its configuration says.
        supply.traits =
            spec.traits.iter().filter_map(|name| name.to_ascii_uppercase().parse().ok()).collect();
        Some(supply)
    };
    counts.into_iter().filter_map(of).filter(|supply| supply.units > 0).collect()
}

fn of_vgpu(gpu: &Gpu, one: &VgpuType, units: u32, way: SupplyWay) -> Supply {
    Supply {
        gpu: gpu.address,
        product: gpu.product.clone(),
        kind: Kind::Vgpu(one.id),
        plain: one.name.clone(),
        units,
        shares: of_type(gpu, one),
        wanted: wanted(gpu, one),
        traits: vgpu_claims(gpu, one),
        way,
    }
}

/// The profile's trait where the type is the only one that lives in such instances: then both mean the same, and
/// the flavor fits hosts without vGPU types as well. Else the type's own.
fn wanted(gpu: &Gpu, one: &VgpuType) -> TraitName {
    let alone = gpu.vgpu.types.values().filter(|other| other.profile == one.profile).count() == 1;
    let profile = one.profile.filter(|_| alone).and_then(|id| gpu.profiles.get(&id));
    Claim::trait_of_name(profile.map_or(&one.name, |profile| &profile.name))
}

fn of_profile(gpu: &Gpu, id: crate::model::ProfileId) -> Shares {
    let Some(profile) = gpu.profiles.get(&id) else { return Shares::default() };
    let board = Board::of_gpu(gpu);
    Shares {
        compute: Some(board.compute(profile)).filter(|share| share.whole > 0),
        multiprocessors: Some(profile.multiprocessors).filter(|count| *count > 0),
        memory: board.memory(profile).filter(|share| share.whole > 0),
        memory_mib: Some(profile.memory_mib).filter(|mib| *mib > 0),
        turns: None,
        whole_mib: gpu.memory_mib,
    }
}

fn of_type(gpu: &Gpu, one: &VgpuType) -> Shares {
    let home = one.profile.map(|id| of_profile(gpu, id)).unwrap_or_default();
    let most = if one.profile.is_some() { one.max_per_gpu_instance } else { one.max_instances };
    let turns = most.filter(|most| *most > 1);
    Shares {
        memory: home.memory.filter(|_| turns.is_none()),
        memory_mib: one.framebuffer_mib.or(home.memory_mib.filter(|_| turns.is_none())),
        turns,
        whole_mib: gpu.memory_mib,
        ..home
    }
}
