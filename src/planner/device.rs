//! What every provider of one GPU should be.

use std::collections::{BTreeMap, BTreeSet};

use crate::geometry::{self, Board};
use crate::model::{
    Account, AllocationRatio, Claim, Identity, Inventory, Kind, Mode, Moment, ObservedProvider, Offer,
    PciAddress, ProviderState, Reason, marker,
};

use super::decorate::{self, Decorated};
use super::desired::Desired;
use super::patience::{self, Settling};
use super::pools::{self, Count};
use super::{Facts, Patience, capacity, health, mode};

/// The providers of ours that a GPU has in Placement.
pub(super) type Existing<'a> = BTreeMap<Identity, &'a ObservedProvider>;

/// One GPU on its way through the planner.
#[derive(Debug)]
pub(super) struct Device<'a> {
    pub(super) mode: Mode,
    pub(super) reason: Reason,
    pub(super) offers: Vec<Offer>,
    /// What it could give and does not, and why.
    pub(super) lacks: Vec<Reason>,
    pub(super) desired: Vec<Desired<'a>>,
    /// Nova's providers of it.
    pub(super) decorated: Vec<Decorated<'a>>,
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
    let claimed = || existing.and_then(|provider| identity.kind.claimed_name(&provider.traits));
    let known = offered.or_else(claimed).or_else(|| name_of_kind(facts, identity));
    known.unwrap_or_else(|| identity.kind.to_string())
}

/// What the driver calls a kind, where it still describes it.
fn name_of_kind(facts: Facts<'_>, identity: Identity) -> Option<String> {
    let gpu = facts.snapshot.gpus.get(&identity.address).filter(|gpu| gpu.board == identity.board)?;
    match identity.kind {
        Kind::Mig(id) => gpu.profiles.get(&id).map(|profile| profile.name.clone()),
        Kind::Vgpu(id) => gpu.vgpu.types.get(&id).map(|one| one.name.clone()),
    }
}

/// What a GPU and every provider of it should be.
pub(super) fn device<'a>(facts: Facts<'a>, address: PciAddress, existing: &Existing<'a>) -> Device<'a> {
    let (mode, mut reason) = mode::mode(facts, address);
    let gpu = facts.snapshot.gpus.get(&address).filter(|_| mode == Mode::Own);
    let capacity = gpu.map(|gpu| capacity::of(gpu, facts.policy)).unwrap_or_default();
    let (offers, lacks) = (capacity.offers, capacity.lacks);
    if let Some(lack) = lacks.first().filter(|_| offers.is_empty()) {
        reason = lack.clone();
    }
    let mut identities: BTreeSet<Identity> = existing.keys().copied().collect();
    identities.extend(offers.iter().map(|offer| offer.identity));

    let mut desired: Vec<Desired<'a>> = identities
        .into_iter()
        .map(|identity| {
            let offer = offers.iter().find(|offer| offer.identity == identity);
            let existing = existing.get(&identity).copied();
            Desired {
                // Whoever is there has the UUID of its identity, or it would not be ours.
                uuid: existing.map_or_else(|| identity.uuid(facts.tree.root), |provider| provider.uuid),
                identity,
                plain: plain(facts, identity, offer, existing),
                name: identity.name(facts.tree.root_name()),
                existing,
                offer: offer.cloned(),
                ill: gpu.and_then(|gpu| health::ill_units(gpu, &facts.policy.health, identity.kind)),
                state: ProviderState::Hold,
                reason: reason.clone(),
                to: None,
                account: None,
                claims: BTreeSet::new(),
            }
        })
        .collect();
    let mut next = Vec::new();
    let offering = existing.values().any(|provider| provider.vgpu().is_some());
    let earlier = desired.iter().any(|d| d.used() > d.exist());
    let permitted = permitted(facts, address, &desired);
    for (desired, allowed) in desired.iter_mut().zip(permitted) {
        settle(facts, mode, desired, Permit { allowed, earlier });
        if let Patience::Settling { memory, now } = facts.patience {
            let settling = Settling { memory, timing: &facts.policy.timing, now, offering };
            next.extend(patience::temper(settling, desired));
        }
    }
    let (decorated, settles) = decorate::decorated(facts, address, mode);
    next.extend(settles);
    Device { mode, reason, offers, lacks, desired, decorated, next }
}

/// How many units of each kind may be allocated.
fn permitted(facts: Facts<'_>, address: PciAddress, desired: &[Desired<'_>]) -> Vec<u32> {
    let Some(gpu) = facts.snapshot.gpus.get(&address) else {
        return desired.iter().map(|d| d.used().min(d.exist())).collect();
    };
    let count = |d: &Desired<'_>| Count { kind: d.identity.kind, exist: d.exist(), used: d.used() };
    // What another board in the same slot gave, this one's driver does not describe.
    let (pools, demands) =
        pools::demands(gpu, desired.iter().map(|d| (d.identity.board == gpu.board, count(d))));
    geometry::permit(Board::of_gpu(gpu), &pools, &demands)
}

/// How many units may be allocated, and whether guests of an earlier cut have a part in that.
#[derive(Clone, Copy)]
struct Permit {
    allowed: u32,
    earlier: bool,
}

/// Decides one provider's state, its inventory to be, its claims to be, and why.
fn settle(facts: Facts<'_>, mode: Mode, desired: &mut Desired<'_>, permit: Permit) {
    let used = desired.used();
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
        let sick = desired.ill.as_ref().map_or(0, |(units, _)| *units);
        let held_back = total.saturating_sub(permit.allowed).saturating_add(sick).min(total);
        let reserved = if attachable { held_back } else { total };
        let (exist, allowed, ill) = (offer.units, permit.allowed, sick);
        desired.account = Some(Account { exist, used, allowed, ill, attachable });
        desired.state = ProviderState::Serve;
        desired.reason = serving(attachable, used, &offer, permit, desired.ill.clone());
        desired.to = Some(record(total, reserved));
        desired.claims = offer.claims;
        if used > 0 {
            // A driver that renames a profile must not take the old name from under its guests.
            let present = desired.existing.iter().flat_map(|provider| &provider.traits);
            let offers = present.filter(|name| Claim::decode(name).is_some_and(|claim| claim.is_offer()));
            desired.claims.extend(offers.cloned());
        }
    } else {
        if !matches!(desired.reason, Reason::MigEnding) && mode == Mode::Own {
            desired.reason = match desired.identity.kind {
                Kind::Mig(_) => Reason::NotCut { used },
                Kind::Vgpu(_) => Reason::NotGiven { used },
            };
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

fn serving(attachable: bool, used: u32, offer: &Offer, permit: Permit, ill: Option<(u32, String)>) -> Reason {
    let (units, plain, allowed) = (offer.units, offer.plain.clone(), permit.allowed);
    if used > units {
        return Reason::OverPromised { used, units };
    }
    if !attachable {
        return Reason::NotAttachable;
    }
    if let Some((ill, what)) = ill {
        return Reason::PartlyIll { units, ill, what };
    }
    match offer.identity.kind {
        _ if allowed < units && permit.earlier => Reason::Withheld { units, allowed },
        _ if allowed < units => Reason::Shared { units, allowed },
        Kind::Mig(_) => Reason::Cut { units, plain },
        Kind::Vgpu(_) => Reason::Given { units, plain },
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
