//! What a GPU could give and does not, as findings.

use crate::model::{Code, Finding, Gpu, MigMode, Reason};

/// Most vGPU types that a finding lists: an RTX PRO 6000 has dozens.
const MOST_CHOICES: usize = 6;

/// What an operator can do about it. Commands name the GPU: without `-i`, nvidia-smi would cut every GPU of the
/// host.
pub(super) fn of_lack(gpu: &Gpu, lack: &Reason) -> Option<Finding> {
    let address = gpu.address;
    let (code, remedy) = match lack {
        Reason::NothingCut => (Code::NothingCut, cut(gpu)),
        Reason::NotMig(MigMode::Unsupported) => (
            Code::NotMig,
            "nothing: this GPU cannot be cut, and its driver offers no vGPU types (that takes NVIDIA's vGPU host \
             driver)"
                .to_owned(),
        ),
        Reason::NotMig(_) => (
            Code::NotMig,
            format!(
                "nothing, or to cut it: `nvidia-smi -i {address} -mig 1`, and `nvidia-smi --gpu-reset -i {address}` if \
                 it says pending"
            ),
        ),
        Reason::NoType { choices } => (
            Code::NoVgpuType,
            format!(
                "choose one in devices.vgpu_types ({}), or set it on virtual functions: write its id to \
                 /sys/bus/pci/devices/<function>/nvidia/current_vgpu_type",
                listed(choices)
            ),
        ),
        Reason::NoFunction { .. } => (
            Code::NoVgpuFunction,
            format!("{}; then see what its functions could have: `discover --gpu {address}`", enable(gpu)),
        ),
        Reason::UnusableType { known: true, .. } => (
            Code::UnusableVgpuType,
            "take the type off those functions (write 0 to their nvidia/current_vgpu_type), or change the MIG mode \
             back"
                .to_owned(),
        ),
        Reason::UnusableType { .. } => {
            (Code::UnusableVgpuType, "these are not offered. Update the driver, or report the type".to_owned())
        }
        _ => return None,
    };
    Some(Finding::new(code, address, lack, remedy))
}

fn cut(gpu: &Gpu) -> String {
    let address = gpu.address;
    let smallest = gpu.profiles.values().min_by_key(|profile| (profile.compute_slices, profile.memory_mib));
    let example = smallest.map(|profile| format!(" -cgi {}` for one {}", profile.id, profile.name));
    let example = example.unwrap_or_else(|| " -cgi <profile id>`".to_owned());
    let list = format!("`nvidia-smi mig -i {address} -lgip` lists the profiles");
    format!("cut it: `nvidia-smi mig -i {address}{example}; {list}")
}

fn enable(gpu: &Gpu) -> String {
    match gpu.sriov {
        Some(sriov) if sriov.enabled == 0 => {
            format!("enable its virtual functions: `/usr/lib/nvidia/sriov-manage -e {}`", gpu.address)
        }
        _ => "wait, if the host is booting".to_owned(),
    }
}

fn listed(choices: &[String]) -> String {
    let shown: Vec<&str> = choices.iter().take(MOST_CHOICES).map(String::as_str).collect();
    let more = choices.len().saturating_sub(MOST_CHOICES);
    let more = if more == 0 { String::new() } else { format!(" and {more} more: `discover --types`") };
    format!("{}{more}", shown.join(", "))
}
