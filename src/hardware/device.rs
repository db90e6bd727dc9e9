//! One GPU, read as far as it lets itself be read.
//!
//! Nothing here fails: what could not be read becomes a problem of this GPU. A GPU that is lost is asked
//! nothing more, since every further call would wait for a device that is not there.

mod compute;
mod figures;
mod health;
mod instances;
mod profiles;
mod vgpu;

use std::collections::BTreeMap;

pub(super) use figures::{Asking, of as figures_of, read as figures};

use super::message::{Message, Sink};
use super::nvml::{Answer, CallError, Handle, Instance, Session, Span};
use crate::model::{
    DeviceProblem, Gpu, GpuInstanceId, HostProblem, MigMode, MigState, PciAddress, PciDeviceId,
    SlicePlacement, Slots,
};

/// The GPU does not answer any more.
struct Gone;

/// Reads the GPU of this index and says what was found.
pub(super) fn read(session: &Session<'_>, index: u32, sink: &Sink<'_>) {
    match identify(session, index) {
        Err(error) => sink(Message::Unidentified(HostProblem { index, problem: error.blinding() })),
        Ok((handle, gpu)) => {
            sink(Message::Identified { index, gpu: gpu.clone() });
            let mut reading = Reading { handle, gpu, total_bytes: None, found: BTreeMap::new() };
            let _: Result<(), Gone> = reading.everything();
            sink(Message::Read { index, gpu: reading.gpu });
        }
    }
}

pub(super) fn identify<'s>(session: &'s Session<'_>, index: u32) -> Result<(Handle<'s>, Gpu), CallError> {
    let handle = session.device(index)?;
    let pci = handle.pci()?;
    let address = PciAddress::from_parts(pci.domain, pci.bus, pci.device).ok_or_else(|| CallError {
        call: "nvmlDeviceGetPciInfo_v3",
        answer: Answer::Nonsense(format!("address {:x}:{:x}:{:x}", pci.domain, pci.bus, pci.device)),
    })?;
    Ok((handle, Gpu::unread(address, PciDeviceId::from_nvml(pci.combined_id))))
}

struct Reading<'s> {
    handle: Handle<'s>,
    gpu: Gpu,
    total_bytes: Option<u64>,
    /// The GPU instances, to be asked about what is in them.
    found: BTreeMap<GpuInstanceId, Instance<'s>>,
}

impl<'s> Reading<'s> {
    fn everything(&mut self) -> Result<(), Gone> {
        self.description()?;
        self.mig_mode()?;
        if self.gpu.mig.is_on() {
            self.profiles()?;
            self.instances()?;
            self.mig_devices()?;
            self.remaining()?;
        }
        self.vgpus()?;
        self.health()
    }

    /// Keeps a problem, each once: 64 enums that fail alike are one problem.
    fn note(&mut self, problem: DeviceProblem) -> Result<(), Gone> {
        let lost = matches!(problem, DeviceProblem::Lost { .. });
        if !self.gpu.problems.contains(&problem) {
            self.gpu.problems.push(problem);
        }
        if lost { Err(Gone) } else { Ok(()) }
    }

    /// A figure that nothing depends on: absent where the GPU or the driver has none, a problem where it failed.
    fn figure<T>(&mut self, answer: Result<T, CallError>) -> Result<Option<T>, Gone> {
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.answer.is_absence() => Ok(None),
            Err(error) => self.note(error.missing()).map(|()| None),
        }
    }

    fn description(&mut self) -> Result<(), Gone> {
        match self.handle.product() {
            Ok(product) => self.gpu.product = product,
            Err(error) => self.note(error.missing())?,
        }
        match self.handle.uuid() {
            Ok(uuid) => self.gpu.uuid = uuid,
            Err(error) => self.note(error.missing())?,
        }
        self.gpu.serial = self.figure(self.handle.serial())?;
        match self.handle.memory() {
            Ok(bytes) => {
                self.total_bytes = Some(bytes);
                self.gpu.memory_mib = Some(bytes >> 20);
            }
            // A GPU without a framebuffer of its own (GB10) has no such figure, which is no problem.
            Err(error) if error.answer == Answer::NOT_SUPPORTED => {}
            Err(error) => self.note(error.missing())?,
        }
        Ok(())
    }

    fn mig_mode(&mut self) -> Result<(), Gone> {
        let state = |number: u32| match number {
            0 => Some(MigState::Off),
            1 => Some(MigState::On),
            _ => None,
        };
        match self.handle.mig_mode() {
            Ok((current, pending)) => match (state(current), state(pending)) {
                (Some(current), Some(pending)) => self.gpu.mig = MigMode::Supported { current, pending },
                _ => {
                    let answer = Answer::Nonsense(format!("MIG mode {current}, pending {pending}"));
                    self.note(CallError { call: "nvmlDeviceGetMigMode", answer }.blinding())?;
                }
            },
            // A library without the call is older than MIG.
            Err(error) if error.answer == Answer::NOT_SUPPORTED || error.answer == Answer::NoSymbol => {
                self.gpu.mig = MigMode::Unsupported;
            }
            Err(error) => self.note(error.blinding())?,
        }
        Ok(())
    }
}

fn place(span: Span) -> SlicePlacement {
    SlicePlacement { start: Slots::new(span.start), size: Slots::new(span.size) }
}
