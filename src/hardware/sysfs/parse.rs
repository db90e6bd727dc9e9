//! What texts of sysfs mean. Pure.

use std::collections::BTreeMap;

use crate::model::{PciDeviceId, VgpuTypeId};

/// A decimal number, of `sriov_numvfs` and the like.
pub(in crate::hardware) fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// `numa_node`: -1 where the kernel knows none.
pub(in crate::hardware) fn numa_node(text: &str) -> Option<Option<u32>> {
    if text == "-1" { Some(None) } else { number(text).map(Some) }
}

/// An id that is there once a vGPU is: all ones, however they are written, are none.
pub(in crate::hardware) fn id_once_there(text: &str) -> Option<Option<u32>> {
    if text == "-1" { Some(None) } else { number(text).map(|id| Some(id).filter(|id| *id != u32::MAX)) }
}

/// `vendor`, `device` and `class`: `0x10de`.
pub(in crate::hardware) fn hexadecimal(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// `device`: `0x20b0`.
pub(in crate::hardware) fn board(text: &str) -> Option<PciDeviceId> {
    u16::try_from(hexadecimal(text)?).ok().map(PciDeviceId::new)
}

/// `nvidia-474`, a folder of `mdev_supported_types`.
pub(in crate::hardware) fn mdev_type(name: &str) -> Option<VgpuTypeId> {
    name.strip_prefix("nvidia-").and_then(number).map(VgpuTypeId::new)
}

/// `current_vgpu_type`: 0 where there is none.
pub(in crate::hardware) fn current_type(text: &str) -> Option<Option<VgpuTypeId>> {
    number(text).map(|id| (id != 0).then(|| VgpuTypeId::new(id)))
}

/// What a vGPU type's `description` tells of it beside its display.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::hardware) struct Description {
    /// `framebuffer=1024M`, in MiB.
    pub(in crate::hardware) framebuffer_mib: Option<u64>,
    /// `max_instance=32`.
    pub(in crate::hardware) max_instances: Option<u32>,
}

/// `num_heads=4, frl_config=45, framebuffer=1024M, max_resolution=5120x2880, max_instance=32`. What is not
/// there, or is written in another way, is absent: nothing is decided by it.
pub(in crate::hardware) fn description(text: &str) -> Description {
    let mut found = Description::default();
    for (key, value) in text.split(',').filter_map(|part| part.trim().split_once('=')) {
        match key {
            "framebuffer" => {
                found.framebuffer_mib = value.strip_suffix('M').and_then(|mib| mib.parse().ok());
            }
            "max_instance" => found.max_instances = value.parse().ok(),
            _ => {}
        }
    }
    found
}

/// `creatable_vgpu_types`: a line `<id> : <name>` for each, below a header. On a full card there is the header
/// alone.
pub(in crate::hardware) fn creatable(text: &str) -> Option<BTreeMap<VgpuTypeId, String>> {
    let mut types = BTreeMap::new();
    for (at, line) in text.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let (id, name) = line.split_once(':')?;
        match number(id.trim()) {
            Some(id) => {
                types.insert(VgpuTypeId::new(id), name.trim().to_owned());
            }
            None if at == 0 && id.trim() == "ID" => {}
            None => return None,
        }
    }
    Some(types)
}
