//! What a message of the kernel's `NETLINK_KOBJECT_UEVENT` says. Pure.
//!
//! `add@/devices/pci0000:40/0000:41:00.4`, then `KEY=VALUE` pairs, each ended by a zero.

/// As much of a message as matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::hardware) struct Uevent<'a> {
    /// `add`, `remove`, `bind`, `change`, ….
    pub(in crate::hardware) action: &'a str,
    /// The device below `/sys`.
    pub(in crate::hardware) path: &'a str,
    /// `pci`, `mdev`, `vfio`, ….
    pub(in crate::hardware) subsystem: &'a str,
    /// `PCI_ID`, vendor and device as `10DE:20B0`.
    pub(in crate::hardware) pci_id: Option<&'a str>,
}

/// NVIDIA's vendor id, as `PCI_ID` begins with it.
const NVIDIA: &str = "10DE:";

impl<'a> Uevent<'a> {
    /// Reads a message. `None`: it is none of the kernel's, which udev's own on the same kind of socket are not.
    pub(in crate::hardware) fn parse(message: &'a [u8]) -> Option<Self> {
        let mut parts = message.split(|byte| *byte == 0);
        let (action, path) = std::str::from_utf8(parts.next()?).ok()?.split_once('@')?;
        let mut uevent = Uevent { action, path, subsystem: "", pci_id: None };
        for (key, value) in parts.filter_map(|part| std::str::from_utf8(part).ok()?.split_once('=')) {
            match key {
                "SUBSYSTEM" => uevent.subsystem = value,
                "PCI_ID" => uevent.pci_id = Some(value),
                _ => {}
            }
        }
        (!uevent.subsystem.is_empty()).then_some(uevent)
    }

    /// Whether it can be about what NVIDIA GPUs give to guests.
    pub(in crate::hardware) fn concerns_gpus(&self) -> bool {
        match self.subsystem {
            "pci" => {
                let vendor = self.pci_id.and_then(|id| id.get(..NVIDIA.len()));
                vendor.is_some_and(|vendor| vendor.eq_ignore_ascii_case(NVIDIA))
            }
            // Whose they are is not in the message.
            "mdev" | "vfio" | "vfio-dev" => true,
            _ => false,
        }
    }
}
