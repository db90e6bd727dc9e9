//! Events of the GPUs of an open session: a change of a GPU's cut, and XIDs.

use std::time::Duration;

use nvml_wrapper::Device;

use super::ffi::{self, EVENT_MIG, EVENT_XID, EventSet};
use super::{Answer, CallError, Session};
use crate::hardware::message::Message;
use crate::model::{GpuInstanceId, PciAddress, Xid};

/// An event set, and the session that it belongs to.
pub(in crate::hardware) struct SessionEvents<'s> {
    set: EventSet<'s>,
    session: &'s Session<'s>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::hardware) enum Happened {
    /// The GPU instances of a GPU are others than before.
    Cut(PciAddress),
    /// Something went wrong on a GPU.
    Xid(PciAddress, Xid),
    /// Something that was not asked for, or on a device that does not say where it sits.
    Unclear,
}

impl<'s> SessionEvents<'s> {
    /// An empty set.
    ///
    /// # Errors
    ///
    /// [`Answer::NoSymbol`] where the library is older than events with GPU instances.
    pub(in crate::hardware) fn new(session: &'s Session<'s>) -> Result<Self, CallError> {
        let call = "nvmlEventSetCreate";
        session.say(Message::Calling { device: None, call });
        match session.nvml().and_then(EventSet::new) {
            Ok(set) => Ok(SessionEvents { set, session }),
            Err(answer) => Err(CallError { call, answer }),
        }
    }

    /// Adds what the device of this index supports of what is of interest. False: nothing.
    ///
    /// # Errors
    ///
    /// What NVML answered; the set is good still, unless that was UNKNOWN (`nvml.h`).
    pub(in crate::hardware) fn register(&self, index: u32) -> Result<bool, CallError> {
        let handle = self.session.device(index)?;
        let say = |call| self.session.say(Message::Calling { device: Some(index), call });
        let failed = |call| move |answer| CallError { call, answer };
        let call = "nvmlDeviceGetSupportedEventTypes";
        say(call);
        let device = handle.device().map_err(failed(call))?;
        let kinds = ffi::supported_events(device).map_err(failed(call))? & (EVENT_MIG | EVENT_XID);
        if kinds == 0 {
            return Ok(false);
        }
        let call = "nvmlDeviceRegisterEvents";
        say(call);
        match self.set.register(device, kinds) {
            Ok(()) => Ok(true),
            Err(Answer::NOT_SUPPORTED) => Ok(false),
            Err(answer) => Err(CallError { call, answer }),
        }
    }

    /// The next event; `None`: there was none for that long, or the wait ended early, as it may.
    ///
    /// # Errors
    ///
    /// What NVML answered.
    pub(in crate::hardware) fn wait(&self, patience: Duration) -> Result<Option<Happened>, CallError> {
        let call = "nvmlEventSetWait_v2";
        self.session.say(Message::Calling { device: None, call });
        let facts = match self.set.wait(u32::try_from(patience.as_millis()).unwrap_or(u32::MAX)) {
            Ok(facts) => facts,
            Err(Answer::TIMEOUT) => return Ok(None),
            Err(answer) => return Err(CallError { call, answer }),
        };
        let Some(address) = facts.device.and_then(|device| self.address(&device)) else {
            return Ok(Some(Happened::Unclear));
        };
        Ok(Some(match (facts.kind, u32::try_from(facts.data)) {
            (EVENT_MIG, _) => Happened::Cut(address),
            (EVENT_XID, Ok(code)) => {
                let instance = facts.instance.map(GpuInstanceId::new);
                Happened::Xid(address, Xid { code, instance })
            }
            _ => Happened::Unclear,
        }))
    }

    fn address(&self, device: &Device<'_>) -> Option<PciAddress> {
        self.session.say(Message::Calling { device: None, call: "nvmlDeviceGetPciInfo_v3" });
        let pci = ffi::pci(device).ok()?;
        PciAddress::from_parts(pci.domain, pci.bus, pci.device)
    }
}
