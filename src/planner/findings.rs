//! What an operator should know about a decision. Every line names what to do.

use crate::model::{
    Code, DeviceProblem, Finding, Gpu, HiddenGpu, HostSnapshot, MigMode, Mode, PciAddress, ProviderState,
    Reason,
};

use super::desired::Desired;
use super::device::Device;
use super::health::{self, Ailment};
use super::lacks::of_lack;
use super::{Attachable, Facts, HealthAction, ModeRule, Policy, attach, capacity, mode, verify};

/// What a scan alone shows, whatever Placement holds.
pub fn hardware_findings(snapshot: &HostSnapshot, policy: &Policy) -> Vec<Finding> {
    let readable = snapshot.gpus.values().filter(|gpu| gpu.blinded_by().is_none());
    let lacking =
        readable.flat_map(|gpu| capacity::of(gpu, policy).lacks.into_iter().map(move |lack| (gpu, lack)));
    problems(snapshot, policy)
        .into_iter()
        .chain(lacking.filter_map(|(gpu, lack)| of_lack(gpu, &lack)))
        .collect()
}

/// What went wrong or is about to change, of the host and of each GPU.
fn problems(snapshot: &HostSnapshot, policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if snapshot.gpus.is_empty() && snapshot.problems.is_empty() && snapshot.failed.is_none() {
        findings.push(Finding::new(
            Code::NoGpu,
            "this host",
            "NVML works and knows no GPU",
            "see whether `nvidia-smi -L` shows the GPUs. Nothing in Placement is changed because of it; if this host \
             has no GPUs, do not run the agent here",
        ));
    }
    for problem in &snapshot.problems {
        findings.push(of_problem(&format!("GPU with NVML index {}", problem.index), &problem.problem));
    }
    findings
        .extend(snapshot.files.iter().map(|file| of_problem("sysfs", &DeviceProblem::File(file.clone()))));
    let wanted = snapshot.hidden.iter().filter(|(_, gpu)| !gpu.is_passed_through());
    findings.extend(wanted.map(|(address, gpu)| of_hidden(*address, gpu)));
    for (address, gpu) in &snapshot.gpus {
        findings.extend(of_gpu(gpu));
        let ailments = health::ailments(gpu, &policy.health);
        findings.extend(ailments.iter().map(|ailment| of_ailment(*address, ailment)));
        if let MigMode::Supported { current, pending } = gpu.mig
            && current != pending
        {
            findings.push(Finding::new(
                Code::MigPending,
                address,
                format!("MIG is {}", gpu.mig),
                format!("reset the GPU when it is idle (`nvidia-smi --gpu-reset -i {address}`), or set the mode back"),
            ));
        }
    }
    findings
}

/// What concerns the whole host.
pub(super) fn of_host(facts: Facts<'_>) -> Vec<Finding> {
    let mut findings = problems(facts.snapshot, facts.policy);
    findings.extend(facts.nova.problems.iter().cloned());
    let guarded = !facts.policy.attachable.permits(facts.tree.is_compute_node());
    let owned = |gpu: &&Gpu| mode::mode(facts, gpu.address).0 == Mode::Own;
    let mut owned = facts.snapshot.gpus.values().filter(owned);
    if guarded && owned.any(|gpu| !capacity::of(gpu, facts.policy).offers.is_empty()) {
        let (seen, remedy) = match facts.policy.attachable {
            Attachable::No => (
                "own.attachable is \"no\", so all that this agent owns is reserved",
                "nothing, if it is meant so; else set own.attachable = \"auto\", which reserves under a compute node of \
                 Nova's alone, or \"yes\" if something other than Nova's libvirt driver attaches them",
            ),
            Attachable::Auto | Attachable::Yes => (
                "Nova on a compute node attaches nothing that this agent owns, so all of it is reserved",
                "a flavor would boot guests without a GPU, so none is scheduled here. Let Nova report the GPUs, or \
                 set own.attachable = \"yes\" if something other than Nova's libvirt driver attaches them; \
                 `nova-config` prints what Nova has to be told",
            ),
        };
        findings.push(Finding::new(Code::NotAttachable, facts.tree.root_name(), seen, remedy));
    }
    findings
}

/// What concerns one GPU and its providers.
pub(super) fn of_device(facts: Facts<'_>, address: PciAddress, device: &Device<'_>) -> Vec<Finding> {
    let of_providers = device.desired.iter().filter_map(of_provider);
    let verified = facts.snapshot.gpus.get(&address).filter(|_| device.mode == Mode::Verify);
    let of_providers =
        of_providers.chain(verified.into_iter().flat_map(|gpu| verify::differences(facts, gpu)));
    let gpu = facts.snapshot.gpus.get(&address).filter(|_| device.mode == Mode::Own);
    let of_lacks = gpu.into_iter().flat_map(|gpu| device.lacks.iter().filter_map(|lack| of_lack(gpu, lack)));
    let refused = mode::offered_by_nova(facts.tree, address)
        .filter(|_| ModeRule::choose(&facts.policy.modes, address) == Some(Mode::Own))
        .map(|provider| {
            let seen = format!("devices.modes says own, but Nova offers it as {provider}");
            let remedy = "take it out of Nova's configuration, restart nova-compute, and delete Nova's provider when \
                          nobody uses it: no device is offered twice";
            Finding::new(Code::PinRefused, address, seen, remedy)
        });
    let unattached = attach::findings(address, device.mode, &device.decorated);
    of_lacks.chain(refused).chain(unattached).chain(of_reason(address, device)).chain(of_providers).collect()
}

/// What could not be read of one GPU. Whatever is refused is refused for one reason, and told once.
fn of_gpu(gpu: &Gpu) -> Vec<Finding> {
    let subject = gpu.address.to_string();
    let refused = |problem: &&DeviceProblem| matches!(problem, DeviceProblem::NoPermission { .. });
    let mut findings: Vec<Finding> = Vec::new();
    let (refused, others): (Vec<_>, Vec<_>) = gpu.problems.iter().partition(refused);
    if let Some((first, further)) = refused.split_first() {
        let mut finding = of_problem(&subject, first);
        for problem in further {
            if let DeviceProblem::NoPermission { call } = problem {
                finding.seen.push_str(&format!(", nor for {call}"));
            }
        }
        findings.push(finding);
    }
    let needed = others.into_iter().filter(|problem| !matches!(problem, DeviceProblem::Missing { .. }));
    findings.extend(needed.map(|problem| of_problem(&subject, problem)));
    findings
}

fn of_problem(subject: &str, problem: &DeviceProblem) -> Finding {
    let (code, remedy) = match problem {
        DeviceProblem::Lost { .. } => (
            Code::GpuLost,
            "see `dmesg | grep -i xid`; the GPU needs a reset or the host a reboot. Its providers stay as they are",
        ),
        DeviceProblem::NoPermission { .. } => (
            Code::NoPermission,
            "run as root with CAP_SYS_ADMIN, or give read access to /dev/nvidia-caps (nvidia-modprobe -f \
             /proc/driver/nvidia/capabilities/mig/monitor). The GPU's providers stay as they are",
        ),
        DeviceProblem::Unreadable { .. } | DeviceProblem::Missing { .. } => (
            Code::GpuUnreadable,
            "see whether `nvidia-smi mig -lgi` works, and `dmesg | grep -i -e nvrm -e xid`. The GPU's providers stay as they \
             are",
        ),
        DeviceProblem::File(_) => (
            Code::FileUnreadable,
            "look at the file and at the kernel log. What it would tell counts as not there, so that less is offered \
             at most; GPU instances are known without it",
        ),
        DeviceProblem::UnknownProfile { .. } => (
            Code::UnknownProfile,
            "this instance is not offered; the others are. Update the driver, or report the profile",
        ),
    };
    Finding::new(code, subject, problem, remedy)
}

fn of_ailment(address: PciAddress, ailment: &Ailment) -> Finding {
    let subject = match ailment.instance {
        Some(instance) => format!("{address} GPU instance {instance}"),
        None => address.to_string(),
    };
    let (code, remedy) = match ailment.action {
        HealthAction::Reserve => (
            Code::GpuIll,
            format!(
                "nothing new is put on it, its guests stay. Move them, then reset the GPU \
                 (`nvidia-smi --gpu-reset -i {address}`) or reboot the host, as `nvidia-smi -q -i {address}` and the \
                 kernel log say{}",
                // Of an event nothing in the driver tells that it is over, where it knows no recovery action.
                if ailment.xid {
                    format!(". If it stays after that: `nvidia-placement-agent heal {address}`")
                } else {
                    String::new()
                }
            ),
        ),
        HealthAction::Warn | HealthAction::Ignore => (
            Code::GpuAilment,
            format!("guests are still put on it. See the kernel log and `nvidia-smi -q -i {address}`"),
        ),
    };
    Finding::new(code, subject, &ailment.what, remedy)
}

fn of_hidden(address: PciAddress, gpu: &HiddenGpu) -> Finding {
    let (seen, remedy) = match gpu.driver.as_deref() {
        Some("nvidia") => (
            "bound to the nvidia driver, and NVML does not show it".to_owned(),
            "see the kernel log for NVRM and Xid lines: it did not come up, or fell off the bus",
        ),
        Some(driver) => (
            format!("bound to {driver}, so NVML does not show it"),
            "bind it to the nvidia driver if it is for vGPUs or MIG, or to vfio-pci if it is for passthrough",
        ),
        None => (
            "on the PCI bus without a driver".to_owned(),
            "bind it to the nvidia driver if it is for vGPUs or MIG, or to vfio-pci if it is for passthrough",
        ),
    };
    Finding::new(Code::GpuHidden, address, seen, remedy)
}

fn of_reason(address: PciAddress, device: &Device<'_>) -> Option<Finding> {
    let (code, remedy) = match &device.reason {
        Reason::ReportedElsewhere { .. } => {
            (Code::ReportedElsewhere, "nothing: a GPU is never reported twice")
        }
        Reason::Absent => (
            Code::GpuAbsent,
            "its providers are drained and parked. If it should be there: `lspci -d 10de:` and the kernel log",
        ),
        _ => return None,
    };
    Some(Finding::new(code, address, &device.reason, remedy))
}

fn of_provider(desired: &Desired<'_>) -> Option<Finding> {
    let name = desired.existing.map(|provider| provider.name.clone());
    let name = name.or_else(|| desired.name.as_ref().ok().map(ToString::to_string));
    let name = name.unwrap_or_else(|| format!("{} {}", desired.identity.address, desired.identity.kind));
    let (code, remedy) = match (&desired.reason, desired.state) {
        (Reason::OverPromised { .. }, _) => (
            Code::OverPromised,
            "guests hold allocations of what is not there any more (`tree` names them): move or delete them, or bring it back: \
             cut the instances again, give functions their type again",
        ),
        (Reason::Shared { .. }, _) => (
            Code::Withheld,
            "nothing, or give the kinds functions or GPU instances of their own, so that they do not compete",
        ),
        (Reason::Withheld { .. }, _) => (Code::Withheld, "nothing: it is offered as those guests leave"),
        (Reason::NameTooLong { .. }, _) => {
            let remedy = "it takes a shorter hypervisor hostname; nova-compute refuses to start after a rename, so move the \
                          guests and delete the compute service first. Until then this is not offered";
            (Code::NameTooLong, remedy)
        }
        (Reason::Taken { .. }, _) => (
            Code::Taken,
            "see `openstack resource provider show <uuid>`: rename or delete it if nobody needs it",
        ),
        (Reason::Contested { .. }, _) => (
            Code::Contested,
            "find the other writer: Placement's log has each request with its user (`grep` for the provider's UUID, which \
             `tree --format json` has). Another agent for this root, a script, an operator",
        ),
        (Reason::Absent | Reason::Blind { .. }, ProviderState::Reserve) => (
            Code::GpuReserved,
            "nothing is lost: it is offered again when the GPU can be read. `discover` shows what is wrong",
        ),
        (_, ProviderState::Drain) => {
            (Code::Draining, "nothing: it is parked when its guests have left. `tree` names them")
        }
        _ => return None,
    };
    Some(Finding::new(code, name, &desired.reason, remedy))
}
