//! The hardware: whether it can be read, and of each GPU who reports it, what it gives, and what keeps it from that.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Code, DeviceDecision, Finding, Gpu, HostSnapshot, Mode, NovaProviderDecision, NovaWay, PciAddress,
    Reason, VgpuInterface, nova_function,
};
use crate::planner;

use super::{Findings, Line, Seen, Subject, counted};

/// The host's part, with every finding that is nobody else's.
pub(super) fn hardware(seen: &Seen<'_>, left: Vec<Finding>) -> Subject {
    let mut lines = vec![match &seen.hardware {
        Ok(host) => Line::good("NVML", sum(host)),
        Err(finding) => Line::found("NVML", finding.clone()),
    }];
    lines.extend(left.into_iter().map(|finding| Line::found("finding", finding)));
    Subject::new("Hardware", lines)
}

fn sum(host: &HostSnapshot) -> String {
    let driver = host.driver.as_deref().unwrap_or("of unknown version");
    let functions: usize = host.gpus.values().map(|gpu| gpu.functions.len()).sum();
    let count = host.gpus.len() + host.problems.len();
    let mut text = format!("driver {driver}, {}", counted(count, "GPU"));
    if functions > 0 {
        text.push_str(&format!(" with {}", counted(functions, "virtual function")));
    }
    text
}

/// A subject for each GPU that is there, or that a provider remembers.
pub(super) fn subjects(seen: &Seen<'_>, findings: &mut Findings) -> Vec<Subject> {
    let nothing = HostSnapshot::default();
    let host = seen.hardware.as_ref().unwrap_or(&nothing);
    let devices = match seen.decided() {
        Some((_, decision)) => decision.devices.clone(),
        None => planner::prospects(host, seen.nova, seen.policy),
    };
    devices.iter().map(|(address, device)| subject(seen, host, *address, device, findings)).collect()
}

fn subject(
    seen: &Seen<'_>,
    host: &HostSnapshot,
    address: PciAddress,
    device: &DeviceDecision,
    findings: &mut Findings,
) -> Subject {
    let gpu = host.gpus.get(&address);
    let product = gpu.map_or("not seen on this host", |gpu| gpu.product.as_str());
    let mut lines = vec![mode(device)];
    let novas = seen.decided().map(|(_, decision)| of_device(&decision.nova_providers, address));
    let novas = novas.unwrap_or_default();
    lines.extend(gives(device, &novas));
    lines.extend(beyond(address, device, &novas));
    if let Some(gpu) = gpu {
        lines.extend(layout(seen, gpu).map(|finding| Line::found("layout", finding)));
        lines.extend(drivers(gpu).map(|finding| Line::found("functions", finding)));
    }
    let mine = findings.take(|finding| is_about(seen, finding, address));
    lines.extend(mine.into_iter().map(|finding| Line::found("finding", finding)));
    Subject::new(format!("{address}  {product}"), lines)
}

fn mode(device: &DeviceDecision) -> Line {
    let nothing = device.mode == Mode::Own && device.offers.is_empty();
    let text = if nothing {
        // Why is a finding of its own.
        format!("{}, and it offers nothing now", device.mode)
    } else {
        format!("{}: {}", device.mode, device.reason)
    };
    match device.mode {
        Mode::Own | Mode::Decorate | Mode::Verify | Mode::Ignore => Line::good("mode", text),
        Mode::Hold | Mode::Reserve | Mode::Gone => Line::note("mode", text),
    }
}

fn of_device(all: &[NovaProviderDecision], address: PciAddress) -> Vec<&NovaProviderDecision> {
    all.iter().filter(|provider| provider.device == address).collect()
}

/// What guests can get of it.
fn gives(device: &DeviceDecision, novas: &[&NovaProviderDecision]) -> Option<Line> {
    match device.mode {
        Mode::Own if device.offers.is_empty() => None,
        Mode::Own => {
            let offers: Vec<String> =
                device.offers.iter().map(|offer| format!("{} × {}", offer.units, offer.plain)).collect();
            Some(Line::good("gives", offers.join(", ")))
        }
        Mode::Decorate if !novas.is_empty() => {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for provider in novas {
                if let Reason::Carries { plain } = &provider.reason {
                    *counts.entry(plain.as_str()).or_default() += 1;
                }
            }
            let given: Vec<String> =
                counts.iter().map(|(plain, count)| format!("{count} × {plain}")).collect();
            let functions = counted(novas.len(), "function");
            (!given.is_empty())
                .then(|| Line::good("gives", format!("{} on {functions} of Nova's", given.join(", "))))
        }
        Mode::Decorate => {
            Some(Line::note("gives", "Nova has no provider of it yet: it makes them when it starts"))
        }
        _ => None,
    }
}

/// Nova offers more of it than there is.
fn beyond(address: PciAddress, device: &DeviceDecision, novas: &[&NovaProviderDecision]) -> Option<Line> {
    if device.mode != Mode::Decorate {
        return None;
    }
    let beyond = novas.iter().filter(|one| matches!(one.reason, Reason::BeyondBudget { .. })).count();
    let carry = novas.iter().filter(|one| matches!(one.reason, Reason::Carries { .. })).count();
    let plain = novas.iter().find_map(|one| match &one.reason {
        Reason::BeyondBudget { plain } => Some(plain.as_str()),
        _ => None,
    })?;
    let finding = if carry == 0 {
        let seen = format!(
            "Nova is to make a {plain} on {} of it, and it can give none",
            counted(beyond, "function")
        );
        let remedy = format!(
            "cut GPU instances for it (`nvidia-smi mig -i {address} -lgi` shows what there is), change the MIG mode, or \
             enable another type"
        );
        Finding::new(Code::NothingBehind, address, seen, remedy)
    } else {
        let seen = format!(
            "Nova offers {} of it, and it can give {carry}: a flavor without a trait may land where none can be made",
            counted(beyond + carry, "function")
        );
        let remedy = format!(
            "let flavors require the trait, or list {carry} of its functions in [mdev_<type>]device_addresses"
        );
        Finding::new(Code::MdevUnbounded, address, seen, remedy)
    };
    Some(Line::found("functions", finding))
}

/// Which layout the functions have, against what Nova is told.
fn layout(seen: &Seen<'_>, gpu: &Gpu) -> Option<Finding> {
    let nova = seen.nova;
    if !nova.is_known() {
        return None;
    }
    let functions = gpu.functions.values().map(|function| (function.address, &function.interface));
    let all: Vec<_> = functions.chain([(gpu.address, &gpu.interface)]).collect();
    let is_mdev = |interface: &VgpuInterface| matches!(interface, VgpuInterface::Mdev { .. });
    let is_vendor = |interface: &VgpuInterface| matches!(interface, VgpuInterface::Vendor { .. });
    let passed = all.iter().any(|(function, _)| {
        let parent = Some(gpu.address).filter(|parent| parent != function);
        nova.device_spec_of(*function, parent, gpu.board).is_some()
    });
    let enabled = nova.mdev_types.first();
    let say =
        |seen: String, remedy: &str| Some(Finding::new(Code::LayoutMismatch, gpu.address, seen, remedy));
    let pass = "pass them through with [pci]device_spec (\"managed\": \"no\"), [pci]alias and report_in_placement; \
                flavors then ask for the alias, not for VGPU";
    if all.iter().any(|(_, interface)| is_vendor(interface)) {
        return match enabled {
            _ if passed => None,
            Some(setting) => say(
                format!(
                    "its functions hand vGPUs out by vendor-specific VFIO, where Nova makes no mediated devices: \
                     [devices]enabled_mdev_types in {} does nothing for it",
                    setting.place
                ),
                pass,
            ),
            None => say(
                "its functions hand vGPUs out by vendor-specific VFIO, and no [pci]device_spec of Nova's passes them \
                 through"
                    .to_owned(),
                pass,
            ),
        };
    }
    let mdev: Vec<_> = all.iter().filter(|(_, interface)| is_mdev(interface)).collect();
    if mdev.is_empty() || mdev.iter().any(|(function, _)| nova.mdev_type_of(*function).is_some()) {
        return None;
    }
    let enable = "enable a type in [devices]enabled_mdev_types (`discover --types` lists them: nvidia-<id>), and \
                  restart nova-compute";
    if passed {
        let text = "its functions make mediated devices, and Nova is told to pass them through (device_spec): a guest \
                    would get a bare function without a vGPU";
        return say(text.to_owned(), enable);
    }
    say("its functions can make mediated devices, and Nova is told to make none of them".to_owned(), enable)
}

/// Functions that hand nothing out, because somebody else's driver has them.
fn drivers(gpu: &Gpu) -> Option<Finding> {
    let wrong = gpu.functions.values().filter(|function| {
        let nvidias = function.driver.as_deref().is_some_and(|driver| driver.starts_with("nvidia"));
        function.interface == VgpuInterface::None && !nvidias
    });
    let wrong: Vec<_> = wrong.collect();
    let first = wrong.first()?;
    let drivers: BTreeSet<&str> =
        wrong.iter().map(|function| function.driver.as_deref().unwrap_or("no driver")).collect();
    let seen = format!(
        "{} of {} hand{} no vGPUs out, bound to {}",
        wrong.len(),
        counted(gpu.functions.len(), "function"),
        if wrong.len() == 1 { "s" } else { "" },
        drivers.into_iter().collect::<Vec<_>>().join(", ")
    );
    let remedy = format!(
        "give them back to NVIDIA's driver: `driverctl unset-override {0}`, or unbind {0} and echo it to \
         /sys/bus/pci/drivers/nvidia/bind; Nova's device_spec needs \"managed\": \"no\" to leave them there",
        first.address
    );
    Some(Finding::new(Code::FunctionDriver, gpu.address, seen, remedy))
}

/// Whether a finding is about that GPU: by its address, or by a provider of it.
fn is_about(seen: &Seen<'_>, finding: &Finding, address: PciAddress) -> bool {
    let first = finding.subject.split(' ').next().unwrap_or_default();
    if first.parse::<PciAddress>().is_ok_and(|at| at == address) {
        return true;
    }
    let Some((tree, decision)) = seen.decided() else { return false };
    let ours = decision.providers.iter().find(|provider| provider.name == finding.subject);
    let novas = || nova_function(tree.root_name(), &finding.subject);
    match ours {
        Some(provider) => provider.identity.address == address,
        None => novas().is_some_and(|(function, _): (PciAddress, NovaWay)| function.same_bus(address)),
    }
}
