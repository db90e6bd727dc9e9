//! Who reports a GPU.

use crate::model::{
    Gpu, HostSnapshot, Mode, NovaView, NovaWay, ObservedTree, Owner, PciAddress, Reason, VgpuInterface,
};

use super::{Facts, ModeRule, Patience, health};

/// The mode of one GPU and the reason for it. In the order of the questions: may we, does somebody else, is it
/// there, can we see it?
pub(super) fn mode(facts: Facts<'_>, address: PciAddress) -> (Mode, Reason) {
    if facts.policy.ignore.contains(&address) {
        return (Mode::Ignore, Reason::Policy);
    }
    if let Some(provider) = of_cyborg(facts.tree, address) {
        return (Mode::Ignore, Reason::ReportedElsewhere { by: "Cyborg", provider });
    }
    match ModeRule::choose(&facts.policy.modes, address) {
        // What Nova offers in Placement is Nova's, whoever wishes otherwise: no device is offered twice.
        Some(Mode::Own) if offered_by_nova(facts.tree, address).is_none() => {}
        Some(mode) if mode != Mode::Own => return (mode, Reason::Pinned),
        _ => {
            if let Some(novas) = of_nova(facts, address) {
                return novas;
            }
        }
    }
    let (mode, reason) = match facts.snapshot.gpus.get(&address) {
        None => absent(facts.snapshot),
        Some(gpu) => match gpu.blinded_by() {
            Some(problem) => (Mode::Hold, Reason::Blind { problem: problem.to_string() }),
            // Less is believed at once, and this is reversible.
            None => match health::reserved_for(gpu, &facts.policy.health) {
                Some(what) => return (Mode::Reserve, Reason::Ill { what }),
                None => return (Mode::Own, Reason::NobodyElse),
            },
        },
    };
    match facts.patience {
        Patience::AtOnce => (mode, reason),
        Patience::Settling { memory, .. } => {
            let unseen = memory.sighting(address).map_or(0, |sighting| sighting.unseen);
            // Reserving is reversible and strands nothing; to go on advertising is not.
            (if unseen < facts.policy.timing.grace { Mode::Hold } else { Mode::Reserve }, reason)
        }
    }
}

/// A GPU that providers remember and the scan does not show is gone only if the scan accounts for every
/// device: one that is lost before it could tell its address may be this very one.
fn absent(snapshot: &HostSnapshot) -> (Mode, Reason) {
    let blind = |problem: String| (Mode::Hold, Reason::Blind { problem });
    if let Some(failed) = &snapshot.failed {
        return blind(failed.clone());
    }
    if let Some(first) = snapshot.problems.first() {
        return blind(format!(
            "a GPU (NVML index {}) did not tell its address: {}",
            first.index, first.problem
        ));
    }
    if snapshot.gpus.is_empty() {
        return blind("no GPU was found at all".to_owned());
    }
    (Mode::Gone, Reason::Absent)
}

/// Nova reports a GPU when a provider of Nova's shows it, or when its configuration says that it will: if it has
/// one function, it has them all. What is in Placement counts more than a file, which may be newer or older than
/// the nova-compute that runs.
fn of_nova(facts: Facts<'_>, address: PciAddress) -> Option<(Mode, Reason)> {
    let here = |way| {
        let mut providers = facts.tree.nova_functions();
        let found = providers.find(|(function, by, _)| *by == way && function.same_bus(address));
        found.map(|(_, _, provider)| format!("provider {}", provider.name))
    };
    if let Some(by) = here(NovaWay::Mdev) {
        return Some((Mode::Decorate, Reason::NovaMdev { by }));
    }
    if let Some(by) = here(NovaWay::Pci) {
        return Some((Mode::Verify, Reason::NovaPci { by }));
    }
    configured(facts.nova, facts.snapshot.gpus.get(&address)?)
}

/// What Nova's configuration alone says of a GPU.
pub(super) fn configured(nova: &NovaView, gpu: &Gpu) -> Option<(Mode, Reason)> {
    if let Some(by) = passed_through(nova, gpu) {
        return Some((Mode::Verify, Reason::NovaPci { by }));
    }
    made_into_mdevs(nova, gpu).map(|by| (Mode::Decorate, Reason::NovaMdev { by }))
}

fn passed_through(nova: &NovaView, gpu: &Gpu) -> Option<String> {
    let functions = gpu.functions.keys().map(|function| (*function, Some(gpu.address)));
    let mut all = functions.chain([(gpu.address, None)]);
    let spec = all.find_map(|(function, parent)| nova.device_spec_of(function, parent, gpu.board))?;
    Some(format!("[pci]device_spec in {}", spec.place))
}

fn made_into_mdevs(nova: &NovaView, gpu: &Gpu) -> Option<String> {
    let functions = gpu.functions.values().map(|function| (function.address, &function.interface));
    let mut all = functions.chain([(gpu.address, &gpu.interface)]);
    all.find_map(|(function, interface)| {
        let setting = nova.mdev_type_of(function)?;
        let VgpuInterface::Mdev { types } = interface else { return None };
        // The libvirt driver takes only devices that can make the type.
        setting.vgpu_type().filter(|id| types.contains_key(id))?;
        Some(format!("[devices]enabled_mdev_types in {} has {} for {function}", setting.place, setting.name))
    })
}

/// A provider of Nova's that offers something of the GPU.
pub(super) fn offered_by_nova(tree: &ObservedTree, address: PciAddress) -> Option<&str> {
    let mut here = tree.nova_functions().filter(|(function, _, _)| function.same_bus(address));
    here.find(|(_, _, provider)| !provider.inventories.is_empty())
        .map(|(_, _, provider)| provider.name.as_str())
}

/// Cyborg names its providers `<host>_<0000:41:00.0>`.
fn of_cyborg(tree: &ObservedTree, address: PciAddress) -> Option<String> {
    let here = |name: &str| {
        let device = name.rsplit_once('_').map(|(_, device)| device.trim_matches(['<', '>']));
        device.and_then(|device| device.parse().ok()).is_some_and(|at: PciAddress| at.same_bus(address))
    };
    let mut providers = tree.providers.values().filter(|one| tree.owner(one) == Owner::Cyborg);
    providers.find(|one| here(&one.name)).map(|one| one.name.clone())
}
