//! One scan of one host: a session, and a thread per GPU that borrows it.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;

use super::HardwareError;
use super::device;
use super::message::{Message, Sink, Stuck};
use super::meters::Meter;
use super::nvml::Session;

/// GPUs beyond which a count is not believed. Far more than any host has.
pub(super) const DEVICE_LIMIT: u32 = 256;

/// Opens NVML, reads every GPU, closes NVML on this same thread.
///
/// # Errors
///
/// When NVML does not open or does not say how many GPUs there are.
pub(super) fn host(
    library: Option<&Path>,
    meter: Meter,
    skip: &BTreeMap<u32, Stuck>,
    sink: &Sink<'_>,
) -> Result<(), HardwareError> {
    let session = Session::open(library, sink)?.counted(meter);
    devices(&session, skip, device::read, sink)
}

/// Counts the GPUs of an open session and reads each, on a thread of its own.
///
/// # Errors
///
/// When NVML does not say how many GPUs there are.
pub(super) fn devices(
    session: &Session<'_>,
    skip: &BTreeMap<u32, Stuck>,
    read_one: impl Fn(&Session<'_>, u32, &Sink<'_>) + Copy + Send,
    sink: &Sink<'_>,
) -> Result<(), HardwareError> {
    let driver = session.driver_version();
    let devices = session.device_count()?.min(DEVICE_LIMIT);
    sink(Message::Opened { driver, devices });
    thread::scope(|scope| {
        for index in 0..devices {
            if let Some(stuck) = skip.get(&index) {
                sink(stuck.said(index));
                continue;
            }
            let read = move || read_one(session, index, sink);
            let named = thread::Builder::new().name(format!("hardware-gpu-{index}"));
            if named.spawn_scoped(scope, read).is_err() {
                // No thread to be had: then one after the other.
                read();
            }
        }
    });
    Ok(())
}
