//! XID events in the loop: remembered until something shows that they are over, noted for the next start.

use super::Agent;
use crate::hardware::HealthNote;
use crate::model::{HostSnapshot, PciAddress, Xid, XidTally};
use crate::planner::XidLog;

/// What was noted before this start.
pub(super) fn noted(note: &HealthNote) -> XidLog {
    note.read().map(XidLog::new).unwrap_or_else(|error| {
        tracing::warn!("the note of XID events cannot be used, and is begun anew: {error}");
        XidLog::default()
    })
}

impl Agent {
    /// Takes in an event that was told. What means something is a finding of the next cycle; what concerns a
    /// guest's application alone comes as often as that application fails.
    pub(super) fn see_xid(&mut self, address: PciAddress, xid: Xid) {
        tracing::debug!(device = %address, instance = ?xid.instance, "XID {code} of {address}", code = xid.code);
        self.status.send_modify(|status| {
            let tally = status.xids.entry(address).or_default();
            *tally = XidTally { count: tally.count.saturating_add(1), last: xid.code };
        });
        if self.xids.see(address, xid, &self.parts.policy.health) {
            self.keep_note();
        }
    }

    /// Forgets what the scan shows to be over, and puts the rest onto it.
    pub(super) fn follow_health(&mut self, snapshot: &mut HostSnapshot) {
        let before = self.xids.clone();
        self.xids.follow(snapshot);
        self.xids.onto(snapshot);
        if self.xids != before {
            self.keep_note();
        }
    }

    /// An operator says that the GPU was reset.
    pub(super) fn heal(&mut self, address: PciAddress) -> String {
        if self.xids.forget(address) {
            self.keep_note();
            tracing::info!(device = %address, "the XID events of {address} are forgotten on request");
            format!("{address}: its XID events are forgotten, a scan begins")
        } else {
            format!(
                "{address}: no XID event is remembered. What the driver itself reports is over when it says so"
            )
        }
    }

    fn keep_note(&self) {
        if let Err(error) = self.parts.note.write(self.xids.gpus()) {
            tracing::warn!("XID events cannot be noted, and a restart would forget them: {error}");
        }
    }
}
