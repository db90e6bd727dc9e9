//! What Nova's own providers of one GPU should carry: Nova reports one vGPU on every function that is idle,
//! whatever the GPU can really give. As many of them as there are vGPUs of a type carry its traits, so that a
//! flavor that asks for them lands where one is.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Action, Claim, Gpu, Mode, Moment, NovaProviderDecision, NovaWay, ObservedProvider, PciAddress,
    ProviderUuid, Reason, Step, TraitName, VgpuInterface, VgpuTypeId, marker,
};

use super::budget::{Budget, Candidate};
use super::capacity::{common_claims, vgpu_claims};
use super::desired::our_claims;
use super::{Facts, Patience, attach, health};

/// One provider of Nova's on its way through the planner.
#[derive(Debug)]
pub(super) struct Decorated<'a> {
    pub(super) provider: &'a ObservedProvider,
    pub(super) function: PciAddress,
    plain: Option<String>,
    in_use: bool,
    claims: BTreeSet<TraitName>,
    reason: Reason,
    /// Why Nova would attach nothing to a guest that gets a VGPU there.
    pub(super) fault: Option<Reason>,
}

/// Every provider of Nova's for mediated devices of the GPU, and when time alone may change something.
pub(super) fn decorated<'a>(
    facts: Facts<'a>,
    address: PciAddress,
    mode: Mode,
) -> (Vec<Decorated<'a>>, Option<Moment>) {
    let mut all: Vec<Decorated<'a>> = facts
        .tree
        .nova_functions()
        .filter(|(function, way, _)| *way == NovaWay::Mdev && function.same_bus(address))
        .map(|(function, _, provider)| Decorated {
            provider,
            function,
            plain: None,
            in_use: provider.vgpu_used().is_some_and(|used| used > 0),
            claims: our_claims(provider),
            reason: Reason::LeftAlone,
            fault: attach::fault(facts, address, function, provider),
        })
        .collect();
    all.sort_by_key(|decorated| decorated.function);
    if mode != Mode::Decorate {
        return (all, None);
    }
    let next = match facts.snapshot.gpus.get(&address) {
        Some(gpu) if gpu.blinded_by().is_none() => {
            offer(facts, gpu, &mut all);
            wait(facts, address, &mut all)
        }
        _ => {
            unseen(facts, address, &mut all);
            None
        }
    };
    (all, next)
}

/// What the hardware justifies.
fn offer(facts: Facts<'_>, gpu: &Gpu, all: &mut [Decorated<'_>]) {
    let ill = health::reserved_for(gpu, &facts.policy.health);
    let mut candidates = Vec::new();
    for (index, decorated) in all.iter_mut().enumerate() {
        let exists = gpu.mediated.values().find(|device| device.parent == decorated.function);
        decorated.in_use |= exists.is_some();
        if let Some(fault) = decorated.fault.clone().filter(|_| exists.is_none()) {
            // A trait there would lead a guest to where it gets nothing.
            decorated.reason = fault;
            continue;
        }
        let configured = facts.nova.mdev_type_of(decorated.function).and_then(|setting| setting.vgpu_type());
        let vgpu_type = exists.map(|device| device.vgpu_type).or(configured);
        let interface = gpu.functions.get(&decorated.function).map(|function| &function.interface);
        let here = interface.or((decorated.function == gpu.address).then_some(&gpu.interface));
        let (Some(id), Some(VgpuInterface::Mdev { types })) = (vgpu_type, here) else {
            decorated.reason =
                Reason::NoFunction { plain: "any vGPU type that Nova is told to make".to_owned() };
            continue;
        };
        decorated.plain = gpu.vgpu.types.get(&id).map(|one| one.name.clone());
        decorated.plain = decorated.plain.take().or_else(|| types.get(&id).map(|told| told.name.clone()));
        let tagged = decorated.claims.iter().any(is_offer);
        candidates.push(Candidate { index, vgpu_type: id, in_use: decorated.in_use, tagged });
    }
    let within = Budget::of(gpu).spend(&mut candidates, ill.is_some());
    let types: BTreeMap<usize, VgpuTypeId> =
        candidates.iter().map(|one| (one.index, one.vgpu_type)).collect();
    for (index, decorated) in all.iter_mut().enumerate() {
        let mut claims = common_claims(gpu);
        let plain = decorated.plain.clone().unwrap_or_default();
        match types.get(&index) {
            Some(id) if within.contains(&index) => {
                claims.extend(offered(gpu, *id, &plain));
                decorated.reason = Reason::Carries { plain };
            }
            Some(_) => {
                decorated.reason = match &ill {
                    Some(what) => Reason::Ill { what: what.clone() },
                    None => Reason::BeyondBudget { plain },
                };
            }
            None => {}
        }
        decorated.keep(claims);
    }
}

/// The traits of a vGPU type, as far as the driver describes it.
fn offered(gpu: &Gpu, id: VgpuTypeId, plain: &str) -> BTreeSet<TraitName> {
    match gpu.vgpu.types.get(&id) {
        Some(one) => vgpu_claims(gpu, one),
        None if plain.is_empty() => BTreeSet::new(),
        None => BTreeSet::from([Claim::trait_of_name(plain)]),
    }
}

/// A GPU that cannot be read keeps what its providers carry, for a while; then nothing more is promised of it.
fn unseen(facts: Facts<'_>, address: PciAddress, all: &mut [Decorated<'_>]) {
    let Patience::Settling { memory, .. } = facts.patience else { return };
    let unseen = memory.sighting(address).map_or(0, |sighting| sighting.unseen);
    if unseen < facts.policy.timing.grace {
        return;
    }
    for decorated in all {
        decorated.reason = Reason::Blind { problem: format!("{unseen} scans in a row did not see it") };
        let kept = decorated.claims.iter().filter(|name| !is_offer(name)).cloned().collect();
        decorated.keep(kept);
    }
}

/// More waits until the hardware has looked the same for a while; less does not.
fn wait(facts: Facts<'_>, address: PciAddress, all: &mut [Decorated<'_>]) -> Option<Moment> {
    let Patience::Settling { memory, now } = facts.patience else { return None };
    let mut next = None;
    for decorated in all.iter_mut() {
        if let Some(contest) = memory.contest(decorated.provider.uuid)
            && let Some(until) = contest.paused_until(now)
        {
            decorated.claims = our_claims(decorated.provider);
            let pause = contest.pause().unwrap_or_default();
            decorated.reason = Reason::Contested { times: contest.undone, pause };
            next = next.into_iter().chain([until]).min();
        }
    }
    let span = facts.policy.timing.growth;
    let Some(until) = memory.settles(address, span, now) else { return next };
    let mut waits = false;
    for decorated in all {
        let new: Vec<TraitName> = decorated
            .claims
            .difference(&decorated.provider.traits)
            .filter(|name| is_offer(name))
            .cloned()
            .collect();
        if !new.is_empty() {
            waits = true;
            decorated.claims.retain(|name| !new.contains(name));
            decorated.reason = Reason::Settling { span };
        }
    }
    next.into_iter().chain(waits.then_some(until)).min()
}

fn is_offer(name: &TraitName) -> bool {
    Claim::decode(name).is_some_and(|claim| claim.is_offer())
}

impl Decorated<'_> {
    /// Takes these claims, and leaves what must not go: everything on a provider that is decorated for the first
    /// time, and what a provider in use offers.
    fn keep(&mut self, claims: BTreeSet<TraitName>) {
        let present = our_claims(self.provider);
        let ours = present.contains(&marker());
        let stay = present.into_iter().filter(|name| !ours || self.in_use && is_offer(name));
        self.claims = claims.into_iter().chain(stay).collect();
    }

    /// The one step that it can need.
    pub(super) fn step(&self) -> Option<Step> {
        let present = &self.provider.traits;
        let foreign = present.iter().filter(|name| Claim::decode(name).is_none());
        let to: BTreeSet<TraitName> = foreign.chain(&self.claims).cloned().collect();
        if to == *present {
            return None;
        }
        let added = to.difference(present).cloned().collect();
        let removed = present.difference(&to).cloned().collect();
        Some(Step {
            provider: self.provider.uuid,
            name: self.provider.name.clone(),
            plain: self.plain.clone().unwrap_or_else(|| self.function.to_string()),
            generation: Some(self.provider.generation),
            action: Action::SetTraits { to, added, removed },
            reason: self.reason.clone(),
        })
    }

    /// Whether such a step makes more of the GPU schedulable by a trait.
    pub(super) fn takes(step: &Step) -> bool {
        matches!(&step.action, Action::SetTraits { removed, .. } if !removed.iter().any(is_offer))
    }

    /// The provider, if its usage was not read.
    pub(super) fn unread_usage(&self) -> Option<ProviderUuid> {
        self.provider.vgpu()?;
        Some(self.provider.uuid).filter(|_| self.provider.usages.is_none())
    }

    pub(super) fn decision(&self, device: PciAddress) -> NovaProviderDecision {
        NovaProviderDecision {
            uuid: self.provider.uuid,
            name: self.provider.name.clone(),
            device,
            function: self.function,
            plain: self.plain.clone(),
            in_use: self.in_use,
            claims: self.claims.clone(),
            reason: self.reason.clone(),
            fault: self.fault.clone(),
            writes: usize::from(self.step().is_some()),
        }
    }
}
