//! `status/v1`: what the running agent is doing.

mod past;

use serde::{Deserialize, Serialize};

use crate::model::{self, DeviceDecision, Moment, PciAddress, ProviderDecision};
pub use past::{Past, PastStep};

/// The document. Read back by `status`, which may be of another version than the agent.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Status {
    pub schema: String,
    pub version: String,
    /// A scan has ended since the start, well or not.
    #[serde(default)]
    pub scanned: bool,
    /// Since the start, a scan has shown nothing that had still to settle.
    #[serde(default)]
    pub settled: bool,
    /// Something waits now until it has looked the same for long enough, or until a pause is over.
    #[serde(default)]
    pub settling: bool,
    pub cycles: u64,
    /// In a row, up to now.
    pub failures: u32,
    /// Why the last cycle was begun.
    pub wake: Option<String>,
    pub last_cycle_seconds: Option<f64>,
    pub converged: bool,
    /// Writes of the last cycle.
    pub written: usize,
    pub waiting: String,
    pub released: bool,
    pub stuck: Option<Stuck>,
    pub reload: Option<String>,
    /// Who reports each GPU.
    #[serde(default)]
    pub devices: Vec<Device>,
    pub providers: Vec<Provider>,
    /// Nova's providers that carry traits of ours.
    #[serde(default)]
    pub decorated: usize,
    pub findings: Vec<Finding>,
    /// The last cycles, the newest last.
    #[serde(default)]
    pub history: Vec<Past>,
}

/// A call into the driver that has not returned.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Stuck {
    pub call: String,
    pub seconds: u64,
}

/// A GPU, as the last cycle decided.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Device {
    pub device: String,
    pub mode: String,
    pub reason: String,
}

/// A provider of ours, as the last cycle decided.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Provider {
    pub device: String,
    pub profile: String,
    pub state: String,
    pub total: Option<u32>,
    pub reserved: Option<u32>,
    pub reason: String,
}

/// A finding.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Finding {
    pub code: String,
    pub severity: String,
    pub subject: String,
    pub seen: String,
    pub remedy: String,
}

impl Status {
    /// The document, as it is at that time.
    pub fn new(status: &model::Status, now: Moment) -> Self {
        let last = status.cycle.rounds.last();
        let devices = last.into_iter().flat_map(|round| &round.decision.devices);
        let providers = last.map(|round| round.decision.providers.iter().map(Provider::from).collect());
        Status {
            schema: "status/v1".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scanned: status.scanned,
            settled: status.settled,
            settling: last.is_some_and(|round| round.decision.next.is_some()),
            cycles: status.cycles,
            failures: status.failures,
            wake: status.wake.map(|wake| wake.to_string()),
            last_cycle_seconds: status.ended.map(|(_, took)| took.as_secs_f64()),
            converged: status.cycles > 0 && status.cycle.converged() && status.findings.is_empty(),
            written: status.cycle.written(),
            waiting: status.waiting.clone(),
            released: status.released,
            stuck: status
                .stuck
                .as_ref()
                .map(|(call, span)| Stuck { call: call.clone(), seconds: span.as_secs() }),
            reload: status.reload.clone(),
            devices: devices.map(Device::from).collect(),
            providers: providers.unwrap_or_default(),
            decorated: last.map_or(0, |round| round.decision.nova_providers.len()),
            findings: status.all_findings().into_iter().map(Finding::from).collect(),
            history: status.notes.iter().map(|note| Past::new(note, now)).collect(),
        }
    }
}

impl From<(&PciAddress, &DeviceDecision)> for Device {
    fn from((address, decision): (&PciAddress, &DeviceDecision)) -> Self {
        Device {
            device: address.to_string(),
            mode: decision.mode.to_string(),
            reason: decision.reason.to_string(),
        }
    }
}

impl From<&ProviderDecision> for Provider {
    fn from(provider: &ProviderDecision) -> Self {
        Provider {
            device: provider.identity.address.to_string(),
            profile: provider.plain.clone(),
            state: provider.state.to_string(),
            total: provider.to.as_ref().map(|inventory| inventory.total),
            reserved: provider.to.as_ref().map(|inventory| inventory.reserved),
            reason: provider.reason.to_string(),
        }
    }
}

impl From<model::Finding> for Finding {
    fn from(finding: model::Finding) -> Self {
        Finding {
            code: finding.code.to_string(),
            severity: finding.code.severity().to_string(),
            subject: finding.subject,
            seen: finding.seen,
            remedy: finding.remedy,
        }
    }
}
