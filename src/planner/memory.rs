//! What the loop remembers between cycles, as a value. Nothing of it is stored: a new start begins with none,
//! waits for things to settle, and converges.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{
    Decision, HostSnapshot, Identity, Inventory, Moment, ObservedTree, PciAddress, ProviderUuid, StepOutcome,
    StepRecord, Xid,
};

use super::capacity;

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

/// Different XIDs of one GPU that are kept. NVIDIA's catalogue has fewer than 200, and a GPU few of them.
const XIDS_MOST: usize = 64;

/// The loop's memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    gpus: BTreeMap<PciAddress, Sighting>,
    contests: BTreeMap<ProviderUuid, Contest>,
    ours: BTreeSet<ProviderUuid>,
    vanished: Option<Moment>,
    xids: BTreeMap<PciAddress, BTreeMap<Xid, Moment>>,
}

/// How one GPU has looked lately.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sighting {
    /// What it had to offer when it could last be read.
    view: BTreeMap<Identity, u32>,
    /// Since when it looks like that.
    since: Moment,
    /// Scans in a row that could not read it, or did not find it.
    pub(super) unseen: u32,
}

/// What we wrote to a provider, and how often somebody undid it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contest {
    wrote: Option<Inventory>,
    at: Moment,
    pub(super) undone: u32,
}

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

impl Memory {
    /// Takes in one scan.
    pub fn see_hardware(&mut self, snapshot: &HostSnapshot, now: Moment) {
        for (address, sighting) in &mut self.gpus {
            if snapshot.gpus.get(address).is_none_or(|gpu| gpu.blinded_by().is_some()) {
                sighting.unseen = sighting.unseen.saturating_add(1);
            }
        }
        for (address, gpu) in snapshot.gpus.iter().filter(|(_, gpu)| gpu.blinded_by().is_none()) {
            let offers = capacity::offers(gpu).unwrap_or_default();
            let view: BTreeMap<Identity, u32> = offers.into_iter().map(|o| (o.identity, o.units)).collect();
            let same = self.gpus.get(address).filter(|before| before.unseen == 0 && before.view == view);
            let since = same.map_or(now, |before| before.since);
            self.gpus.insert(*address, Sighting { view, since, unseen: 0 });
        }
    }

    /// Takes in an XID: when it was seen last.
    pub fn see_xid(&mut self, address: PciAddress, xid: Xid, now: Moment) {
        let seen = self.xids.entry(address).or_default();
        seen.insert(xid, now);
        if seen.len() > XIDS_MOST
            && let Some(oldest) = seen.iter().min_by_key(|(_, at)| **at).map(|(xid, _)| *xid)
        {
            seen.remove(&oldest);
        }
    }

    /// The XIDs of a GPU, each with when it was seen last.
    pub fn xids(&self, address: PciAddress) -> impl Iterator<Item = (Xid, Moment)> {
        self.xids.get(&address).into_iter().flatten().map(|(xid, at)| (*xid, *at))
    }

    /// For another tree of providers: of the providers nothing is left, of the hardware what no scan tells again.
    pub fn for_another_root(self) -> Memory {
        Memory { xids: self.xids, ..Memory::default() }
    }

    /// Takes in a tree as it was observed.
    pub fn see_tree(&mut self, tree: &ObservedTree, now: Moment) {
        let ours: BTreeMap<ProviderUuid, PciAddress> =
            tree.ours().map(|(identity, provider)| (provider.uuid, identity.address)).collect();
        if self.ours.iter().any(|uuid| !ours.contains_key(uuid)) {
            self.vanished = Some(now);
        }
        for address in ours.values() {
            let unseen = Sighting { view: BTreeMap::new(), since: now, unseen: 1 };
            self.gpus.entry(*address).or_insert(unseen);
        }
        self.ours = ours.into_keys().collect();
    }

    /// Takes in what was written.
    pub fn wrote(&mut self, decision: &Decision, steps: &[StepRecord], now: Moment) {
        let done: BTreeSet<ProviderUuid> =
            steps.iter().filter(|r| r.outcome == StepOutcome::Done).map(|r| r.step.provider).collect();
        for provider in decision.providers.iter().filter(|provider| done.contains(&provider.uuid)) {
            // What was just made is there from now on, and must not count as vanished before it was seen.
            self.ours.insert(provider.uuid);
            let before = self.contests.get(&provider.uuid);
            let again = before.filter(|before| {
                let forgotten = before.pause().unwrap_or_default().saturating_add(CONTEST_FORGOTTEN);
                before.wrote == provider.to && now.since(before.at) < forgotten
            });
            let undone = again.map_or(0, |before| before.undone.saturating_add(1));
            self.contests.insert(provider.uuid, Contest { wrote: provider.to.clone(), at: now, undone });
        }
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

    pub(super) fn contest(&self, uuid: ProviderUuid) -> Option<&Contest> {
        self.contests.get(&uuid)
    }

    /// When something may be made again under the root. `None`: now.
    pub(super) fn tree_settles(&self, now: Moment) -> Option<Moment> {
        let end = self.vanished?.after(TREE_PAUSE);
        (now < end).then_some(end)
    }
}
