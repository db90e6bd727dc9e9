//! Whether Nova would attach a device for a VGPU that is allocated on a provider of its own, as `_allocate_mdevs` of
//! its libvirt driver goes about it: it takes the allocations of the classes that its types have, and looks for a
//! function of the provider's name that can make the type. Without types, or without such an allocation, it attaches
//! nothing and says nothing.

use std::collections::BTreeSet;

use crate::model::{
    Code, Finding, Inventory, Mode, NovaView, ObservedProvider, PciAddress, Reason, VgpuInterface,
};

use super::Facts;
use super::decorate::Decorated;

/// Why a guest would not get its GPU there. None: it would, or it is not known what Nova is told.
pub(super) fn fault(
    facts: Facts<'_>,
    address: PciAddress,
    function: PciAddress,
    provider: &ObservedProvider,
) -> Option<Reason> {
    let nova = facts.nova;
    if !nova.is_known() && nova.mdev_types.is_empty() {
        return None;
    }
    if nova.mdev_types.is_empty() {
        return Some(Reason::NovaMakesNone);
    }
    let classes: BTreeSet<&str> = nova.mdev_types.iter().map(|setting| setting.class.as_str()).collect();
    // What is counted under the class of its type is found by flavors that ask for that.
    let counted = provider.inventories.keys().any(|class| classes.contains(class.as_str()));
    if !classes.contains("VGPU") && !counted {
        let classes = classes.into_iter().collect::<Vec<_>>().join(", ");
        return Some(Reason::NovaLooksElsewhere { classes });
    }
    cannot_make(facts, nova, address, function).map(|why| Reason::NovaCannotMake { why })
}

fn cannot_make(
    facts: Facts<'_>,
    nova: &NovaView,
    address: PciAddress,
    function: PciAddress,
) -> Option<String> {
    let Some(gpu) = facts.snapshot.gpus.get(&address) else {
        let complete = facts.snapshot.failed.is_none() && facts.snapshot.problems.is_empty();
        let absent = complete && !facts.snapshot.gpus.is_empty();
        return absent.then(|| "its GPU is not on this host".to_owned());
    };
    if gpu.blinded_by().is_some() || !facts.snapshot.files.is_empty() {
        return None;
    }
    let interface = match gpu.functions.get(&function) {
        Some(function) => &function.interface,
        None if function == gpu.address => &gpu.interface,
        None => return Some("the function is not there".to_owned()),
    };
    let Some(setting) = nova.mdev_type_of(function) else {
        return Some("no enabled type is for it".to_owned());
    };
    match interface {
        VgpuInterface::Mdev { types } => {
            let made = setting.vgpu_type().is_some_and(|id| types.contains_key(&id));
            (!made).then(|| format!("it does not have the type {}", setting.name))
        }
        VgpuInterface::Vendor { .. } => {
            Some("it hands vGPUs out by vendor-specific VFIO, not as mediated devices".to_owned())
        }
        VgpuInterface::None => Some("it hands no vGPUs out now".to_owned()),
    }
}

/// What Nova offers and would not attach: one finding for each reason.
pub(super) fn findings(address: PciAddress, mode: Mode, decorated: &[Decorated<'_>]) -> Vec<Finding> {
    let mut faults: Vec<(&Reason, Vec<PciAddress>)> = Vec::new();
    for one in decorated.iter().filter(|one| one.provider.vgpu().is_some_and(offers)) {
        let Some(fault) = &one.fault else { continue };
        match faults.iter_mut().find(|(reason, _)| *reason == fault) {
            Some((_, functions)) => functions.push(one.function),
            None => faults.push((fault, vec![one.function])),
        }
    }
    let traits = if mode == Mode::Decorate { " This agent gives none of them a type's trait." } else { "" };
    let said = faults.into_iter().map(|(fault, functions)| {
        let (code, happens, remedy) = match fault {
            Reason::NovaCannotMake { .. } => (
                Code::NovaCannotMake,
                "a guest that gets it does not start",
                "bring the function back as nova.conf has it; or, when nobody uses them, delete Nova's providers of \
                 it, and restart nova-compute",
            ),
            _ => (
                Code::NovaAttachesNothing,
                "a guest that gets it boots without a GPU, silently",
                "enable the type for its functions in [devices]enabled_mdev_types and [mdev_<type>]device_addresses \
                 with mdev_class VGPU, and restart nova-compute; or, when nobody uses them, delete Nova's providers",
            ),
        };
        let first = functions.first().map(ToString::to_string).unwrap_or_default();
        let count = functions.len();
        let whose = if count == 1 { first } else { format!("{count} functions from {first} on") };
        let seen = format!("Nova offers VGPU of {whose}, and {happens}: {fault}.{traits}");
        Finding::new(code, address, seen, remedy)
    });
    said.collect()
}

fn offers(vgpu: &Inventory) -> bool {
    vgpu.offered() > 0
}
