//! What every provider of one GPU should be.

use std::collections::{BTreeMap, BTreeSet};

use crate::geometry::{self, Demand, Shape};
use crate::model::{
    AllocationRatio, Claim, Gpu, GpuInstanceId, Identity, Inventory, Kind, Mode, Moment, ObservedProvider,
    Offer, PciAddress, ProviderState, Reason, TraitName, marker,
};

use super::desired::{Desired, our_claims};
use super::{Facts, Patience, capacity, health, mode, patience};

/// One GPU on its way through the planner.
#[derive(Debug)]
pub(super) struct Device<'a> {
    pub(super) mode: Mode,
    pub(super) reason: Reason,
    pub(super) offers: Vec<Offer>,
    pub(super) desired: Vec<Desired<'a>>,
    /// When time alone may change something of it.
    pub(super) next: Vec<Moment>,
}

/// A provider's plain name: as the driver calls what it offers, else as its own traits have it, else as the
/// driver calls the profile.
fn plain(
    facts: Facts<'_>,
    identity: Identity,
    offer: Option<&Offer>,
    existing: Option<&ObservedProvider>,
) -> String {
    let offered = offer.map(|offer| offer.plain.clone());
    let known = offered.or_else(|| existing.and_then(claimed_name)).or_else(|| name_of_kind(facts, identity));
    known.unwrap_or_else(|| identity.kind.to_string())
}

/// The name that a provider's own traits claim.
fn claimed_name(provider: &ObservedProvider) -> Option<String> {
    provider
        .traits
        .iter()
        .filter_map(Claim::decode)
        .find(Claim::is_offer)
        .map(|claim| claim.plain().to_owned())
}

/// What the driver calls a kind, where it still describes it.
fn name_of_kind(facts: Facts<'_>, identity: Identity) -> Option<String> {
    let gpu = facts.snapshot.gpus.get(&identity.address).filter(|gpu| gpu.board == identity.board)?;
    match identity.kind {
        Kind::Mig(id) => gpu.profiles.get(&id).map(|profile| profile.name.clone()),
        Kind::Vgpu(_) => None,
    }
}

/// What a GPU and every provider of it should be.
pub(super) fn device<'a>(facts: Facts<'a>, address: PciAddress) -> Device<'a> {
    let (mode, mut reason) = mode::mode(facts, address);
    let gpu = facts.snapshot.gpus.get(&address).filter(|_| mode == Mode::Own);
    let offers = gpu.map_or_else(Vec::new, |gpu| {
        capacity::offers(gpu).unwrap_or_else(|why| {
            reason = why;
            Vec::new()
        })
    });
    let existing: BTreeMap<Identity, &ObservedProvider> =
        facts.tree.ours().filter(|(identity, _)| identity.address == address).collect();
    let mut identities: BTreeSet<Identity> = existing.keys().copied().collect();
    identities.extend(offers.iter().map(|offer| offer.identity));

    let mut desired: Vec<Desired<'a>> = identities
        .into_iter()
        .map(|identity| {
            let offer = offers.iter().find(|offer| offer.identity == identity);
            let existing = existing.get(&identity).copied();
            Desired {
                uuid: identity.uuid(facts.tree.root),
                identity,
                plain: plain(facts, identity, offer, existing),
                name: identity.name(facts.tree.root_name()),
                existing,
                offer: offer.cloned(),
                ill: gpu.and_then(|gpu| ill(facts, gpu, identity.kind)),
                state: ProviderState::Hold,
                reason: reason.clone(),
                to: None,
                claims: BTreeSet::new(),
            }
        })
        .collect();
    let demands: Vec<Demand> = desired.iter().map(|d| demand(facts, d)).collect();
    let mut next = Vec::new();
    for (desired, allowed) in desired.iter_mut().zip(geometry::permit(&demands)) {
        settle(facts, mode, desired, allowed);
        if let Patience::Settling { memory, now } = facts.patience {
            next.extend(patience::temper(facts, memory, now, desired));
        }
    }
    Device { mode, reason, offers, desired, next }
}

fn demand(facts: Facts<'_>, desired: &Desired<'_>) -> Demand {
    Demand { shape: shape(facts, desired.identity), exist: desired.exist(), used: desired.used() }
}

/// How many units of a kind nothing new may be put on, because of the GPU instances that they are in. Which of
/// them a guest holds is not in Placement: so many are reserved, whichever they are.
fn ill(facts: Facts<'_>, gpu: &Gpu, kind: Kind) -> Option<(u32, String)> {
    let (profile, each) = match kind {
        Kind::Mig(id) => (id, 1),
        Kind::Vgpu(id) => {
            let vgpu_type = gpu.vgpu.types.get(&id)?;
            (vgpu_type.profile?, vgpu_type.max_per_gpu_instance.unwrap_or(1))
        }
    };
    let ill = health::ill_instances(gpu, &facts.policy.health);
    let here = |id: &GpuInstanceId| gpu.instances.get(id).is_some_and(|one| one.profile == profile);
    let mut whys =
        ill.into_iter().filter(|(id, _)| here(id)).map(|(id, why)| format!("GPU instance {id}: {why}"));
    let first = whys.next()?;
    let units = u32::try_from(whys.count()).unwrap_or(u32::MAX).saturating_add(1).saturating_mul(each);
    Some((units, first))
}

/// A profile's shape: where the driver says that an instance can be, and where one is.
fn shape(facts: Facts<'_>, identity: Identity) -> Option<Shape> {
    let gpu = facts.snapshot.gpus.get(&identity.address).filter(|gpu| gpu.board == identity.board)?;
    let Kind::Mig(id) = identity.kind else { return None };
    let mut shape = Shape::from(gpu.profiles.get(&id)?);
    shape.placements.extend(gpu.instances.values().filter(|i| i.profile == id).map(|i| i.placement));
    Some(shape)
}

/// Decides one provider's state, its inventory to be, its claims to be, and why.
fn settle(facts: Facts<'_>, mode: Mode, desired: &mut Desired<'_>, allowed: u32) {
    let used = desired.used();
    let present: BTreeSet<TraitName> = desired.existing.map(our_claims).unwrap_or_default();
    if mode == Mode::Hold {
        desired.hold(desired.reason.clone());
    } else if mode == Mode::Reserve {
        desired.reserve();
    } else if let Some(offer) = desired.offer.clone() {
        if let Some(reason) = blocked(facts, desired) {
            desired.state = ProviderState::Blocked;
            desired.reason = reason;
            return;
        }
        let attachable = facts.policy.attachable.permits(facts.tree.is_compute_node());
        let total = offer.units.max(used);
        let (sick, _) = desired.ill.clone().unwrap_or_default();
        let held_back = total.saturating_sub(allowed).saturating_add(sick).min(total);
        let reserved = if attachable { held_back } else { total };
        desired.state = ProviderState::Serve;
        desired.reason = serving(attachable, used, &offer, allowed, desired.ill.clone());
        desired.to = Some(record(total, reserved));
        desired.claims = offer.claims;
        if used > 0 {
            // A driver that renames a profile must not take the old name from under its guests.
            desired
                .claims
                .extend(present.into_iter().filter(|t| Claim::decode(t).is_some_and(|c| c.is_offer())));
        }
    } else {
        if !matches!(desired.reason, Reason::MigEnding) && mode == Mode::Own {
            desired.reason = Reason::NotCut { used };
        }
        match desired.inventory() {
            Some(_) if used > 0 => {
                desired.reserve();
                desired.state = ProviderState::Drain;
            }
            _ => {
                desired.state = ProviderState::Park;
                desired.claims = BTreeSet::from([marker()]);
            }
        }
    }
}

fn serving(attachable: bool, used: u32, offer: &Offer, allowed: u32, ill: Option<(u32, String)>) -> Reason {
    let units = offer.units;
    if used > units {
        Reason::OverPromised { used, units }
    } else if !attachable {
        Reason::NotAttachable
    } else if let Some((ill, what)) = ill {
        Reason::PartlyIll { units, ill, what }
    } else if allowed < units {
        Reason::Withheld { units, allowed }
    } else {
        Reason::Cut { units, plain: offer.plain.clone() }
    }
}

/// Why a provider that does not exist yet cannot be made, as far as this tree shows it.
fn blocked(facts: Facts<'_>, desired: &Desired<'_>) -> Option<Reason> {
    if desired.existing.is_some() {
        return None;
    }
    let name = match &desired.name {
        Ok(name) => name.as_str(),
        Err(long) => return Some(Reason::NameTooLong { length: long.length }),
    };
    let mut others = facts.tree.providers.values();
    let other = others.find(|other| other.uuid == desired.uuid || other.name == name)?;
    Some(Reason::Taken { by: format!("provider {} ({})", other.name, other.uuid) })
}

/// The record of hardware: one unit a request, no overcommitment.
fn record(total: u32, reserved: u32) -> Inventory {
    Inventory {
        total,
        reserved,
        min_unit: 1,
        max_unit: 1,
        step_size: 1,
        allocation_ratio: AllocationRatio::ONE,
    }
}
