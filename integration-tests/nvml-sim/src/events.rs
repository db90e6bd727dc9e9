//! What an event set has registered, what it saw last, and what it has to tell.

use std::collections::{BTreeMap, VecDeque};

use crate::answer::Fault;
use crate::codes::Code;
use crate::host::{Gpu, GpuState, Host, Mig, PciAddress, XidFile};

/// `nvmlEventMigConfigChange`
pub(crate) const MIG: u64 = 0x100;
/// `nvmlEventTypeXidCriticalError`
pub(crate) const XID: u64 = 0x8;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) gpu: PciAddress,
    pub(crate) kind: u64,
    pub(crate) data: u64,
    pub(crate) instance: Option<u32>,
}

#[derive(Debug, Default)]
pub(crate) struct EventSet {
    registered: BTreeMap<PciAddress, Registered>,
    waiting: VecDeque<Event>,
}

#[derive(Debug)]
struct Registered {
    kinds: u64,
    seen: Seen,
}

/// An instance: the same place, profile and id.
type Identity = (u32, u32, u32, u32);

/// What events are made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    cut: Option<(Mig, Vec<Identity>)>,
    xids: Vec<XidFile>,
}

impl Seen {
    fn of(gpu: &Gpu) -> Self {
        let cut = gpu.instances.iter().map(crate::host::Instance::identity).collect();
        Self { cut: Some((gpu.mig, cut)), xids: gpu.xids.clone() }
    }
}

impl EventSet {
    pub(crate) fn register(&mut self, gpu: PciAddress, kinds: u64, now: &Host) {
        let seen = now.gpus.iter().find(|one| one.address == gpu).map(Seen::of).unwrap_or_default();
        self.registered.insert(gpu, Registered { kinds, seen });
    }

    /// The next event of that host, if it has one.
    pub(crate) fn next(&mut self, now: &Host) -> Result<Option<Event>, Fault> {
        let mut lost = false;
        for (address, registered) in &mut self.registered {
            let gpu = now.gpus.iter().find(|gpu| gpu.address == *address);
            let Some(gpu) = gpu.filter(|gpu| gpu.state != GpuState::Lost) else {
                lost = true;
                continue;
            };
            let seen = Seen::of(gpu);
            let event = |kind, data, instance| Event { gpu: *address, kind, data, instance };
            if seen.cut != registered.seen.cut && registered.kinds & MIG != 0 {
                self.waiting.push_back(event(MIG, 0, None));
            }
            let mut before = registered.seen.xids.clone();
            for xid in seen.xids.iter().filter(|_| registered.kinds & XID != 0) {
                match before.iter().position(|known| known == xid) {
                    Some(at) => drop(before.remove(at)),
                    None => self.waiting.push_back(event(XID, u64::from(xid.code), xid.instance)),
                }
            }
            registered.seen = seen;
        }
        match self.waiting.pop_front() {
            Some(event) => Ok(Some(event)),
            // Assumed: what happened elsewhere is told first.
            None if lost => Err(Code::GpuIsLost.into()),
            None => Ok(None),
        }
    }
}
