//! What a GPU is and has, in words.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::counted;
use crate::geometry::Outlook;
use crate::model::{DeviceDecision, Gpu, ProfileId, VgpuTypeId};

/// A product or type without the maker's name, which all of them have.
pub(in crate::report) fn short(name: &str) -> &str {
    ["NVIDIA ", "GRID "].iter().find_map(|maker| name.strip_prefix(maker)).unwrap_or(name)
}

/// `3 × L40S-8Q`, and so on, one for each kind.
pub(in crate::report) fn offers(prospect: &DeviceDecision) -> Vec<String> {
    prospect.offers.iter().map(|offer| format!("{} × {}", offer.units, short(&offer.plain))).collect()
}

/// A profile's name; its id where the driver does not describe it.
pub(in crate::report) fn profile_name(gpu: &Gpu, id: ProfileId) -> String {
    gpu.profiles.get(&id).map_or_else(|| format!("id {id}"), |profile| profile.name.clone())
}

/// What it is: product, memory, MIG mode, NUMA node, as far as they are known.
pub(in crate::report) fn gpu_facts(gpu: &Gpu) -> Vec<String> {
    let mut facts = vec![gpu.product.clone()];
    facts.extend(gpu.memory_mib.map(|mib| format!("{} GiB", mib.div_ceil(1024))));
    facts.push(format!("MIG {}", gpu.mig));
    facts.extend(gpu.numa_node.map(|node| format!("NUMA node {node}")));
    facts.retain(|fact| !fact.is_empty());
    facts
}

/// `4 × 1g.5gb or 1 × 3g.20gb`: what could be cut beside what is there, each alone. Empty where nothing could.
pub(in crate::report) fn fits(gpu: &Gpu, outlook: &Outlook) -> String {
    let more = outlook.fits.iter().rev().filter(|(_, more)| **more > 0);
    let more: Vec<String> = more.map(|(id, more)| format!("{more} × {}", profile_name(gpu, *id))).collect();
    more.join(" or ")
}

/// `2 × 1g.5gb`, and so on, one for each profile.
pub(in crate::report) fn named(gpu: &Gpu, instances: &BTreeMap<ProfileId, u32>) -> Vec<String> {
    instances.iter().map(|(id, count)| format!("{count} × {}", profile_name(gpu, *id))).collect()
}

/// `SR-IOV, 4 types, sizes may be mixed`. Empty where there are none to have.
pub(in crate::report) fn vgpus(gpu: &Gpu) -> String {
    let Some(mode) = gpu.vgpu.host_mode else { return String::new() };
    let mixed = match gpu.vgpu.heterogeneous {
        Some(true) => ", sizes may be mixed",
        Some(false) => ", all of one size",
        None => "",
    };
    format!("{mode}, {}{mixed}", counted(gpu.vgpu.types.len(), "type"))
}

/// `16 of 16 enabled: 12 with NVIDIA L40S-8Q, 4 without a type`. Empty on a GPU that can have none.
pub(in crate::report) fn functions(gpu: &Gpu) -> String {
    let mut text = match gpu.sriov {
        Some(sriov) if gpu.functions.is_empty() => format!("none of {} enabled", sriov.total),
        Some(sriov) => format!("{} of {} enabled", gpu.functions.len(), sriov.total),
        None if gpu.functions.is_empty() => return String::new(),
        None => counted(gpu.functions.len(), "virtual function"),
    };
    let mut typed: BTreeMap<Option<VgpuTypeId>, usize> = BTreeMap::new();
    for function in gpu.functions.values() {
        *typed.entry(gpu.type_of(function)).or_default() += 1;
    }
    let with = typed.iter().filter_map(|(id, count)| Some(format!("{count} with {}", gpu.type_name((*id)?))));
    let without = typed.get(&None).map(|count| format!("{count} without a type"));
    let parts: Vec<String> = with.chain(without).collect();
    if !parts.is_empty() {
        let _ = write!(text, ": {}", parts.join(", "));
    }
    text
}
