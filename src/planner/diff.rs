//! From what is and what should be to the steps between, in the one order that is safe to stop in.
//!
//! Shrink before grow: what may be allocated of the GPU goes down before anything of it goes up. A provider
//! that is made gets its inventory last, so it is never schedulable while its traits are missing; one that
//! is parked loses its inventory first, for the same reason.

use std::collections::BTreeSet;

use crate::model::{
    Action, Claim, ObservedProvider, ObservedTree, ProviderState, ResourceClass, Step, TraitName,
};

use super::decorate::Decorated;
use super::desired::Desired;
use super::device::Device;

/// The steps for one GPU.
pub(super) fn steps(device: &Device<'_>, tree: &ObservedTree) -> Vec<Step> {
    let movable = |d: &&Desired<'_>| !matches!(d.state, ProviderState::Hold | ProviderState::Blocked);
    let (mut shrink, mut withdraw, mut grow) = (Vec::new(), Vec::new(), Vec::new());
    for desired in device.desired.iter().filter(movable) {
        let Some(existing) = desired.existing else {
            grow.extend(create(desired, tree));
            continue;
        };
        let claims = claims(desired, existing);
        let inventory = inventory(desired, existing);
        if let Some(step) = inventory.iter().find(|step| step.action.shrinks()) {
            shrink.push(step.clone());
        }
        if desired.state == ProviderState::Park {
            withdraw.extend(claims);
        } else {
            grow.extend(rename(desired, existing, tree));
            grow.extend(claims);
        }
        grow.extend(inventory.filter(|step| !step.action.shrinks()));
    }
    // Of Nova's providers, who gives traits up comes before who takes them.
    let (takes, gives): (Vec<Step>, Vec<Step>) =
        device.decorated.iter().filter_map(Decorated::step).partition(Decorated::takes);
    shrink.into_iter().chain(withdraw).chain(gives).chain(grow).chain(takes).collect()
}

/// The traits that a step refers to, which must exist before it.
pub(super) fn wanted_traits(step: &Step) -> impl Iterator<Item = &TraitName> {
    let added = match &step.action {
        Action::SetTraits { added, .. } => Some(added),
        Action::Create { .. } | Action::Rename { .. } | Action::SetInventories { .. } | Action::Delete => {
            None
        }
    };
    added.into_iter().flatten()
}

fn step(desired: &Desired<'_>, name: &str, action: Action) -> Step {
    let generation = desired.existing.map(|provider| provider.generation);
    Step {
        provider: desired.uuid,
        name: name.to_owned(),
        plain: desired.plain.clone(),
        generation,
        action,
        reason: desired.reason.clone(),
    }
}

fn create(desired: &Desired<'_>, tree: &ObservedTree) -> Vec<Step> {
    let (Ok(name), Some(to)) = (&desired.name, &desired.to) else { return Vec::new() };
    let traits = Action::SetTraits {
        to: desired.claims.clone(),
        added: desired.claims.clone(),
        removed: BTreeSet::new(),
    };
    let inventories = Action::SetInventories { from: None, to: Some(to.clone()), others: [].into() };
    let create = Action::Create { name: name.clone(), parent: tree.root.provider() };
    [create, traits, inventories].map(|action| step(desired, name.as_str(), action)).into()
}

fn rename(desired: &Desired<'_>, existing: &ObservedProvider, tree: &ObservedTree) -> Option<Step> {
    let to = desired.name.as_ref().ok().filter(|name| name.as_str() != existing.name)?.clone();
    let mut step = step(desired, &existing.name, Action::Rename { to, parent: tree.root.provider() });
    step.reason = crate::model::Reason::RootRenamed;
    Some(step)
}

/// Keeps the claims in our grammar true, and everybody else's traits where they are.
fn claims(desired: &Desired<'_>, existing: &ObservedProvider) -> Option<Step> {
    if existing.traits == desired.claims {
        return None;
    }
    let foreign = existing.traits.iter().filter(|name| Claim::decode(name).is_none());
    let to: BTreeSet<TraitName> = foreign.chain(&desired.claims).cloned().collect();
    if to == existing.traits {
        return None;
    }
    let added = to.difference(&existing.traits).cloned().collect();
    let removed = existing.traits.difference(&to).cloned().collect();
    Some(step(desired, &existing.name, Action::SetTraits { to, added, removed }))
}

fn inventory(desired: &Desired<'_>, existing: &ObservedProvider) -> Option<Step> {
    if existing.vgpu() == desired.to.as_ref() {
        return None;
    }
    let (from, to) = (existing.vgpu().cloned(), desired.to.clone());
    let mut others = existing.inventories.clone();
    others.remove(ResourceClass::VGPU);
    Some(step(desired, &existing.name, Action::SetInventories { from, to, others }))
}
