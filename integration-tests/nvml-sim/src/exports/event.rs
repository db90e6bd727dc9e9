//! Event sets. What happens is a rewrite of the host file: other instances are a changed MIG configuration, new
//! entries of `xids` are XIDs.

use std::os::raw::{c_uint, c_ulonglong};
use std::time::{Duration, Instant};

use nvml_wrapper_sys::bindings::{nvmlDevice_t, nvmlEventData_t, nvmlEventSet_t, nvmlReturn_t};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::handles::Target;
use crate::session::Session;

/// An empty event set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlEventSetCreate(set: *mut nvmlEventSet_t) -> nvmlReturn_t {
    answer("nvmlEventSetCreate", Kind::Within, |nvml| {
        let number = nvml.state.handles.next();
        let handle = nvml.handle(Target::EventSet(number));
        nvml.state.event_sets.insert(number, crate::events::EventSet::default());
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(set, handle) }
    })
}

/// Frees an event set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlEventSetFree(set: nvmlEventSet_t) -> nvmlReturn_t {
    answer("nvmlEventSetFree", Kind::Within, |nvml| {
        let number = number(nvml, set)?;
        nvml.state.handles.forget(Target::EventSet(number));
        nvml.state.event_sets.remove(&number);
        Ok(())
    })
}

/// Assumed: the header lists no code for a set that does not exist.
fn number(nvml: &Session<'_>, set: nvmlEventSet_t) -> Result<u64, Fault> {
    match nvml.target(set)? {
        Target::EventSet(number) => Ok(number),
        _ => Err(Code::InvalidArgument.into()),
    }
}

/// Which events a GPU has; on a board without any, none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetSupportedEventTypes(
    device: nvmlDevice_t,
    kinds: *mut c_ulonglong,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetSupportedEventTypes", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(kinds, gpu.events) }
    })
}

/// Records events of a GPU from now on. Header: "All events that occurred before this call are not recorded".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceRegisterEvents(
    device: nvmlDevice_t,
    kinds: c_ulonglong,
    set: nvmlEventSet_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceRegisterEvents", Kind::Within, |nvml| {
        let number = number(nvml, set)?;
        let gpu = nvml.gpu(device)?;
        if kinds & !gpu.events != 0 {
            // Header: "if some of requested event types are not supported"; none is registered then.
            return Err(Code::NotSupported.into());
        }
        let now = nvml.state.peek()?;
        let set = nvml.state.event_sets.get_mut(&number).ok_or(Fault::Code(Code::InvalidArgument))?;
        set.register(gpu.address, kinds, &now);
        Ok(())
    })
}

/// The next event of a set. Header: TIMEOUT "if no event arrived in specified timeout or interrupt arrived",
/// GPU_IS_LOST "if a GPU has fallen off the bus".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlEventSetWait_v2(
    set: nvmlEventSet_t,
    data: *mut nvmlEventData_t,
    milliseconds: c_uint,
) -> nvmlReturn_t {
    let began = Instant::now();
    let patience = Duration::from_millis(milliseconds.into());
    answer("nvmlEventSetWait_v2", Kind::Within, |nvml| {
        let number = number(nvml, set)?;
        if data.is_null() {
            // Header: "if data is NULL".
            return Err(Code::InvalidArgument.into());
        }
        let now = nvml.state.peek()?;
        let set = nvml.state.event_sets.get_mut(&number).ok_or(Fault::Code(Code::InvalidArgument))?;
        let Some(event) = set.next(&now)? else {
            return Err(if began.elapsed() < patience { Fault::Again } else { Code::Timeout.into() });
        };
        let device = nvml.handle(Target::Gpu(event.gpu));
        let told = nvmlEventData_t {
            device,
            eventType: event.kind,
            eventData: event.data,
            // Header: 0xFFFFFFFF where the event belongs to no GPU instance, or MIG is off.
            gpuInstanceId: event.instance.unwrap_or(u32::MAX),
            // Assumed: a GPU instance's only compute instance has id 0.
            computeInstanceId: event.instance.map_or(u32::MAX, |_| 0),
        };
        // SAFETY: not null, so valid for a write by the contract of this module.
        unsafe { ffi::write(data, told) }
    })
}
