//! What the loop remembers between cycles, as a value. Nothing of it is stored: a new start begins with none,
//! waits for things to settle, and converges.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{
    Decision, Gpu, GpuInstanceId, HostSnapshot, Identity, Inventory, Moment, ObservedTree, PciAddress,
    ProviderUuid, StepOutcome, StepRecord, TraitName,
};

use super::{Policy, Timing, capacity, health};

/// After a provider of ours vanished, nothing is made for this long: `openstack compute service delete`
/// deletes a tree bottom-up, and must not meet a child that was just made again.
pub(super) const TREE_PAUSE: Duration = Duration::from_secs(60);

/// Undone this often in a row, a write is contested.
const CONTEST_AFTER: u32 = 3;
/// The first pause of a contest; each further one is twice as long.
const CONTEST_PAUSE: Duration = Duration::from_secs(60);
/// No pause is longer: somebody may be gone by then.
const CONTEST_PAUSE_MOST: Duration = Duration::from_secs(3600);
/// A write that stood for this long beyond its pause was not undone "in a row".
const CONTEST_FORGOTTEN: Duration = Duration::from_secs(600);

/// The loop's memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    gpus: BTreeMap<PciAddress, Sighting>,
    contests: BTreeMap<ProviderUuid, Contest>,
    ours: BTreeSet<ProviderUuid>,
    vanished: Option<Moment>,
}

/// How one GPU has looked lately.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sighting {
    /// What it had to offer when it could last be read.
    view: View,
    /// Since when it looks like that.
    since: Moment,
    /// Scans in a row that could not read it, or did not find it.
    pub(super) unseen: u32,
}

/// What a GPU has to offer: units of each kind, and GPU instances that are not well.
#[derive(Debug, Clone, Default, PartialEq)]
struct View {
    offers: BTreeMap<Identity, u32>,
    ill: BTreeSet<GpuInstanceId>,
}

/// What we wrote to a provider, and how often somebody undid it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contest {
    wrote: Wrote,
    at: Moment,
    pub(super) undone: u32,
}

/// What a provider was made: its VGPU record and its claims.
type Wrote = (Option<Inventory>, BTreeSet<TraitName>);

impl Contest {
    /// How long nothing is written, counted from the last write.
    pub(super) fn pause(&self) -> Option<Duration> {
        let beyond = self.undone.checked_sub(CONTEST_AFTER)?;
        let factor = 1_u32.checked_shl(beyond.min(16)).unwrap_or(u32::MAX);
        Some(CONTEST_PAUSE.saturating_mul(factor).min(CONTEST_PAUSE_MOST))
    }

    /// When the pause ends, if it has not yet.
    pub(super) fn paused_until(&self, now: Moment) -> Option<Moment> {
        let end = self.at.after(self.pause()?);
        (now < end).then_some(end)
    }
}

/// What a GPU has to offer to new guests. One that gets well again looks different from before, and settles.
fn view(gpu: &Gpu, policy: &Policy) -> View {
    if health::reserved_for(gpu, &policy.health).is_some() {
        return View::default();
    }
    let offers = capacity::of(gpu, policy).offers;
    let ill = health::ill_instances(gpu, &policy.health).into_keys().collect();
    View { offers: offers.into_iter().map(|offer| (offer.identity, offer.units)).collect(), ill }
}

impl Memory {
    /// Takes in one scan, for what it offers under that policy.
    pub fn see_hardware(&mut self, snapshot: &HostSnapshot, policy: &Policy, now: Moment) {
        for (address, sighting) in &mut self.gpus {
            if snapshot.gpus.get(address).is_none_or(|gpu| gpu.blinded_by().is_some()) {
                sighting.unseen = sighting.unseen.saturating_add(1);
            }
        }
        for (address, gpu) in snapshot.gpus.iter().filter(|(_, gpu)| gpu.blinded_by().is_none()) {
            let view = view(gpu, policy);
            let same = self.gpus.get(address).filter(|before| before.unseen == 0 && before.view == view);
            let since = same.map_or(now, |before| before.since);
            self.gpus.insert(*address, Sighting { view, since, unseen: 0 });
        }
    }

    /// Takes in a tree as it was observed.
    pub fn see_tree(&mut self, tree: &ObservedTree, now: Moment) {
        let ours: BTreeMap<ProviderUuid, PciAddress> =
            tree.ours().map(|(identity, provider)| (provider.uuid, identity.address)).collect();
        if self.ours.iter().any(|uuid| !ours.contains_key(uuid)) {
            self.vanished = Some(now);
        }
        for address in ours.values() {
            let unseen = Sighting { view: View::default(), since: now, unseen: 1 };
            self.gpus.entry(*address).or_insert(unseen);
        }
        self.ours = ours.into_keys().collect();
        // Nova makes its providers anew, with other UUIDs: nobody undid that.
        self.contests.retain(|uuid, _| tree.providers.contains_key(uuid));
    }

    /// Takes in what was written.
    pub fn wrote(&mut self, decision: &Decision, steps: &[StepRecord], now: Moment) {
        let done: BTreeSet<ProviderUuid> =
            steps.iter().filter(|r| r.outcome == StepOutcome::Done).map(|r| r.step.provider).collect();
        for provider in decision.providers.iter().filter(|provider| done.contains(&provider.uuid)) {
            // What was just made is there from now on, and must not count as vanished before it was seen.
            self.ours.insert(provider.uuid);
            self.made(provider.uuid, (provider.to.clone(), BTreeSet::new()), now);
        }
        for provider in decision.nova_providers.iter().filter(|provider| done.contains(&provider.uuid)) {
            self.made(provider.uuid, (None, provider.claims.clone()), now);
        }
    }

    fn made(&mut self, uuid: ProviderUuid, wrote: Wrote, now: Moment) {
        let again = self.contests.get(&uuid).filter(|before| {
            let forgotten = before.pause().unwrap_or_default().saturating_add(CONTEST_FORGOTTEN);
            before.wrote == wrote && now.since(before.at) < forgotten
        });
        let undone = again.map_or(0, |before| before.undone.saturating_add(1));
        self.contests.insert(uuid, Contest { wrote, at: now, undone });
    }

    pub(super) fn sighting(&self, address: PciAddress) -> Option<&Sighting> {
        self.gpus.get(&address)
    }

    /// When the GPU has looked as it does now for that long. `None`: it has.
    pub(super) fn settles(&self, address: PciAddress, span: Duration, now: Moment) -> Option<Moment> {
        let since = self.gpus.get(&address).map_or(now, |sighting| sighting.since);
        let end = since.after(span);
        (now < end).then_some(end)
    }

    /// Whether every GPU has looked as it does now for that long, or has not been readable for so many scans.
    /// Without any, whether that time has passed at all.
    fn still(&self, span: Duration, grace: u32, now: Moment) -> bool {
        let still = |(address, sighting): (&PciAddress, &Sighting)| match sighting.unseen {
            0 => self.settles(*address, span, now).is_none(),
            unseen => unseen >= grace,
        };
        now >= Moment::default().after(span) && self.gpus.iter().all(still)
    }

    /// Whether nothing has to settle any more: by what was decided, or, where Placement kept anything from
    /// being decided, by the looks of the hardware alone.
    pub fn settled(&self, decided: Option<&Decision>, timing: &Timing, now: Moment) -> bool {
        match decided {
            Some(decision) => {
                // What it waits for otherwise is no matter of the hardware: a contest, a tree that is deleted.
                decision.next.is_none() || self.still(timing.other_kind, timing.grace, now)
            }
            None => self.still(timing.growth, timing.grace, now),
        }
    }

    pub(super) fn contest(&self, uuid: ProviderUuid) -> Option<&Contest> {
        self.contests.get(&uuid)
    }

    /// When something may be made again under the root. `None`: now.
    pub(super) fn tree_settles(&self, now: Moment) -> Option<Moment> {
        let end = self.vanished?.after(TREE_PAUSE);
        (now < end).then_some(end)
    }
}
