//! The host file as written, before anything is checked. Its reference is the crate's README.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::GpuState;
use super::XidFile;
use super::bus::{MdevFile, PciFile, SriovFile};
use super::health::{Figures, Health};
use super::joined::TypeEntry;
use super::latency::Latency;
use super::vgpu::VgpuFile;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HostFile {
    pub(super) driver: Option<String>,
    #[serde(default)]
    pub(super) privileged: Privileged,
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) errors: BTreeMap<String, String>,
    pub(super) count_calls: Option<String>,
    #[serde(default)]
    pub(super) latency: BTreeMap<String, Latency>,
    #[serde(default)]
    pub(super) missing: Vec<String>,
    #[serde(default, rename = "gpu")]
    pub(super) gpus: Vec<GpuFile>,
    #[serde(default)]
    pub(super) pci: Vec<PciFile>,
    #[serde(default)]
    pub(super) sysfs: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GpuFile {
    pub(super) address: String,
    pub(super) model: String,
    pub(super) name: Option<String>,
    pub(super) pci_device_id: Option<String>,
    pub(super) uuid: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) minor: Option<u32>,
    pub(super) mig: Option<MigFile>,
    pub(super) mig_pending: Option<Switch>,
    pub(super) state: Option<GpuState>,
    pub(super) lost_after: Option<u32>,
    pub(super) compute_instances: Option<bool>,
    pub(super) vgpu: Option<VgpuFile>,
    #[serde(default)]
    pub(super) health: Health,
    #[serde(default)]
    pub(super) figures: Figures,
    #[serde(default)]
    pub(super) instances: Vec<InstanceFile>,
    #[serde(default)]
    pub(super) errors: BTreeMap<String, String>,
    pub(super) events: Option<Vec<EventFile>>,
    #[serde(default)]
    pub(super) xids: Vec<XidFile>,
    pub(super) on_bus: Option<bool>,
    pub(super) numa_node: Option<u32>,
    pub(super) driver: Option<String>,
    pub(super) sriov: Option<SriovFile>,
    pub(super) mdev_types: Option<Vec<TypeEntry>>,
    #[serde(default)]
    pub(super) mdevs: Vec<MdevFile>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MigFile {
    On,
    Off,
    Unsupported,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Switch {
    On,
    Off,
}

/// An event that a GPU has.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum EventFile {
    Mig,
    Xid,
}

/// `true`, `false` or `"auto"`.
#[derive(Clone, Copy, Default)]
pub(super) struct Privileged(pub(super) Option<bool>);

impl<'de> Deserialize<'de> for Privileged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl Visitor<'_> for Expected {
            type Value = Privileged;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or \"auto\"")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Privileged, E> {
                Ok(Privileged(Some(value)))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Privileged, E> {
                if value == "auto" { Ok(Privileged(None)) } else { Err(E::custom(expected(&self, value))) }
            }
        }
        deserializer.deserialize_any(Expected)
    }
}

fn expected(what: &dyn serde::de::Expected, value: &str) -> String {
    format!("`{value}` is not {what}")
}

/// One entry of `instances`.
pub(super) enum InstanceFile {
    /// `"1g.5gb"`, `"2g.10gb@2"`, `"7x 1g.5gb"`
    Text(String),
    Table(InstanceTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InstanceTable {
    pub(super) profile: Option<String>,
    pub(super) profile_id: Option<u32>,
    pub(super) start: Option<u32>,
    pub(super) size: Option<u32>,
    pub(super) id: Option<u32>,
    /// Compute slices of each compute instance, one after the other from slice 0.
    pub(super) compute: Option<Vec<u32>>,
}

/// By hand, because an untagged enum would lose which key of a table is wrong.
impl<'de> Deserialize<'de> for InstanceFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected;
        impl<'de> Visitor<'de> for Expected {
            type Value = InstanceFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instance: \"1g.5gb\", \"2g.10gb@2\", \"7x 1g.5gb\" or a table")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<InstanceFile, E> {
                Ok(InstanceFile::Text(value.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<InstanceFile, A::Error> {
                InstanceTable::deserialize(MapAccessDeserializer::new(map)).map(InstanceFile::Table)
            }
        }
        deserializer.deserialize_any(Expected)
    }
}
