//! What removes the agent's things from a host: reserve what is used, empty what is not, delete only on a person's
//! word, and take from Nova's providers what this agent added.
//!
//! Nothing else is ever in such a plan: a provider is ours by its UUID, or Nova's for mediated devices with our
//! marker on it. What is still allocated stays, traits and all, so that a guest can be moved and come back. A
//! provider is emptied before it is deleted: an inventory that is not there cannot be allocated, while Placement's
//! deletion takes no generation and could cross a scheduler.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Action, Claim, Code, Decision, Finding, Group, Identity, Inventory, NovaProviderDecision, NovaWay,
    ObservedProvider, ObservedTree, PciAddress, Plan, ProviderDecision, ProviderState, ProviderUuid,
    PurgeReason, Reason, ResourceClass, Step, TraitName, marker,
};

/// The providers whose usages [`purge`] rests on.
pub fn purge_needs(tree: &ObservedTree) -> BTreeSet<ProviderUuid> {
    let unread = |p: &&ObservedProvider| p.vgpu().is_some() && p.usages.is_none();
    tree.ours().map(|(_, provider)| provider).filter(unread).map(|provider| provider.uuid).collect()
}

/// What is to go, and in which steps. Usages that were not read count as none; see [`purge_needs`].
pub fn purge(tree: &ObservedTree, delete: bool) -> Decision {
    let mut groups: BTreeMap<PciAddress, Vec<Step>> = BTreeMap::new();
    let (mut providers, mut findings) = (Vec::new(), Vec::new());
    let mut ours: Vec<(Identity, &ObservedProvider)> = tree.ours().collect();
    ours.sort_by_key(|(identity, _)| *identity);
    for (identity, provider) in ours {
        let fate = Fate::of(tree, identity, provider, delete);
        findings.extend(fate.finding());
        let steps = fate.steps();
        providers.push(fate.decision(&steps));
        groups.entry(identity.address).or_default().extend(steps);
    }
    let mut novas: Vec<Nova<'_>> = decorated(tree).collect();
    novas.sort_by_key(|nova| nova.function);
    for nova in &novas {
        groups.entry(nova.device()).or_default().push(nova.step());
    }
    let groups = groups.into_iter().filter(|(_, steps)| !steps.is_empty());
    Decision {
        devices: BTreeMap::new(),
        providers,
        nova_providers: novas.iter().map(Nova::decision).collect(),
        findings,
        plan: Plan {
            traits: BTreeSet::new(),
            groups: groups.map(|(device, steps)| Group { device, steps }).collect(),
        },
        next: None,
    }
}

/// What becomes of one provider of ours.
struct Fate<'a> {
    identity: Identity,
    provider: &'a ObservedProvider,
    state: ProviderState,
    reason: PurgeReason,
    to: Option<Inventory>,
}

impl<'a> Fate<'a> {
    fn of(tree: &ObservedTree, identity: Identity, provider: &'a ObservedProvider, delete: bool) -> Self {
        let used = provider.vgpu_used().unwrap_or(0);
        let record = provider.vgpu().filter(|_| used > 0).map(|record| {
            let total = record.total.max(used);
            Inventory { total, reserved: total, ..record.clone() }
        });
        let (state, reason) = match (record.is_some(), delete, others(tree, provider)) {
            (true, ..) => (ProviderState::Drain, PurgeReason::StillUsed { used }),
            (false, true, Some(what)) => (ProviderState::Park, PurgeReason::Shared { what }),
            (false, true, None) => (ProviderState::Delete, PurgeReason::Empty),
            (false, false, _) => (ProviderState::Park, PurgeReason::Empty),
        };
        Fate { identity, provider, state, reason, to: record }
    }

    fn steps(&self) -> Vec<Step> {
        let from = self.provider.vgpu().cloned();
        let mut others = self.provider.inventories.clone();
        others.remove(ResourceClass::VGPU);
        let inventory =
            (from != self.to).then(|| Action::SetInventories { from, to: self.to.clone(), others });
        let last = match self.state {
            ProviderState::Delete => Some(Action::Delete),
            // The marker stays: it tells whose the empty provider is.
            ProviderState::Park => without(&self.provider.traits, |name| *name != marker()),
            _ => None,
        };
        inventory.into_iter().chain(last).map(|action| self.step(action)).collect()
    }

    fn step(&self, action: Action) -> Step {
        Step {
            provider: self.provider.uuid,
            name: self.provider.name.clone(),
            plain: self.plain(),
            generation: Some(self.provider.generation),
            action,
            reason: Reason::Purge(self.reason.clone()),
        }
    }

    fn plain(&self) -> String {
        let claimed = self.identity.kind.claimed_name(&self.provider.traits);
        claimed.unwrap_or_else(|| self.identity.kind.to_string())
    }

    fn finding(&self) -> Option<Finding> {
        let (code, remedy) = match &self.reason {
            PurgeReason::StillUsed { .. } => (
                Code::StillUsed,
                "move or delete the guests that hold it (`openstack server migrate`, `openstack server delete`), then \
                 run purge again; until then it stays, reserved",
            ),
            PurgeReason::Shared { .. } => (
                Code::NotOursAlone,
                "find out who put it there (`tree` shows it); when it is gone, run purge again",
            ),
            PurgeReason::Empty | PurgeReason::Withdrawn => return None,
        };
        Some(Finding::new(code, &self.provider.name, &self.reason, remedy))
    }

    fn decision(&self, steps: &[Step]) -> ProviderDecision {
        ProviderDecision {
            uuid: self.provider.uuid,
            name: self.provider.name.clone(),
            identity: self.identity,
            plain: self.plain(),
            exists: true,
            state: self.state,
            reason: Reason::Purge(self.reason.clone()),
            from: self.provider.vgpu().cloned(),
            to: self.to.clone(),
            account: None,
            claims: BTreeSet::new(),
            used: self.provider.vgpu_used(),
            writes: steps.len(),
        }
    }
}

/// What somebody else has on a provider of ours.
fn others(tree: &ObservedTree, provider: &ObservedProvider) -> Option<String> {
    let class = provider.inventories.keys().find(|class| class.as_str() != ResourceClass::VGPU);
    let child = tree.providers.values().find(|other| other.parent == Some(provider.uuid));
    class
        .map(|class| format!("somebody put an inventory of {class} on it"))
        .or_else(|| child.map(|child| format!("somebody put provider {} under it", child.name)))
}

/// Takes the claims of our grammar away that `goes` says; none where there is nothing to take.
fn without(traits: &BTreeSet<TraitName>, goes: impl Fn(&TraitName) -> bool) -> Option<Action> {
    let (removed, to): (BTreeSet<TraitName>, BTreeSet<TraitName>) =
        traits.iter().cloned().partition(|name| Claim::decode(name).is_some() && goes(name));
    (!removed.is_empty()).then(|| Action::SetTraits { to, added: BTreeSet::new(), removed })
}

/// One of Nova's providers that this agent has decorated.
struct Nova<'a> {
    function: PciAddress,
    provider: &'a ObservedProvider,
    action: Action,
}

/// Nova's providers for mediated devices that carry our marker.
fn decorated(tree: &ObservedTree) -> impl Iterator<Item = Nova<'_>> {
    let marked = tree
        .nova_functions()
        .filter(|(_, way, provider)| *way == NovaWay::Mdev && provider.traits.contains(&marker()));
    marked.filter_map(|(function, _, provider)| {
        let action = without(&provider.traits, |_| true)?;
        Some(Nova { function, provider, action })
    })
}

impl Nova<'_> {
    fn device(&self) -> PciAddress {
        self.function.of_gpu()
    }

    fn step(&self) -> Step {
        Step {
            provider: self.provider.uuid,
            name: self.provider.name.clone(),
            plain: self.function.to_string(),
            generation: Some(self.provider.generation),
            action: self.action.clone(),
            reason: Reason::Purge(PurgeReason::Withdrawn),
        }
    }

    fn decision(&self) -> NovaProviderDecision {
        NovaProviderDecision {
            uuid: self.provider.uuid,
            name: self.provider.name.clone(),
            device: self.device(),
            function: self.function,
            plain: None,
            in_use: self.provider.vgpu_used().is_some_and(|used| used > 0),
            fault: None,
            claims: BTreeSet::new(),
            reason: Reason::Purge(PurgeReason::Withdrawn),
            writes: 1,
        }
    }
}
