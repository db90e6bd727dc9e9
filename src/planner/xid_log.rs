//! The XID events that nothing shows to be over. Events are told once, by whoever listens, and forgotten by the
//! driver; what they mean lasts until the GPU is reset.

use std::collections::BTreeMap;

use crate::model::{Gpu, HostSnapshot, PciAddress, RecoveryAction, Xid, XidRecord};

use super::{HealthAction, HealthPolicy};

/// XIDs of one GPU beyond which no further one is kept. There are fewer than 200 codes; a driver that makes up
/// more tells nothing by them.
const MOST: usize = 256;

/// What is remembered of every GPU.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XidLog {
    gpus: BTreeMap<PciAddress, XidRecord>,
}

impl XidLog {
    /// From what was kept over a restart.
    pub fn new(gpus: BTreeMap<PciAddress, XidRecord>) -> Self {
        XidLog { gpus }
    }

    /// All of it, to be kept over a restart.
    pub fn gpus(&self) -> &BTreeMap<PciAddress, XidRecord> {
        &self.gpus
    }

    /// Takes in one event. True when it is news. What concerns an application alone is not kept, unless the
    /// operator wants something done about it.
    pub fn see(&mut self, address: PciAddress, xid: Xid, policy: &HealthPolicy) -> bool {
        if policy.xid(xid.code) == HealthAction::Ignore {
            return false;
        }
        let xids = &mut self.gpus.entry(address).or_default().xids;
        xids.len() < MOST && xids.insert(xid)
    }

    /// Forgets what a scan, begun after the last event was taken in, shows to be over.
    pub fn follow(&mut self, snapshot: &HostSnapshot) {
        for (address, record) in &mut self.gpus {
            // One that cannot be read shows nothing.
            if let Some(gpu) = snapshot.gpus.get(address).filter(|gpu| gpu.blinded_by().is_none()) {
                forget_what_is_over(record, gpu);
            }
        }
        self.gpus.retain(|_, record| !record.xids.is_empty());
    }

    /// Puts the events where decisions are made from.
    pub fn onto(&self, snapshot: &mut HostSnapshot) {
        for (address, record) in &self.gpus {
            if let Some(gpu) = snapshot.gpus.get_mut(address) {
                gpu.health.xids.clone_from(&record.xids);
            }
        }
    }

    /// Forgets a GPU's events on an operator's word.
    pub fn forget(&mut self, address: PciAddress) -> bool {
        self.gpus.remove(&address).is_some()
    }
}

fn forget_what_is_over(record: &mut XidRecord, gpu: &Gpu) {
    let errors = gpu.health.uncorrectable_volatile;
    let another = record.uuid.as_ref().is_some_and(|uuid| *uuid != gpu.uuid);
    let fewer = errors.is_some() && record.uncorrectable > errors;
    // "No recovery action is needed. The GPU can be immediately used again."
    let well = gpu.health.recovery == Some(RecoveryAction::None);
    if another || fewer || well {
        record.xids.clear();
    }
    record.xids.retain(|xid| xid.instance.is_none_or(|id| gpu.instances.contains_key(&id)));
    record.uuid = Some(gpu.uuid.clone());
    record.uncorrectable = errors;
}
