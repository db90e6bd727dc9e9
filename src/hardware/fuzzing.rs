//! The narrow door of the fuzz targets (`fuzz/`) to what is private here. Not there without the feature `fuzzing`.

use std::path::Path;
use std::time::Instant;

use super::events::uevent::Uevent;
use super::message::{Assembly, End, Message};
use super::nvml::Recording;
use super::sysfs::{self, BusSkip, Word, parse};
use super::{Case, finished};
use crate::model::{Gpu, HostSnapshot, PciAddress, PciDeviceId};

/// A recorded host from the text of its `nvml.json`.
///
/// # Errors
///
/// What is wrong with the text.
pub fn case(text: &str) -> Result<Case, String> {
    Recording::read(text).map(Case::of)
}

/// The text of its `nvml.json`.
pub fn printed(case: &Case) -> String {
    case.recording().print()
}

/// What a scan makes of a tree in the form of sysfs, on a host where NVML shows these GPUs and tells nothing of
/// them.
pub fn sysfs(root: &Path, gpus: &[PciAddress]) -> Option<HostSnapshot> {
    let (sender, receiver) = std::sync::mpsc::channel();
    sysfs::host(root, &BusSkip::default(), &|word| drop(sender.send(word)));
    let mut assembly = Assembly::default();
    assembly.absorb(Message::Bus(Word::Begun));
    receiver.try_iter().any(|word| assembly.absorb(Message::Bus(word)));
    let devices = u32::try_from(gpus.len()).ok()?;
    assembly.absorb(Message::Opened { driver: None, devices });
    for (index, address) in (0..).zip(gpus) {
        assembly.absorb(Message::Read { index, gpu: Gpu::unread(*address, PciDeviceId::new(0x20b0)) });
    }
    assembly.absorb(Message::Closed(Ok(())));
    finished(&assembly, End::Closed, Instant::now()).ok()
}

/// What the texts of sysfs mean, each reader's answer as it shows itself.
pub fn sysfs_text(text: &str) -> [String; 8] {
    [
        format!("{:?}", parse::number(text)),
        format!("{:?}", parse::numa_node(text)),
        format!("{:?}", parse::id_once_there(text)),
        format!("{:?}", parse::board(text)),
        format!("{:?}", parse::mdev_type(text)),
        format!("{:?}", parse::current_type(text)),
        format!("{:?}", parse::description(text)),
        format!("{:?}", parse::creatable(text)),
    ]
}

/// A uevent's action, path, subsystem and PCI id, and whether it can be about GPUs.
pub fn uevent(message: &[u8]) -> Option<([&str; 3], Option<&str>, bool)> {
    let uevent = Uevent::parse(message)?;
    Some(([uevent.action, uevent.path, uevent.subsystem], uevent.pci_id, uevent.concerns_gpus()))
}
