//! The JSON documents: `audit/v1`, `config/v1`, `discover/v1`, `flavors/v1`, `nova-config/v1`, `plan/v1`, `apply/v1`, `purge/v1`, `tree/v1`, `trees/v1`, `status/v1`, `error/v1`.

mod audit;
mod config;
mod discover;
mod flavors;
mod nova_config;
mod plan;
mod purge;
mod status;
mod step;
mod tree;

use serde::Serialize;

pub use audit::Audit;
pub use config::Config;
pub use discover::Discover;
pub use flavors::Flavors;
pub use nova_config::NovaConfig;
pub use plan::{Apply, Plan};
pub use purge::Purge;
pub use status::{Finding as StatusFinding, Past, PastStep, Provider as StatusProvider, Status};
pub use tree::{Tree, Trees};

use crate::model::{Finding, Inventory};

/// One finding.
#[derive(Debug, Serialize)]
pub struct FindingV1 {
    code: &'static str,
    severity: String,
    subject: String,
    seen: String,
    remedy: String,
}

impl From<&Finding> for FindingV1 {
    fn from(finding: &Finding) -> Self {
        FindingV1 {
            code: finding.code.as_str(),
            severity: finding.code.severity().to_string(),
            subject: finding.subject.clone(),
            seen: finding.seen.clone(),
            remedy: finding.remedy.clone(),
        }
    }
}

fn findings(findings: &[Finding]) -> Vec<FindingV1> {
    findings.iter().map(FindingV1::from).collect()
}

/// One VGPU record as we publish it.
#[derive(Debug, Serialize)]
struct Published {
    total: u32,
    reserved: u32,
}

impl From<&Inventory> for Published {
    fn from(inventory: &Inventory) -> Self {
        Published { total: inventory.total, reserved: inventory.reserved }
    }
}

/// A command that could not do what it was asked.
#[derive(Debug, Serialize)]
pub struct Error {
    schema: &'static str,
    findings: Vec<FindingV1>,
}

impl Error {
    /// The document.
    pub fn new(all: &[Finding]) -> Self {
        Error { schema: "error/v1", findings: findings(all) }
    }
}
