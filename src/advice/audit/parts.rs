//! The three sides of an audit, each as parts of GPUs: what providers stand for, what domains are given, what runs.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::model::{
    ActiveVgpu, Allocated, Claim, Domain, Domains, Gpu, GpuPart, HostSnapshot, Identity, Kind,
    MediatedDevice, NovaWay, ObservedProvider, ObservedTree, PciAddress, ProviderUuid, VgpuTypeId,
};

/// What a provider stands for.
pub(super) struct Provided<'a> {
    provider: &'a ObservedProvider,
    gpu: PciAddress,
    function: Option<PciAddress>,
    kind: Option<Kind>,
}

impl Provided<'_> {
    pub(super) fn allocated(&self, units: u32) -> Allocated {
        Allocated {
            provider: self.provider.name.clone(),
            units,
            gpu: self.gpu,
            function: self.function,
            kind: self.kind,
            plain: self.plain(),
        }
    }

    /// As its traits name it: the vGPU type rather than the profile that it lives in.
    fn plain(&self) -> Option<String> {
        if let Some(kind) = self.kind {
            return kind.claimed_name(&self.provider.traits).or_else(|| Some(kind.to_string()));
        }
        let any = Kind::Vgpu(VgpuTypeId::new(0));
        any.claimed_name(&self.provider.traits)
    }
}

/// Every provider of a GPU of this host: ours, and Nova's of its functions.
pub(super) fn providers<'a>(
    snapshot: &HostSnapshot,
    tree: &'a ObservedTree,
) -> impl Iterator<Item = (ProviderUuid, Provided<'a>)> {
    let addresses: BTreeSet<PciAddress> =
        snapshot.gpus.keys().chain(snapshot.hidden.keys()).copied().collect();
    let ours = tree.ours().map(|(identity, provider)| {
        let Identity { address, kind, .. } = identity;
        (provider.uuid, Provided { provider, gpu: address, function: None, kind: Some(kind) })
    });
    let novas = tree.nova_functions().filter_map(move |(function, way, provider)| {
        let gpu = addresses.iter().copied().find(|gpu| gpu.same_bus(function))?;
        let function = (way == NovaWay::Mdev).then_some(function);
        Some((provider.uuid, Provided { provider, gpu, function, kind: None }))
    });
    let all = ours.chain(novas);
    all.filter(|(_, provided)| !provided.provider.inventories.is_empty())
}

fn typed(gpu: &Gpu, device: String, function: Option<PciAddress>, id: Option<VgpuTypeId>) -> GpuPart {
    let plain = id.map(|id| gpu.type_name(id));
    GpuPart { device, gpu: Some(gpu.address), function, vgpu_type: id, plain }
}

/// What a domain is given of this host's GPUs. A mediated device that is not there is shown too: it cannot be told
/// whose it would be.
pub(super) fn attached(snapshot: &HostSnapshot, domain: &Domain) -> Vec<GpuPart> {
    let mediated = domain.mediated.iter().map(|uuid| {
        let mut gpus = snapshot.gpus.values();
        let found = gpus.find_map(|gpu| Some((gpu, gpu.mediated.get(uuid)?)));
        let device = format!("mdev {uuid}");
        match found {
            Some((gpu, one)) => typed(gpu, device, Some(one.parent), Some(one.vgpu_type)),
            None => GpuPart { device, gpu: None, function: None, vgpu_type: None, plain: None },
        }
    });
    let functions = domain.functions.iter().filter_map(|address| {
        let part = |gpu: &Gpu| {
            let id = gpu.functions.get(address).and_then(|function| gpu.type_of(function));
            typed(gpu, format!("function {address}"), Some(*address), id)
        };
        let mut gpus = snapshot.gpus.values();
        if let Some(gpu) = gpus.find(|gpu| gpu.address == *address || gpu.functions.contains_key(address)) {
            return Some(part(gpu));
        }
        let whole = snapshot.hidden.contains_key(address);
        whole.then(|| GpuPart {
            device: format!("function {address}"),
            gpu: Some(*address),
            function: Some(*address),
            vgpu_type: None,
            plain: Some("the whole GPU".to_owned()),
        })
    });
    mediated.chain(functions).collect()
}

/// What the GPUs run, each with its guest, where that is told: as NVML names it, or by its mediated device.
pub(super) fn running(snapshot: &HostSnapshot, domains: &Domains) -> Vec<(Uuid, GpuPart)> {
    let named = |vgpu: &ActiveVgpu| vgpu.vm.as_deref().and_then(|vm| Uuid::parse_str(vm.trim()).ok());
    let given = |vgpu: &ActiveVgpu| {
        let mdev = vgpu.mdev?;
        let mut domains = domains.all.values();
        domains.find(|domain| domain.mediated.contains(&mdev)).map(|domain| domain.uuid)
    };
    let mut all = Vec::new();
    for gpu in snapshot.gpus.values() {
        for vgpu in gpu.vgpu.active.values() {
            let Some(guest) = named(vgpu).or_else(|| given(vgpu)) else { continue };
            let function = vgpu.mdev.and_then(|mdev| gpu.mediated.get(&mdev)).map(|device| device.parent);
            all.push((guest, typed(gpu, format!("vGPU {}", vgpu.id), function, Some(vgpu.vgpu_type))));
        }
    }
    all
}

/// Mediated devices that no domain is given, as far as all domains are known.
pub(super) fn unused(snapshot: &HostSnapshot, domains: &Domains) -> Vec<MediatedDevice> {
    if !domains.known {
        return Vec::new();
    }
    let given: BTreeSet<Uuid> = domains.all.values().flat_map(|domain| &domain.mediated).copied().collect();
    let all = snapshot.gpus.values().flat_map(|gpu| gpu.mediated.values());
    all.filter(|device| !given.contains(&device.uuid)).cloned().collect()
}

/// Whether a part of a GPU is what was allocated, as far as both are told; the difference otherwise.
pub(super) fn differs(snapshot: &HostSnapshot, allocated: &Allocated, part: &GpuPart) -> Option<String> {
    let gpu = part.gpu?;
    if !gpu.same_bus(allocated.gpu) {
        return Some(format!("it is on GPU {gpu}, and {} was allocated", allocated.gpu));
    }
    if let (Some(wanted), Some(function)) = (allocated.function, part.function)
        && wanted != function
    {
        return Some(format!("it is on function {function}, and {wanted} was allocated"));
    }
    let id = part.vgpu_type?;
    let described = snapshot.gpus.get(&gpu).and_then(|gpu| gpu.vgpu.types.get(&id));
    let same = match allocated.kind {
        Some(Kind::Vgpu(wanted)) => wanted == id,
        Some(Kind::Mig(wanted)) => described.is_none_or(|one| one.profile == Some(wanted)),
        // Nova's provider, as far as this agent tagged it.
        None => match (&allocated.plain, described) {
            (Some(plain), Some(one)) => {
                let canonical = Claim::trait_of_name(&one.name);
                Claim::trait_of_name(plain) == canonical
                    || one.profile.is_some_and(|profile| is_profile(snapshot, gpu, profile, plain))
            }
            _ => true,
        },
    };
    let plain = part.plain.clone().unwrap_or_else(|| format!("nvidia-{id}"));
    let wanted = allocated.plain.clone().unwrap_or_else(|| "another type".to_owned());
    (!same).then(|| format!("it is a {plain}, and {wanted} was allocated"))
}

fn is_profile(snapshot: &HostSnapshot, gpu: PciAddress, id: crate::model::ProfileId, plain: &str) -> bool {
    let profile = snapshot.gpus.get(&gpu).and_then(|gpu| gpu.profiles.get(&id));
    profile.is_some_and(|profile| Claim::trait_of_name(&profile.name) == Claim::trait_of_name(plain))
}
