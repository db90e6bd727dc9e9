//! What would have to change for more to be offered.

use crate::model::{DeviceDecision, Gpu, Mode, Reason};

use super::Provider;

pub(super) fn more(device: &DeviceDecision, providers: &[Provider], gpu: Option<&Gpu>) -> Vec<String> {
    let of_mode = match device.mode {
        Mode::Verify => {
            Some("change [pci]device_spec and restart nova-compute: Nova's PCI tracker says what it gives")
        }
        Mode::Ignore => Some("take it out of devices.ignore, or let who reports it give it up"),
        Mode::Own | Mode::Decorate | Mode::Hold | Mode::Reserve | Mode::Gone => None,
    };
    let mut all: Vec<String> = of_mode.map(str::to_owned).into_iter().collect();
    let mut say = |text: Option<String>| {
        if let Some(text) = text.filter(|text| !all.contains(text)) {
            all.push(text);
        }
    };
    say(unlock(&device.reason, gpu));
    for one in providers {
        let reasons = [Some(&one.reason), one.fault.as_ref()].into_iter().flatten();
        for reason in reasons.filter(|reason| **reason != device.reason) {
            say(unlock(reason, gpu).map(|text| format!("{}: {text}", one.plain)));
        }
    }
    all
}

/// What lifts a reason; none where it limits nothing.
fn unlock(reason: &Reason, gpu: Option<&Gpu>) -> Option<String> {
    let at = gpu.map_or_else(|| "<address>".to_owned(), |gpu| gpu.address.to_string());
    let text = match reason {
        Reason::Cut { .. } => return None,
        Reason::Given { .. } => return None,
        Reason::NobodyElse | Reason::NovaMdev { .. } | Reason::NovaPci { .. } | Reason::Carries { .. } => return None,
        Reason::LeftAlone | Reason::RootRenamed | Reason::Policy | Reason::Purge(_) => return None,
        Reason::Pinned => "take the GPU out of devices.modes, if its mode is not meant".to_owned(),
        Reason::Shared { .. } => "give the kinds functions or GPU instances of their own, so that they do not compete".to_owned(),
        Reason::Withheld { .. } => "wait for the guests of the earlier cut to leave, or move them".to_owned(),
        Reason::OverPromised { .. } => "move guests away, or cut the GPU instances again that they were placed on".to_owned(),
        Reason::NotAttachable => {
            "let Nova report the GPU ([devices]enabled_mdev_types or [pci]device_spec), or set own.attachable = \"yes\" if \
             something else attaches it".to_owned()
        }
        Reason::NotCut { used } => format!("cut GPU instances of it again{}", staying(*used)),
        Reason::NotGiven { used } => {
            format!("give functions the type again, in a GPU instance where it needs one{}", staying(*used))
        }
        Reason::NoType { .. } => "choose a type in devices.vgpu_types, or set one on the functions".to_owned(),
        Reason::NoFunction { .. } => "enable functions that can carry it (sriov-manage), or enable its type for them".to_owned(),
        Reason::UnusableType { .. } => "take the type off those functions, or change the MIG mode back".to_owned(),
        Reason::NothingCut => format!("cut it: `nvidia-smi mig -i {at} -lgip` lists the profiles"),
        Reason::NotMig(_) => "enable MIG mode and cut it, or set up vGPU types, where the GPU can".to_owned(),
        Reason::MigEnding => format!("reset the GPU when it is idle, or set MIG mode back (`nvidia-smi -i {at} -mig 1`)"),
        Reason::ReportedElsewhere { by, .. } => format!("let {by} give it up: no device is reported twice"),
        Reason::BeyondBudget { plain } => format!("cut more GPU instances for {plain}, or take guests off: a function gets its trait when the GPU can give one more"),
        Reason::NovaMakesNone => "enable a type in [devices]enabled_mdev_types and restart nova-compute".to_owned(),
        Reason::NovaLooksElsewhere { .. } => "give the type mdev_class VGPU, or list its functions in device_addresses; then restart nova-compute".to_owned(),
        Reason::NovaCannotMake { .. } => "bring the function back as nova.conf has it, or correct nova.conf".to_owned(),
        Reason::Absent => "put the GPU back, or look why it is not on the bus (`lspci -d 10de:`)".to_owned(),
        Reason::Ill { .. } | Reason::PartlyIll { .. } => format!("move its guests, then reset the GPU (`nvidia-smi --gpu-reset -i {at}`)"),
        Reason::Blind { .. } => "let the GPU be read again: see the findings".to_owned(),
        Reason::Settling { .. } => "wait until the hardware has looked the same for a while".to_owned(),
        Reason::Leaving { .. } => "bring back what is not seen any more".to_owned(),
        Reason::Contested { .. } => "find who else writes to the provider".to_owned(),
        Reason::TreeLeaving => "wait a minute: the compute node may be on its way out".to_owned(),
        Reason::Taken { .. } => "rename or delete the provider that has the name or UUID".to_owned(),
        Reason::NameTooLong { .. } => "shorten the compute node's hypervisor hostname".to_owned(),
    };
    Some(text)
}

fn staying(guests: u32) -> &'static str {
    if guests > 0 { "; its guests may stay" } else { "" }
}
