//! What a name stands for.

use crate::model::{
    HostSnapshot, Identity, ObservedProvider, ObservedTree, Owner, PciAddress, ProviderUuid, nova_function,
};

use super::Known;

/// What is to be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A GPU with all its providers.
    Gpu(PciAddress),
    /// One function of a GPU.
    Function {
        /// The GPU.
        gpu: PciAddress,
        /// The function.
        function: PciAddress,
    },
    /// One provider.
    Provider {
        /// The GPU that it is about.
        gpu: PciAddress,
        /// The provider.
        uuid: ProviderUuid,
    },
}

impl Target {
    /// The GPU that it is or belongs to.
    pub fn gpu(&self) -> PciAddress {
        match self {
            Target::Gpu(gpu) | Target::Function { gpu, .. } | Target::Provider { gpu, .. } => *gpu,
        }
    }
}

/// Nothing has that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NothingThere {
    /// What was asked for, and what is wrong with it where something has the name.
    pub seen: String,
    /// GPUs, by address with their UUIDs.
    pub gpus: Vec<String>,
    /// Providers that can be explained, by name; none where Placement was not read.
    pub providers: Vec<String>,
}

/// Characters of a GPU's UUID after which it is known which one is meant, `GPU-` among them.
const ENOUGH: usize = "GPU-12345678".len();

pub(super) fn find(known: Known<'_>, name: &str) -> Result<Target, NothingThere> {
    let name = name.trim();
    let host = known.host();
    if let Ok(address) = name.parse::<PciAddress>() {
        return at(known, address)
            .ok_or_else(|| nothing(known, format!("no GPU and no function sits at {address}")));
    }
    let by_uuid = |uuid: &str| {
        let is =
            |have: &str| have.eq_ignore_ascii_case(uuid) || uuid.len() >= ENOUGH && have.starts_with(uuid);
        host?.gpus.values().find(|gpu| is(&gpu.uuid)).map(|gpu| gpu.address)
    };
    if let Some(gpu) = by_uuid(name) {
        return Ok(Target::Gpu(gpu));
    }
    if let Ok((tree, decision)) = known.placement {
        let uuid = name.parse::<ProviderUuid>().ok();
        let found = tree.providers.values().find(|one| one.name == name || Some(one.uuid) == uuid);
        if let Some(provider) = found {
            return match device_of(tree, provider, host) {
                Some(gpu) => Ok(Target::Provider { gpu, uuid: provider.uuid }),
                None => Err(nothing(
                    known,
                    format!("provider {} stands for no GPU: {}", provider.name, whose(tree, provider)),
                )),
            };
        }
        let planned = decision.providers.iter().find(|one| one.name == name || Some(one.uuid) == uuid);
        if let Some(planned) = planned {
            return Ok(Target::Provider { gpu: planned.identity.address, uuid: planned.uuid });
        }
    } else if let Some((gpu, function)) = of_name(name) {
        // Placement cannot be asked, and the name tells.
        return Ok(if gpu == function {
            Target::Gpu(seen(host, gpu))
        } else {
            Target::Function { gpu: seen(host, function), function }
        });
    }
    Err(nothing(known, format!("{name:?} is no PCI address, GPU or provider of this host")))
}

/// The GPU and the function that the name of a provider, ours or Nova's, is about.
pub(super) fn of_name(name: &str) -> Option<(PciAddress, PciAddress)> {
    if let Some(identity) = Identity::from_name(name) {
        return Some((identity.address, identity.address));
    }
    let root = name
        .rsplit_once("_pci_")
        .map(|(root, _)| root)
        .or_else(|| name.rsplit_once('_').map(|(root, _)| root))?;
    let (function, _) = nova_function(root, name)?;
    Some((function.of_gpu(), function))
}

fn at(known: Known<'_>, address: PciAddress) -> Option<Target> {
    let host = known.host();
    if let Some(gpu) =
        host.and_then(|host| host.gpus.values().find(|gpu| gpu.functions.contains_key(&address)))
    {
        return Some(Target::Function { gpu: gpu.address, function: address });
    }
    let here = host.is_some_and(|host| host.gpus.contains_key(&address));
    let remembered = known.placement.is_ok_and(|(_, decision)| decision.devices.contains_key(&address));
    (here || remembered).then_some(Target::Gpu(address))
}

/// The GPU that a provider is about.
fn device_of(
    tree: &ObservedTree,
    provider: &ObservedProvider,
    host: Option<&HostSnapshot>,
) -> Option<PciAddress> {
    match tree.owner(provider) {
        Owner::Agent(identity) => Some(identity.address),
        _ => nova_function(tree.root_name(), &provider.name).map(|(function, _)| seen(host, function)),
    }
}

/// The GPU that is seen on the bus of a function; else the one that must be there.
fn seen(host: Option<&HostSnapshot>, function: PciAddress) -> PciAddress {
    let found = host.and_then(|host| host.gpus.keys().find(|gpu| gpu.same_bus(function)).copied());
    found.unwrap_or(function.of_gpu())
}

fn whose(tree: &ObservedTree, provider: &ObservedProvider) -> &'static str {
    match tree.owner(provider) {
        Owner::Root => "it is the compute node itself (`tree` shows it)",
        Owner::Nova => "it is Nova's, for something else",
        Owner::Cyborg => "it is Cyborg's",
        Owner::Agent(_) | Owner::Unknown => "it is neither this agent's nor one of Nova's for a GPU",
    }
}

fn nothing(known: Known<'_>, seen: String) -> NothingThere {
    let gpus = known.host().map(|host| {
        host.gpus.values().map(|gpu| format!("{} ({}, {})", gpu.address, gpu.product, gpu.uuid)).collect()
    });
    let providers = known.placement.map(|(tree, decision)| {
        let there = tree.providers.values().filter(|one| device_of(tree, one, known.host()).is_some());
        let planned = decision.providers.iter().filter(|one| !one.exists).map(|one| one.name.clone());
        let mut names: Vec<String> = there.map(|one| one.name.clone()).chain(planned).collect();
        names.sort();
        names
    });
    NothingThere { seen, gpus: gpus.unwrap_or_default(), providers: providers.unwrap_or_default() }
}
