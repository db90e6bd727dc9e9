//! What Nova is told on this host, and whether it can be meant so.

use std::collections::BTreeSet;

use crate::model::{
    Code, DeviceSpec, Finding, Gpu, HostSnapshot, MdevSetting, NovaView, PciAddress, VgpuInterface,
};

use super::{Findings, Line, Seen, Subject, counted};

pub(super) fn subject(seen: &Seen<'_>, findings: &mut Findings) -> Subject {
    let nova = seen.nova;
    let mut lines = files(seen).map_or_else(Vec::new, |line| vec![line]);
    let said = |finding: &Finding| nova.problems.contains(finding);
    lines.extend(findings.take(said).into_iter().map(|finding| Line::found("finding", finding)));
    for setting in &nova.mdev_types {
        lines.push(Line::good("mdev type", enabled(setting)));
        lines.extend(defects(seen, setting).into_iter().map(|finding| Line::found("mdev type", finding)));
    }
    lines.extend(nova.device_specs.iter().map(|spec| Line::good("device_spec", passed(spec))));
    Subject::new("Nova's configuration", lines)
}

fn files(seen: &Seen<'_>) -> Option<Line> {
    let nova = seen.nova;
    if !nova.files.is_empty() {
        let names: Vec<String> = nova.files.iter().map(|file| file.display().to_string()).collect();
        return Some(Line::good("files", names.join(", ")));
    }
    if !nova.problems.is_empty() {
        return None;
    }
    if seen.is_compute_node() == Some(true) {
        let what = "this is a compute node, and no configuration of Nova's was found or given: which GPUs Nova reports \
                    is known by its providers alone";
        let remedy = "let the agent's user read nova-compute's files, and name them in nova.config_files if they are \
                      not in /etc/nova";
        return Some(Line::found(
            "files",
            Finding::new(Code::NovaNotFound, "Nova's configuration", what, remedy),
        ));
    }
    Some(Line::note("files", "none found: there is no Nova on this host, or it may not be read"))
}

/// `nvidia-474 for every function, as VGPU (/etc/nova/nova.conf:7)`.
fn enabled(setting: &MdevSetting) -> String {
    let whom = match setting.addresses.as_slice() {
        [] => "every device that can make it".to_owned(),
        [one] => one.to_string(),
        many => counted(many.len(), "device address").replace("addresss", "addresses"),
    };
    let most = setting.max_instances.map(|most| format!(", at most {most} on the host")).unwrap_or_default();
    format!("{} for {whom}, as {}{most} ({})", setting.name, setting.reported_class(), setting.place)
}

fn passed(spec: &DeviceSpec) -> String {
    let class = spec.class.as_deref().unwrap_or("CUSTOM_PCI_<vendor>_<product>");
    format!("passes functions through as {class} ({})", spec.place)
}

/// What is wrong with one enabled type.
fn defects(seen: &Seen<'_>, setting: &MdevSetting) -> Vec<Finding> {
    let mut found = Vec::new();
    let section = format!("[mdev_{}]", setting.name);
    found.extend(class(seen.nova, setting, &section));
    let Some(host) = seen.hardware.as_ref().ok().filter(|host| is_whole(host)) else { return found };
    found.extend(strangers(host, setting, &section));
    found.extend(unmade(host, setting));
    found.extend(unbounded(host, seen.nova, setting, &section));
    found
}

/// A class that VGPU flavors do not ask for.
fn class(nova: &NovaView, setting: &MdevSetting, section: &str) -> Option<Finding> {
    let class = setting.class.as_str();
    if class == "VGPU" {
        return None;
    }
    let alone = nova.mdev_types.iter().all(|other| other.class != "VGPU");
    if setting.addresses.is_empty() {
        let seen = format!(
            "a type without device_addresses is reported as VGPU, whatever mdev_class says, and Nova attaches it for \
             {class}{}: a guest with a VGPU boots without a GPU",
            if alone { " alone" } else { "" }
        );
        let remedy =
            "list the functions in device_addresses, or take mdev_class out; then restart nova-compute";
        return alone.then(|| Finding::new(Code::NovaAttachesNothing, section, seen, remedy));
    }
    let seen =
        format!("Nova reports its functions as {class}, so a flavor with resources:VGPU does not find them");
    let remedy =
        format!("let flavors ask for resources:{class}=1; or take mdev_class out and restart nova-compute");
    Some(Finding::new(Code::MdevClassOther, section, seen, remedy))
}

/// Whether everything that could make a vGPU was seen.
fn is_whole(host: &HostSnapshot) -> bool {
    let read = host.gpus.values().all(|gpu| gpu.blinded_by().is_none());
    read && host.problems.is_empty() && host.files.is_empty() && !host.gpus.is_empty()
}

/// Every function of the GPU that could hand something out, itself among them.
fn functions(gpu: &Gpu) -> impl Iterator<Item = (PciAddress, &VgpuInterface)> {
    let own = std::iter::once((gpu.address, &gpu.interface));
    own.chain(gpu.functions.values().map(|function| (function.address, &function.interface)))
}

fn strangers(host: &HostSnapshot, setting: &MdevSetting, section: &str) -> Option<Finding> {
    let here: BTreeSet<PciAddress> =
        host.gpus.values().flat_map(|gpu| functions(gpu).map(|(address, _)| address)).collect();
    let missing: Vec<String> =
        setting.addresses.iter().filter(|address| !here.contains(address)).map(ToString::to_string).collect();
    let first = missing.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let more = if missing.len() > 3 { ", …" } else { "" };
    let seen = format!(
        "{} of {} in device_addresses are not functions of a GPU of this host: {first}{more}",
        missing.len(),
        setting.addresses.len()
    );
    let remedy = "correct the list (`discover --vfs` shows the functions), or enable the functions before nova-compute \
                  starts (/usr/lib/nvidia/sriov-manage -e ALL)";
    (!missing.is_empty()).then(|| Finding::new(Code::MdevAddressUnknown, section, seen, remedy))
}

fn makers<'a>(host: &'a HostSnapshot, nova: &'a NovaView, setting: &'a MdevSetting) -> Vec<&'a Gpu> {
    let makes = |(function, interface): (PciAddress, &VgpuInterface)| {
        let VgpuInterface::Mdev { types } = interface else { return false };
        let chosen = nova.mdev_type_of(function).is_some_and(|one| one.name == setting.name);
        chosen && setting.vgpu_type().is_some_and(|id| types.contains_key(&id))
    };
    host.gpus.values().filter(|gpu| functions(gpu).any(makes)).collect()
}

fn unmade(host: &HostSnapshot, setting: &MdevSetting) -> Option<Finding> {
    // Another maker's type is not ours to judge.
    let id = setting.vgpu_type()?;
    let mine = |function: PciAddress| setting.addresses.is_empty() || setting.addresses.contains(&function);
    let mut all = host.gpus.values().flat_map(functions).filter(|(function, _)| mine(*function));
    let made = all
        .any(|(_, interface)| matches!(interface, VgpuInterface::Mdev { types } if types.contains_key(&id)));
    if made {
        return None;
    }
    let known = host.gpus.values().find_map(|gpu| gpu.vgpu.types.get(&id));
    let named = known.map(|one| format!(" ({})", one.name)).unwrap_or_default();
    let seen = format!("no function of this host can make {}{named} as a mediated device", setting.name);
    let remedy = "see what they can make: `discover --types` and `--vfs`. Types of GPU instances need MIG on, others \
                  MIG off; functions must be enabled; newer kernels have no mediated devices ([pci]device_spec then)";
    Some(Finding::new(Code::MdevTypeUnmade, &setting.place, seen, remedy))
}

/// `max_instances` counts on the host, not on each GPU.
fn unbounded(host: &HostSnapshot, nova: &NovaView, setting: &MdevSetting, section: &str) -> Option<Finding> {
    let gpus = makers(host, nova, setting);
    let most = setting.max_instances.filter(|_| gpus.len() > 1)?;
    let seen = format!(
        "max_instances = {most} holds for the whole host, and {} make the type: Nova reports the first {most} and \
         nothing of the rest",
        counted(gpus.len(), "GPU")
    );
    let remedy = "take it out, and list in device_addresses of each GPU as many functions as it can have of the type \
                  (`discover --types`, MOST)";
    Some(Finding::new(Code::MdevUnbounded, section, seen, remedy))
}
