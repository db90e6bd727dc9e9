//! Whether each guest has the GPU that it was allocated: what Placement gave, what libvirt attached and what the GPU
//! runs, side by side.
//!
//! Nobody is accused on half of the facts: where libvirt's files could not be read, no guest is missing and none is
//! without a GPU; where Nova does not tell, a consumer without a domain may be a migration.

mod judge;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::model::{
    Audit, AuditedGuest, Code, Consumer, DomainState, Domains, Finding, GpuPart, Holders, HostSnapshot,
    NovaTold, ObservedTree, ProviderUuid, Verdict,
};

/// Everything that an audit rests on.
#[derive(Debug, Clone, Copy)]
pub struct AuditFacts<'a> {
    /// What the hardware is, and what runs on it.
    pub snapshot: &'a HostSnapshot,
    /// What Placement holds.
    pub tree: &'a ObservedTree,
    /// Who holds some of [`gpu_providers`].
    pub holders: &'a Holders,
    /// What libvirt has.
    pub domains: &'a Domains,
    /// What Nova tells of the consumers.
    pub told: &'a NovaTold,
}

/// The providers of the host's GPUs, whoever keeps them, that something can be allocated of.
pub fn gpu_providers(snapshot: &HostSnapshot, tree: &ObservedTree) -> BTreeSet<ProviderUuid> {
    parts::providers(snapshot, tree).map(|(uuid, _)| uuid).collect()
}

/// Compares.
pub fn audit(facts: AuditFacts<'_>) -> Audit {
    let providers: BTreeMap<ProviderUuid, _> = parts::providers(facts.snapshot, facts.tree).collect();
    let mut guests: BTreeMap<Uuid, AuditedGuest> = BTreeMap::new();
    for (provider, held) in facts.holders {
        let Some(part) = providers.get(provider) else { continue };
        for (consumer, units) in held {
            let guest = guests.entry(*consumer).or_insert_with(|| blank(facts, *consumer));
            guest.allocated.push(part.allocated(*units));
        }
    }
    for domain in facts.domains.all.values() {
        let attached = parts::attached(facts.snapshot, domain);
        if !attached.is_empty() || guests.contains_key(&domain.uuid) {
            guests.entry(domain.uuid).or_insert_with(|| blank(facts, domain.uuid)).attached = attached;
        }
    }
    for (guest, part) in parts::running(facts.snapshot, facts.domains) {
        guests.entry(guest).or_insert_with(|| blank(facts, guest)).runs.push(part);
    }
    let mut findings = facts.domains.problems.clone();
    for guest in guests.values_mut() {
        let (verdict, finding) = judge::judge(facts, guest);
        guest.verdict = verdict;
        findings.extend(finding);
    }
    let unused = parts::unused(facts.snapshot, facts.domains);
    findings.extend(unused.iter().map(|device| {
        Finding::new(
            Code::DeviceUnused,
            format!("mediated device {}", device.uuid),
            format!("no domain is given it; it is on {}", device.parent),
            "nothing: Nova gives it to a guest that wants one. If it should not be there, remove it (`mdevctl stop`)",
        )
    }));
    let mut guests: Vec<AuditedGuest> = guests.into_values().collect();
    guests.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Audit { guests, unused, findings }
}

fn blank(facts: AuditFacts<'_>, id: Uuid) -> AuditedGuest {
    let domain = facts.domains.all.get(&id);
    let server = match facts.told.consumers.get(&id) {
        Some(Consumer::Server(server)) => Some(server),
        _ => None,
    };
    let named = domain.and_then(|domain| domain.server.clone());
    AuditedGuest {
        id,
        name: named
            .or_else(|| server.map(|server| server.name.clone()))
            .or_else(|| domain.map(|domain| domain.name.clone())),
        status: server.map(|server| server.status.clone()),
        domain: match domain {
            Some(domain) if domain.running => DomainState::Running,
            Some(_) => DomainState::Stopped,
            None if facts.domains.known => DomainState::Absent,
            None => DomainState::Unknown,
        },
        allocated: Vec::new(),
        attached: Vec::<GpuPart>::new(),
        runs: Vec::new(),
        verdict: Verdict::Unclear,
    }
}

#[cfg(test)]
mod tests;
