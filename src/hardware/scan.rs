//! One scan of one host: a session, and a thread per GPU that borrows it.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;

use super::HardwareError;
use super::device;
use super::message::{Message, Sink};
use super::nvml::Session;
use crate::model::{DeviceProblem, Gpu, HostProblem};

/// GPUs beyond which a count is not believed. Far more than any host has.
const DEVICE_LIMIT: u32 = 256;

/// Devices that are not asked, because an earlier scan still waits for their answer.
pub(super) type Skip = BTreeMap<u32, Stuck>;

/// What an earlier scan knows of a device that it still waits for.
#[derive(Debug, Clone)]
pub(super) struct Stuck {
    /// Who it is, if it said so much.
    pub(super) gpu: Option<Gpu>,
    /// The call that has not returned.
    pub(super) call: &'static str,
}

impl Stuck {
    /// The same words at every scan, so that two scans of it are equal.
    fn said(&self, index: u32) -> Message {
        let problem = DeviceProblem::Unreadable { call: self.call, error: "still no answer".to_owned() };
        match self.gpu.clone() {
            Some(mut gpu) => {
                gpu.problems.push(problem);
                Message::Read { index, gpu }
            }
            None => Message::Unidentified(HostProblem { index, problem }),
        }
    }
}

/// Opens NVML, reads every GPU, closes NVML on this same thread.
///
/// # Errors
///
/// When NVML does not open or does not say how many GPUs there are.
pub(super) fn host(library: Option<&Path>, skip: &Skip, sink: &Sink<'_>) -> Result<(), HardwareError> {
    let session = Session::open(library, sink)?;
    let driver = session.driver_version();
    let devices = session.device_count()?.min(DEVICE_LIMIT);
    sink(Message::Opened { driver, devices });
    let session = &session;
    thread::scope(|scope| {
        for index in 0..devices {
            if let Some(stuck) = skip.get(&index) {
                sink(stuck.said(index));
                continue;
            }
            let read = move || device::read(session, index, sink);
            let named = thread::Builder::new().name(format!("hardware-gpu-{index}"));
            if named.spawn_scoped(scope, read).is_err() {
                // No thread to be had: then one after the other.
                read();
            }
        }
    });
    Ok(())
}
