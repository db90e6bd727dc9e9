//! What was seen of the hardware, and what Nova is told of it.

use std::collections::BTreeMap;

use crate::model::{
    DeviceSpec, Gpu, MdevSetting, PciAddress, ProfileId, RecoveryAction, VgpuInterface, VirtualFunction,
};

use super::{Fact, Known, Target};

/// Types that are named of those that a function could have.
const MOST_TYPES: usize = 4;

pub(super) fn hardware(known: Known<'_>, target: &Target) -> Vec<Fact> {
    let Some(host) = known.host() else { return Vec::new() };
    let Some(gpu) = host.gpus.get(&target.gpu()) else {
        return vec![Fact::new("GPU", format!("{} is not seen on this host", target.gpu()))];
    };
    let mut facts = vec![
        Fact::new("GPU", format!("{}  {}  device {}  {}", gpu.address, gpu.product, gpu.board, gpu.uuid)),
        Fact::new("MIG", gpu.mig),
    ];
    facts.extend(instances(gpu));
    if let Target::Function { function, .. } = target {
        facts.extend(gpu.functions.get(function).map(|one| Fact::new("function", function_line(gpu, one))));
    } else {
        facts.extend(functions(gpu));
    }
    let guests = gpu.vgpu.active.len();
    if guests > 0 {
        facts.push(Fact::new("guests", format!("{guests} vGPUs run")));
    }
    facts.push(Fact::new("health", health(gpu)));
    facts.extend(gpu.problems.iter().map(|problem| Fact::new("problem", problem)));
    facts
}

/// GPU instances by profile, with the slots that they have.
fn instances(gpu: &Gpu) -> Vec<Fact> {
    let mut by_profile: BTreeMap<ProfileId, Vec<String>> = BTreeMap::new();
    for instance in gpu.instances.values() {
        let (start, size) = (instance.placement.start.get(), instance.placement.size.get());
        let slots =
            if size == 1 { start.to_string() } else { format!("{start}-{}", start + size.saturating_sub(1)) };
        by_profile.entry(instance.profile).or_default().push(slots);
    }
    if by_profile.is_empty() && gpu.mig.is_on() {
        return vec![Fact::new("cut", "no GPU instance exists")];
    }
    let line = |(id, slots): (&ProfileId, &Vec<String>)| {
        let profile = gpu.profiles.get(id);
        let name = profile.map_or_else(|| format!("of profile {id}"), |profile| profile.name.clone());
        let which =
            if slots.len() == 1 && !slots.iter().any(|one| one.contains('-')) { "slot" } else { "slots" };
        Fact::new("cut", format!("{} × {name} (profile {id}), {which} {}", slots.len(), slots.join(", ")))
    };
    by_profile.iter().map(line).collect()
}

fn functions(gpu: &Gpu) -> Vec<Fact> {
    let Some(sriov) = gpu.sriov else { return Vec::new() };
    let mut facts = vec![Fact::new(
        "functions",
        format!("{} of {} virtual functions enabled", sriov.enabled, sriov.total),
    )];
    let mut kinds: BTreeMap<String, Vec<PciAddress>> = BTreeMap::new();
    for function in gpu.functions.values() {
        kinds.entry(state(gpu, function)).or_default().push(function.address);
    }
    let line = |(text, which): (String, Vec<PciAddress>)| {
        let first = which.first().map(ToString::to_string).unwrap_or_default();
        let from = if which.len() == 1 { first } else { format!("from {first} on") };
        Fact::new("functions", format!("{} {text} ({from})", which.len()))
    };
    facts.extend(kinds.into_iter().map(line));
    facts
}

/// How a function hands vGPUs out, and which.
fn state(gpu: &Gpu, function: &VirtualFunction) -> String {
    let layout = match &function.interface {
        VgpuInterface::None => {
            return match function.driver.as_deref() {
                Some(driver) => format!("giving no vGPUs, bound to {driver}"),
                None => "giving no vGPUs, without a driver".to_owned(),
            };
        }
        VgpuInterface::Mdev { .. } => "mediated devices",
        VgpuInterface::Vendor { .. } => "vendor-specific VFIO",
    };
    match gpu.type_of(function) {
        Some(id) => format!("with {}, {layout}", gpu.type_name(id)),
        None => format!("without a type, {layout}"),
    }
}

fn function_line(gpu: &Gpu, function: &VirtualFunction) -> String {
    let could: Vec<String> = match &function.interface {
        VgpuInterface::None => Vec::new(),
        VgpuInterface::Mdev { types } => {
            types.values().filter(|one| one.available > 0).map(|one| one.name.clone()).collect()
        }
        VgpuInterface::Vendor { creatable, .. } => creatable.values().cloned().collect(),
    };
    let shown = could.iter().take(MOST_TYPES).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if could.len() > MOST_TYPES { ", …" } else { "" };
    let could = if could.is_empty() {
        "it could have no type now".to_owned()
    } else {
        format!("it could have {shown}{more}")
    };
    let driver = function.driver.as_deref().unwrap_or("none");
    let text = format!(
        "{}  virtfn{}  driver {driver}  {}; {could}",
        function.address,
        function.index,
        state(gpu, function)
    );
    text
}

fn health(gpu: &Gpu) -> String {
    let health = &gpu.health;
    let mut said = Vec::new();
    match health.recovery {
        Some(RecoveryAction::None) => said.push("the driver asks for nothing".to_owned()),
        Some(action) => said.push(format!("the driver asks for: {action}")),
        None => {}
    }
    if let Some(errors) = health.uncorrectable_volatile {
        said.push(format!("{errors} uncorrectable ECC errors since the last reset"));
    }
    said.extend(health.xids.iter().map(|xid| format!("XID {}", xid.code)));
    if said.is_empty() { "the driver tells nothing of it".to_owned() } else { said.join(", ") }
}

/// What Nova's configuration says of the functions that are asked about.
pub(super) fn nova(known: Known<'_>, target: &Target) -> Vec<Fact> {
    let nova = known.nova;
    let mut facts: Vec<Fact> = nova.problems.iter().map(|one| Fact::new("problem", &one.seen)).collect();
    if nova.files.is_empty() {
        if facts.is_empty() {
            facts.push(Fact::new("files", "none found: what Nova is told is not known"));
        }
        return facts;
    }
    let files: Vec<String> = nova.files.iter().map(|file| file.display().to_string()).collect();
    facts.push(Fact::new("files", files.join(", ")));
    let Some(gpu) = known.host().and_then(|host| host.gpus.get(&target.gpu())) else { return facts };
    let all: Vec<PciAddress> = match target {
        Target::Function { function, .. } => vec![*function],
        Target::Gpu(_) | Target::Provider { .. } => {
            gpu.functions.keys().copied().chain([gpu.address]).collect()
        }
    };
    let mut mdevs: Vec<(&MdevSetting, usize)> = Vec::new();
    let mut specs: Vec<(&DeviceSpec, usize)> = Vec::new();
    for function in all {
        let interface = gpu.functions.get(&function).map_or(&gpu.interface, |one| &one.interface);
        if let (Some(setting), VgpuInterface::Mdev { .. }) = (nova.mdev_type_of(function), interface) {
            count(&mut mdevs, setting);
        }
        let parent = Some(gpu.address).filter(|parent| *parent != function);
        if let Some(spec) = nova.device_spec_of(function, parent, gpu.board) {
            count(&mut specs, spec);
        }
    }
    for (setting, functions) in &mdevs {
        let class = setting.reported_class();
        let text = format!(
            "{} is made on {functions} of its functions, as {class} ({})",
            setting.name, setting.place
        );
        facts.push(Fact::new("mdev type", text));
    }
    for (spec, functions) in &specs {
        let class = spec.class.as_deref().unwrap_or("a class of its own");
        let text = format!("passes {functions} of its functions through, as {class} ({})", spec.place);
        facts.push(Fact::new("passed", text));
    }
    if mdevs.is_empty() && specs.is_empty() {
        facts.push(Fact::new("devices", "nothing in them is about it"));
    }
    facts
}

fn count<'a, T: PartialEq>(counts: &mut Vec<(&'a T, usize)>, one: &'a T) {
    match counts.iter_mut().find(|(other, _)| *other == one) {
        Some((_, count)) => *count += 1,
        None => counts.push((one, 1)),
    }
}
