//! `explain/v1`: how one device or provider came to be what Placement says.

use serde::Serialize;

use super::{FindingV1, Published, findings};
use crate::advice::explain::{Explanation, Fact, Provider, Target, TraitLine};
use crate::model::Offer;

/// The document.
#[derive(Debug, Serialize)]
pub struct Explain {
    schema: &'static str,
    device: String,
    /// Null where the whole GPU is explained.
    function: Option<String>,
    /// Null where no single provider is explained.
    provider: Option<String>,
    /// Null where Placement could not be asked: then nothing is known of providers.
    root: Option<RootV1>,
    hardware: Vec<FactV1>,
    nova: Vec<FactV1>,
    mode: String,
    reason: String,
    offers: Vec<OfferV1>,
    providers: Vec<ProviderV1>,
    /// What would have to change for more to be offered.
    more: Vec<String>,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize)]
struct RootV1 {
    uuid: String,
    name: String,
}

#[derive(Debug, Serialize)]
struct FactV1 {
    what: &'static str,
    text: String,
}

#[derive(Debug, Serialize)]
struct OfferV1 {
    kind: String,
    name: String,
    units: u32,
    rule: String,
}

#[derive(Debug, Serialize)]
struct ProviderV1 {
    uuid: String,
    name: String,
    derived: String,
    /// `agent` or `nova`.
    owner: &'static str,
    profile: String,
    exists: bool,
    state: String,
    reason: String,
    /// Why Nova would attach nothing to its guests; null where it would, or that is not known.
    fault: Option<String>,
    account: Vec<FactV1>,
    from: Option<Published>,
    to: Option<Published>,
    used: u32,
    traits: Vec<TraitV1>,
    writes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TraitV1 {
    name: String,
    why: String,
    now: bool,
    then: bool,
}

impl Explain {
    /// The document.
    pub fn new(explanation: &Explanation) -> Self {
        let (function, provider) = match &explanation.target {
            Target::Gpu(_) => (None, None),
            Target::Function { function, .. } => (Some(function.to_string()), None),
            Target::Provider { uuid, .. } => (None, Some(uuid.to_string())),
        };
        let root = explanation.root.as_ref();
        Explain {
            schema: "explain/v1",
            device: explanation.target.gpu().to_string(),
            function,
            provider,
            root: root.map(|(uuid, name)| RootV1 { uuid: uuid.to_string(), name: name.clone() }),
            hardware: explanation.hardware.iter().map(FactV1::from).collect(),
            nova: explanation.nova.iter().map(FactV1::from).collect(),
            mode: explanation.mode.to_string(),
            reason: explanation.reason.to_string(),
            offers: explanation.offers.iter().map(OfferV1::from).collect(),
            providers: explanation.providers.iter().map(ProviderV1::from).collect(),
            more: explanation.more.clone(),
            findings: findings(&explanation.findings),
        }
    }
}

impl From<&Fact> for FactV1 {
    fn from(fact: &Fact) -> Self {
        FactV1 { what: fact.what, text: fact.text.clone() }
    }
}

impl From<&Offer> for OfferV1 {
    fn from(offer: &Offer) -> Self {
        OfferV1 {
            kind: offer.identity.kind.to_string(),
            name: offer.plain.clone(),
            units: offer.units,
            rule: offer.rule.to_string(),
        }
    }
}

impl From<&Provider> for ProviderV1 {
    fn from(provider: &Provider) -> Self {
        ProviderV1 {
            uuid: provider.uuid.to_string(),
            name: provider.name.clone(),
            derived: provider.derived.clone(),
            owner: if provider.novas { "nova" } else { "agent" },
            profile: provider.plain.clone(),
            exists: provider.exists,
            state: provider.state.clone(),
            reason: provider.reason.to_string(),
            fault: provider.fault.as_ref().map(ToString::to_string),
            account: provider.account.iter().map(FactV1::from).collect(),
            from: provider.from.as_ref().map(Published::from),
            to: provider.to.as_ref().map(Published::from),
            used: provider.used,
            traits: provider.traits.iter().map(TraitV1::from).collect(),
            writes: provider.writes.clone(),
        }
    }
}

impl From<&TraitLine> for TraitV1 {
    fn from(line: &TraitLine) -> Self {
        TraitV1 { name: line.name.to_string(), why: line.why.clone(), now: line.now, then: line.then }
    }
}
