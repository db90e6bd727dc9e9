//! What the last status says, as gauges: how the loop stands, and what is published of each GPU.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use tokio::sync::watch;

use super::out::{Labels, Out};
use super::ready::ready;
use super::{Clock, condition};
use crate::model::{Code, Guest, Mode, Moment, ProviderDecision, ProviderState, Status};

const MODES: [Mode; 7] =
    [Mode::Own, Mode::Decorate, Mode::Verify, Mode::Ignore, Mode::Hold, Mode::Reserve, Mode::Gone];
const STATES: [ProviderState; 6] = [
    ProviderState::Serve,
    ProviderState::Drain,
    ProviderState::Reserve,
    ProviderState::Park,
    ProviderState::Hold,
    ProviderState::Blocked,
];

/// Reads the status when it is asked.
pub(super) struct StatusMetrics {
    pub(super) status: watch::Receiver<Status>,
    pub(super) clock: Arc<dyn Clock>,
}

impl fmt::Debug for StatusMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatusMetrics")
    }
}

impl Collector for StatusMetrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Out(encoder);
        let status = self.status.borrow();
        self.health(&status, &mut out)?;
        findings(&status, &mut out)?;
        providers(&status, self.clock.now(), &mut out)?;
        condition::gauges(&status, &mut out)
    }
}

impl StatusMetrics {
    fn health(&self, status: &Status, out: &mut Out<'_>) -> fmt::Result {
        let now = self.clock.now();
        let flag = |is: bool| if is { 1.0 } else { 0.0 };
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        out.gauges("build_info", "The program's version; always 1", [(version, 1.0)])?;
        out.gauge("ready", "Whether /readyz says ready", flag(ready(status, now).is_ok()))?;
        out.gauge("released", "Whether NVML is closed on request", flag(status.released))?;
        let help = "Cycles in a row, up to now, that something stopped";
        out.gauge("consecutive_failures", help, f64::from(status.failures))?;
        let success = status.succeeded.map(|at| {
            let at = self.clock.wall().saturating_sub(now.since(at));
            // Whole seconds: the two clocks are not read at the same instant.
            (Labels::new(), at.as_secs_f64().round())
        });
        let help = "When the last cycle that reached its end did so, since the epoch";
        out.gauges("last_success_timestamp_seconds", help, success)?;
        let stuck = status.stuck.as_ref().map_or(0.0, |(_, span)| {
            let since = status.ended.map(|(at, _)| now.since(at)).unwrap_or_default();
            (*span + since).as_secs_f64()
        });
        let help = "How long the oldest call into the driver has not returned; 0 where none hangs";
        out.gauge("stuck_call_seconds", help, stuck)
    }
}

/// Every code is there, so that an alert on one that never came is not an alert on nothing.
fn findings(status: &Status, out: &mut Out<'_>) -> fmt::Result {
    let mut counts: BTreeMap<Code, f64> = Code::ALL.iter().map(|code| (*code, 0.0)).collect();
    let all = status.cycle.findings().into_iter().chain(status.findings.iter().cloned());
    for finding in all.chain(status.listener.clone()) {
        *counts.entry(finding.code).or_default() += 1.0;
    }
    let contested = counts.get(&Code::Contested).copied().unwrap_or_default();
    let labels = |code: Code| vec![("code", code.to_string()), ("severity", code.severity().to_string())];
    let samples = counts.into_iter().map(|(code, count)| (labels(code), count));
    out.gauges("findings", "What stands that an operator should know, by code", samples)?;
    let help = "Providers that somebody else keeps changing, and that are left alone for a while";
    out.gauge("contested_providers", help, contested)
}

fn providers(status: &Status, now: Moment, out: &mut Out<'_>) -> fmt::Result {
    let Some(decision) = status.cycle.rounds.last().map(|round| &round.decision) else { return Ok(()) };
    let mode = |provider: &ProviderDecision| {
        decision.devices.get(&provider.identity.address).map_or(Mode::Gone, |device| device.mode)
    };
    let count = |wanted: Mode, state: ProviderState| {
        let fits = |one: &&ProviderDecision| mode(one) == wanted && one.state == state;
        decision.providers.iter().filter(fits).count()
    };
    let each = MODES.into_iter().flat_map(|mode| STATES.into_iter().map(move |state| (mode, state)));
    let samples = each.map(|(mode, state)| {
        let labels = vec![("mode", mode.to_string()), ("state", state.to_string())];
        (labels, count(mode, state) as f64)
    });
    out.gauges("providers", "The agent's providers, by the mode of their GPU and their state", samples)?;

    let named = |provider: &ProviderDecision| {
        vec![("provider", provider.name.clone()), ("provider_uuid", provider.uuid.to_string())]
    };
    let info = decision.providers.iter().map(|provider| {
        let mut labels = named(provider);
        labels.push(("pci_bus_id", provider.identity.address.to_string()));
        labels.push(("kind", provider.identity.kind.to_string()));
        labels.push(("profile", provider.plain.clone()));
        (labels, 1.0)
    });
    out.gauges("provider_info", "What a provider stands for; always 1", info)?;
    let published = || decision.providers.iter().filter_map(|one| Some((one, one.to.as_ref()?)));
    let help = "Units that the provider's inventory has";
    let total = published().map(|(provider, to)| (named(provider), f64::from(to.total)));
    out.gauges("inventory_units", help, total)?;
    let help = "Units of it that must not be allocated";
    let reserved = published().map(|(provider, to)| (named(provider), f64::from(to.reserved)));
    out.gauges("inventory_reserved_units", help, reserved)?;
    let Some(guests) = status.guests(now) else { return Ok(()) };
    let ours = || decision.providers.iter().filter_map(|one| Some((one, guests.get(&one.uuid)?)));
    let help = "Units of it that are allocated";
    // Added as integers: the sum of no floats is -0.
    let units = |held: &[Guest]| f64::from(held.iter().map(|guest| guest.units).sum::<u32>());
    let used = ours().map(|(provider, held)| (named(provider), units(held)));
    out.gauges("inventory_used_units", help, used)?;
    let held = ours().flat_map(|(provider, held)| {
        held.iter().map(move |guest| {
            let mut labels = named(provider);
            labels.push(("consumer", guest.consumer.to_string()));
            labels.extend(guest.project().map(|id| ("project_id", id.to_owned())));
            (labels, f64::from(guest.units))
        })
    });
    out.gauges("consumer_units", "Units of a provider that a consumer holds: mostly a Nova server", held)
}
