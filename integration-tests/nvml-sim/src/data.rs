//! The boards that can be simulated: every MIG model of `data/mig-profiles.json`, and a few boards
//! without MIG.

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

pub(crate) mod vgpu;

#[derive(Deserialize)]
struct Tables {
    models: Vec<Model>,
}

/// A MIG-capable model and what it can be cut into.
#[derive(Clone, Debug, Deserialize)]
pub struct Model {
    /// What a host file calls it.
    pub model: String,
    /// The names that NVML gives to boards of this model.
    pub product_names: Vec<String>,
    /// Device and vendor id as NVML prints them, `0x20B010DE`.
    pub pci_device_ids: Vec<String>,
    /// Memory slots: what placements are counted in.
    pub total_slots: u32,
    /// Compute slices that all instances share.
    pub compute_slices: u32,
    /// In the order of the table, which is the order of NVML's enum within each family.
    pub profiles: Vec<Profile>,
}

/// A GPU-instance profile of a model. `None`: not known for this model.
#[derive(Clone, Debug, Deserialize)]
pub struct Profile {
    /// `NVML_GPU_INSTANCE_PROFILE_*`: the argument of the profile-info calls, and of no other.
    pub nvml_enum: u32,
    /// The argument of every other call.
    pub profile_id: u32,
    /// Without NVML's prefix `MIG `.
    pub name: String,
    /// Compute slices.
    pub compute_slices: u32,
    /// How many of this profile fit at most.
    pub max_instances: u32,
    /// MiB.
    pub memory_mb: Option<u64>,
    /// Streaming multiprocessors.
    pub multiprocessors: Option<u32>,
    /// Copy engines.
    pub copy_engines: Option<u32>,
    /// Video decoders.
    pub decoders: Option<u32>,
    /// Video encoders.
    pub encoders: Option<u32>,
    /// JPEG engines.
    pub jpeg: Option<u32>,
    /// Optical-flow engines.
    pub ofa: Option<u32>,
    /// Peer to peer between instances.
    pub p2p: bool,
    /// `(start, size)` in memory slots.
    pub placements: Vec<(u32, u32)>,
}

/// A board without MIG: no geometry to know, a name, an id and its memory in MiB.
pub(crate) struct PlainBoard {
    pub(crate) model: &'static str,
    pub(crate) product_name: &'static str,
    pub(crate) pci_device_id: &'static str,
    pub(crate) memory_mib: u64,
}

/// They exist here so that a mixed host can be described.
pub(crate) const PLAIN_BOARDS: &[PlainBoard] = &[
    PlainBoard { model: "L4", product_name: "NVIDIA L4", pci_device_id: "0x27B810DE", memory_mib: 23034 },
    PlainBoard { model: "L40", product_name: "NVIDIA L40", pci_device_id: "0x26B510DE", memory_mib: 46068 },
    PlainBoard { model: "A16", product_name: "NVIDIA A16", pci_device_id: "0x25B610DE", memory_mib: 15356 },
    PlainBoard { model: "A10", product_name: "NVIDIA A10", pci_device_id: "0x223610DE", memory_mib: 23028 },
    PlainBoard {
        model: "RTX-6000-Ada",
        product_name: "NVIDIA RTX 6000 Ada Generation",
        pci_device_id: "0x26B110DE",
        memory_mib: 49140,
    },
    PlainBoard { model: "T4", product_name: "Tesla T4", pci_device_id: "0x1EB810DE", memory_mib: 15360 },
    PlainBoard { model: "L40S", product_name: "NVIDIA L40S", pci_device_id: "0x26B910DE", memory_mib: 46068 },
    PlainBoard { model: "A40", product_name: "NVIDIA A40", pci_device_id: "0x223510DE", memory_mib: 46068 },
];

static MODELS: Mutex<Option<&'static [Model]>> = Mutex::new(None);

/// Every MIG-capable model, in the order of the data.
///
/// A data file that does not parse leaves no models: every host is then refused by name, and the test beside
/// this file fails first.
#[must_use]
pub fn models() -> &'static [Model] {
    let mut models = MODELS.lock().unwrap_or_else(PoisonError::into_inner);
    models.get_or_insert_with(|| {
        let tables = serde_json::from_str::<Tables>(include_str!("../data/mig-profiles.json"));
        Box::leak(tables.map(|tables| tables.models).unwrap_or_default().into_boxed_slice())
    })
}

/// Gives the tables back, so that a library that is loaded and unloaded again and again leaves nothing.
///
/// # Safety
///
/// Nothing that [`models`] gave is used afterwards.
pub(crate) unsafe fn release() {
    let models = MODELS.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(models) = models {
        // SAFETY: it came out of `Box::leak` in `models`, was taken out of the static just now, and nobody uses
        // it any more, by this function's contract.
        drop(unsafe { Box::from_raw(std::ptr::from_ref(models).cast_mut()) });
    }
}

impl Model {
    /// Framebuffer in MiB: the memory in the name of the largest profile.
    pub(crate) fn memory_mib(&self) -> u64 {
        self.profiles.iter().map(Profile::gib_in_name).max().unwrap_or(0) * 1024
    }
}

impl Profile {
    /// The `40` of `7g.40gb`.
    fn gib_in_name(&self) -> u64 {
        let after_dot = self.name.split('.').nth(1).unwrap_or("");
        let digits: String = after_dot.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    }

    /// MiB; where the data does not know it, the rounded figure of the name.
    pub(crate) fn memory_mib(&self) -> u64 {
        self.memory_mb.unwrap_or_else(|| self.gib_in_name() * 1024)
    }

    /// Graphics profiles say so in their name.
    pub(crate) fn is_graphics(&self) -> bool {
        self.name.ends_with("+gfx")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_of_the_data_is_there_and_consistent() {
        assert_eq!(models().len(), 15, "{:?}", models().iter().map(|m| &m.model).collect::<Vec<_>>());
        for model in models() {
            assert!(!model.product_names.is_empty(), "{}", model.model);
            for profile in &model.profiles {
                let what = format!("{} {}", model.model, profile.name);
                assert!(profile.memory_mib() > 0, "{what}");
                assert!(profile.max_instances as usize <= profile.placements.len(), "{what}");
                assert!(profile.compute_slices <= model.compute_slices, "{what}");
                for (start, size) in &profile.placements {
                    assert!(start + size <= model.total_slots, "{what} {start}");
                }
            }
        }
    }
}
