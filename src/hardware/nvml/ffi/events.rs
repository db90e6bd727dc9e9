//! What the driver tells by itself.

use std::ptr;

use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::{nvmlEventData_t, nvmlEventSet_t};

use super::{Answer, checked};

/// `nvmlEventMigConfigChange`.
pub(in crate::hardware) const EVENT_MIG: u64 = 0x100;
/// `nvmlEventTypeXidCriticalError`.
pub(in crate::hardware) const EVENT_XID: u64 = 0x8;

/// An event set: no thread but the one that made it may use it (`nvml.h`: "not thread safe"), which the raw
/// pointer in it sees to. Freed when it is dropped, before its session.
pub(in crate::hardware) struct EventSet<'s> {
    handle: nvmlEventSet_t,
    nvml: &'s Nvml,
}

/// What NVML tells of an event.
pub(in crate::hardware) struct EventFacts<'s> {
    /// Where it happened.
    pub(in crate::hardware) device: Option<Device<'s>>,
    /// `eventType`: one of the `EVENT_…`.
    pub(in crate::hardware) kind: u64,
    /// `eventData`: the number of an XID.
    pub(in crate::hardware) data: u64,
    /// The GPU instance that an XID belongs to, where the driver knows.
    pub(in crate::hardware) instance: Option<u32>,
}

impl<'s> EventSet<'s> {
    /// `nvmlEventSetCreate`. A library that lacks any of what an event set needs has none.
    pub(in crate::hardware) fn new(nvml: &'s Nvml) -> Result<Self, Answer> {
        let lib = nvml.lib();
        let complete = lib.nvmlEventSetFree.is_ok()
            && lib.nvmlEventSetWait_v2.is_ok()
            && lib.nvmlDeviceGetSupportedEventTypes.is_ok()
            && lib.nvmlDeviceRegisterEvents.is_ok();
        let call = lib.nvmlEventSetCreate.as_ref().ok().filter(|_| complete).ok_or(Answer::NoSymbol)?;
        let mut handle: nvmlEventSet_t = ptr::null_mut();
        // SAFETY: the session is open as long as `nvml` lives; the result goes to a live pointer.
        checked(unsafe { call(&raw mut handle) })?;
        if handle.is_null() {
            return Err(Answer::Nonsense("an event set without a handle".to_owned()));
        }
        Ok(EventSet { handle, nvml })
    }

    /// `nvmlDeviceRegisterEvents`: these kinds, which the device must support, from now on.
    pub(in crate::hardware) fn register(&self, device: &Device<'s>, kinds: u64) -> Result<(), Answer> {
        let call = self.nvml.lib().nvmlDeviceRegisterEvents.as_ref().map_err(|_| Answer::NoSymbol)?;
        // SAFETY: both handles are of the session that `self` borrows, and the set is not freed yet.
        checked(unsafe { call(device.handle(), kinds, self.handle) })
    }

    /// `nvmlEventSetWait_v2`: the next event, waited for so many milliseconds at most.
    pub(in crate::hardware) fn wait(&self, milliseconds: u32) -> Result<EventFacts<'s>, Answer> {
        let call = self.nvml.lib().nvmlEventSetWait_v2.as_ref().map_err(|_| Answer::NoSymbol)?;
        let mut data = nvmlEventData_t {
            device: ptr::null_mut(),
            eventType: 0,
            eventData: 0,
            // What `nvml.h` has for "none", should the driver leave them as they are.
            gpuInstanceId: u32::MAX,
            computeInstanceId: u32::MAX,
        };
        // SAFETY: the set is of the session that `self` borrows and not freed yet; no other thread has it;
        // `data` outlives the call.
        checked(unsafe { call(self.handle, &raw mut data, milliseconds) })?;
        let device = (!data.device.is_null()).then(|| {
            // SAFETY: NVML has just told this handle, in the session that `nvml` keeps open.
            unsafe { Device::new(data.device, self.nvml) }
        });
        Ok(EventFacts {
            device,
            kind: data.eventType,
            data: data.eventData,
            instance: Some(data.gpuInstanceId).filter(|id| *id != u32::MAX),
        })
    }
}

impl Drop for EventSet<'_> {
    fn drop(&mut self) {
        if let Ok(call) = self.nvml.lib().nvmlEventSetFree.as_ref() {
            // SAFETY: the set is of the session that `self` borrows, and nobody uses it after this.
            unsafe { call(self.handle) };
        }
    }
}

/// `nvmlDeviceGetSupportedEventTypes`: a set of `EVENT_…` and others.
pub(in crate::hardware) fn supported_events(device: &Device<'_>) -> Result<u64, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetSupportedEventTypes.as_ref();
    let call = call.map_err(|_| Answer::NoSymbol)?;
    let mut kinds = 0;
    // SAFETY: the handle is of the open session that `device` borrows; the result goes to a live integer.
    checked(unsafe { call(device.handle(), &raw mut kinds) })?;
    Ok(kinds)
}
