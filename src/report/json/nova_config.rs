//! `nova-config/v1`: what Nova is to be told, as values and as the file.

use serde::Serialize;

use super::super::text::{NovaAlias, nova_config, nova_way};
use super::{FindingV1, findings};
use crate::advice::{By, NovaConfig as Advised, Part};

/// `nova-config/v1`.
#[derive(Debug, Serialize)]
pub struct NovaConfig {
    schema: &'static str,
    /// The file, as the command prints it.
    config: String,
    gpus: Vec<PartV1>,
    /// For `[pci]alias`, as Nova reads it.
    aliases: Vec<NovaAlias>,
    left: Vec<LeftV1>,
    findings: Vec<FindingV1>,
}

impl NovaConfig {
    /// The document.
    pub fn new(advised: &Advised) -> Self {
        let left =
            advised.left.iter().map(|(gpu, why)| LeftV1 { address: gpu.to_string(), why: why.clone() });
        NovaConfig {
            schema: "nova-config/v1",
            config: nova_config(advised),
            gpus: advised.parts.iter().map(PartV1::from).collect(),
            aliases: advised.aliases().iter().map(NovaAlias::from).collect(),
            left: left.collect(),
            findings: findings(&advised.findings),
        }
    }
}

/// vGPUs of one type on one GPU; a GPU that is cut into several profiles has several.
#[derive(Debug, Serialize)]
struct PartV1 {
    address: String,
    product: String,
    device_id: String,
    /// `mdev`, `pci`.
    way: &'static str,
    type_id: u32,
    type_name: String,
    /// `command_line`, `functions`, `nova`, `policy`, `only`.
    chosen_by: &'static str,
    units: u32,
    functions: Vec<String>,
    /// Of these functions, those that have yet to be given the type.
    untyped: Vec<String>,
    resource_class: String,
    traits: Vec<String>,
}

impl From<&Part> for PartV1 {
    fn from(part: &Part) -> Self {
        let texts = |all: &[crate::model::PciAddress]| all.iter().map(ToString::to_string).collect();
        PartV1 {
            address: part.gpu.to_string(),
            product: part.product.clone(),
            device_id: part.board.to_string(),
            way: nova_way(part.way),
            type_id: part.vgpu_type.get(),
            type_name: part.plain.clone(),
            chosen_by: match part.by {
                By::CommandLine => "command_line",
                By::Functions => "functions",
                By::Nova => "nova",
                By::Policy => "policy",
                By::Only => "only",
            },
            units: part.units,
            functions: texts(&part.functions),
            untyped: texts(&part.untyped),
            resource_class: part.class.to_string(),
            traits: part.traits.iter().map(ToString::to_string).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct LeftV1 {
    address: String,
    why: String,
}
