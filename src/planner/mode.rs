//! Who reports a GPU.

use crate::model::{HostSnapshot, Mode, ObservedTree, Owner, PciAddress, Reason};

use super::{Facts, Patience, health};

/// The mode of one GPU and the reason for it. In the order of the questions: may we, does somebody else, is it
/// there, can we see it?
pub(super) fn mode(facts: Facts<'_>, address: PciAddress) -> (Mode, Reason) {
    if facts.policy.ignore.contains(&address) {
        return (Mode::Ignore, Reason::Policy);
    }
    if let Some(reason) = reported_elsewhere(facts.tree, address) {
        return (Mode::Ignore, reason);
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

/// Somebody else's provider for a GPU or a virtual function of it, if there is one. Nova's mdev way names it
/// `<host>_pci_0000_41_00_0`, its PCI way `<host>_0000:41:00.0` in upper case, Cyborg `<host>_<0000:41:00.0>`.
fn reported_elsewhere(tree: &ObservedTree, address: PciAddress) -> Option<Reason> {
    tree.providers.values().find_map(|provider| {
        let by = match tree.owner(provider) {
            Owner::Nova => "Nova",
            Owner::Cyborg => "Cyborg",
            Owner::Root | Owner::Agent(_) | Owner::Unknown => return None,
        };
        let here = address_in(&provider.name)?.same_bus(address);
        here.then(|| Reason::ReportedElsewhere { by, provider: provider.name.clone() })
    })
}

fn address_in(name: &str) -> Option<PciAddress> {
    let mdev = name.rsplit_once("_pci_").map(|(_, part)| mdev_address(part));
    let plain = || name.rsplit_once('_').map(|(_, part)| part.trim_matches(['<', '>']).to_owned());
    mdev.or_else(plain)?.parse().ok()
}

/// `0000_41_00_4` as an address: `0000:41:00.4`.
fn mdev_address(part: &str) -> String {
    match part.rsplit_once('_') {
        Some((head, function)) => format!("{}.{function}", head.replace('_', ":")),
        None => part.to_owned(),
    }
}
