//! What Nova's PCI tracker makes of a GPU, held against the hardware. Nothing is written: Nova overwrites the
//! traits of its PCI providers with its own configuration, so that is where they belong.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Claim, Code, DeviceSpec, Finding, Gpu, NovaWay, ObservedProvider, PciAddress, TraitName, VgpuTypeId,
};

use super::Facts;
use super::capacity::vgpu_claims;

/// A function that Nova passes through.
struct Passed<'a> {
    function: PciAddress,
    spec: &'a DeviceSpec,
    vgpu_type: Option<VgpuTypeId>,
}

/// Everything that differs, and what keeps Nova from making a guest's GPU of it.
pub(super) fn differences(facts: Facts<'_>, gpu: &Gpu) -> Vec<Finding> {
    let passed: Vec<Passed<'_>> = gpu
        .functions
        .values()
        .filter_map(|function| {
            let spec = facts.nova.device_spec_of(function.address, Some(gpu.address), gpu.board)?;
            Some(Passed { function: function.address, spec, vgpu_type: gpu.type_of(function) })
        })
        .collect();
    let mut findings = Vec::new();
    let mut say = |code: Code, seen: String, remedy: String| {
        findings.push(Finding::new(code, gpu.address, seen, remedy));
    };
    if let Some(first) = passed.first()
        && !facts.nova.pci_in_placement
    {
        say(
            Code::BehindPlacement,
            format!("{} passes its functions through, and [pci]report_in_placement is off", first.spec.place),
            "set report_in_placement = true in [pci] and restart nova-compute, and [filter_scheduler]pci_in_placement = true \
             for nova-scheduler: until then Nova hands them out without Placement, and nobody can see what is left"
                .to_owned(),
        );
    }
    untyped(gpu, &passed, &mut say);
    mixed(gpu, &passed, &mut say);
    written(&passed, &mut say);
    let provider =
        facts.tree.nova_functions().find(|(at, way, _)| *way == NovaWay::Pci && *at == gpu.address);
    if let Some((_, _, provider)) = provider
        && !passed.is_empty()
    {
        reported(gpu, provider, &passed, &mut say);
    }
    findings
}

type Say<'a> = dyn FnMut(Code, String, String) + 'a;

fn untyped(gpu: &Gpu, passed: &[Passed<'_>], say: &mut Say<'_>) {
    let without: Vec<PciAddress> =
        passed.iter().filter(|one| one.vgpu_type.is_none()).map(|one| one.function).collect();
    if let Some(first) = without.first() {
        let seen = format!(
            "{} of {} functions that Nova passes through have no vGPU type",
            without.len(),
            passed.len()
        );
        let types = gpu.vgpu.types.iter().take(3);
        let choices: Vec<String> = types.map(|(id, one)| format!("{id} is {}", one.name)).collect();
        let remedy = format!(
            "a guest would get a function without a GPU behind it: write a type's id to \
             /sys/bus/pci/devices/{first}/nvidia/current_vgpu_type before nova-compute starts ({})",
            if choices.is_empty() {
                "`discover --types` lists them".to_owned()
            } else {
                choices.join(", ") + ", …"
            }
        );
        say(Code::PassedWithoutType, seen, remedy);
    }
}

/// All functions of one GPU are one provider of Nova's, with one class and one set of traits.
fn mixed(gpu: &Gpu, passed: &[Passed<'_>], say: &mut Say<'_>) {
    let said: BTreeSet<(Option<&str>, &[String])> =
        passed.iter().map(|one| (one.spec.class.as_deref(), one.spec.traits.as_slice())).collect();
    if said.len() > 1 {
        say(
            Code::PassedMixed,
            "its functions have different classes or traits in [pci]device_spec".to_owned(),
            "give all functions of one GPU the same: nova-compute refuses to start otherwise".to_owned(),
        );
    }
    let types: BTreeMap<VgpuTypeId, usize> =
        passed.iter().filter_map(|one| one.vgpu_type).fold(BTreeMap::new(), |mut counts, id| {
            *counts.entry(id).or_default() += 1;
            counts
        });
    if types.len() > 1 {
        let counted: Vec<String> =
            types.iter().map(|(id, count)| format!("{count} × {}", gpu.type_name(*id))).collect();
        say(
            Code::PassedMixed,
            format!("its functions have different vGPU types: {}", counted.join(", ")),
            "give all functions of one GPU one type: Nova counts them in one inventory, and a guest gets any of them"
                .to_owned(),
        );
    }
}

fn written(passed: &[Passed<'_>], say: &mut Say<'_>) {
    let specs: BTreeMap<&str, &DeviceSpec> =
        passed.iter().map(|one| (one.spec.place.as_str(), one.spec)).collect();
    for (place, spec) in specs {
        if spec.class.as_deref().is_some_and(|class| class.eq_ignore_ascii_case("VGPU")) {
            say(
                Code::PassedAsVgpu,
                format!("{place} reports passed-through functions as VGPU"),
                "give them a class of their own (\"resource_class\": \"CUSTOM_…\"): a flavor with resources:VGPU would \
                 take one in Placement and boot without it"
                    .to_owned(),
            );
        }
        if spec.managed {
            say(
                Code::PassedManaged,
                format!("{place} lets libvirt manage functions that NVIDIA's driver must keep"),
                "add \"managed\": \"no\" to it and restart nova-compute: bound to vfio-pci they lose their vGPU".to_owned(),
            );
        }
    }
}

/// What Nova's provider says, against what the functions are.
fn reported(gpu: &Gpu, provider: &ObservedProvider, passed: &[Passed<'_>], say: &mut Say<'_>) {
    let total: u64 = provider.inventories.values().map(|record| u64::from(record.total)).sum();
    if total != passed.len() as u64 {
        say(
            Code::ReportedOtherwise,
            format!("Nova reports {total} functions of it, and there are {}", passed.len()),
            "restart nova-compute: it looks for functions when it starts".to_owned(),
        );
    }
    let types: BTreeSet<VgpuTypeId> = passed.iter().filter_map(|one| one.vgpu_type).collect();
    let mut justified: Vec<BTreeSet<TraitName>> =
        types.iter().filter_map(|id| gpu.vgpu.types.get(id)).map(|one| vgpu_claims(gpu, one)).collect();
    let (Some(wanted), true) = (justified.pop(), justified.is_empty()) else { return };
    let offer = |name: &&TraitName| Claim::decode(name).is_some_and(|claim| claim.is_offer());
    let wrong: Vec<&str> = provider
        .traits
        .iter()
        .filter(offer)
        .filter(|name| !wanted.contains(*name))
        .map(TraitName::as_str)
        .collect();
    let missing: Vec<&str> = wanted
        .iter()
        .filter(offer)
        .filter(|name| !provider.traits.contains(*name))
        .map(TraitName::as_str)
        .collect();
    if !wrong.is_empty() {
        say(
            Code::ReportedOtherwise,
            format!("its provider claims {}, which its functions are not", wrong.join(", ")),
            "correct \"traits\" of its [pci]device_spec and restart nova-compute".to_owned(),
        );
    }
    if !missing.is_empty() {
        say(
            Code::ReportedOtherwise,
            format!("its provider lacks {}, which its functions are", missing.join(", ")),
            format!(
                "add them to \"traits\" of its [pci]device_spec ({}) and restart nova-compute, so that an alias can \
                 ask for them",
                missing.join(",")
            ),
        );
    }
}
