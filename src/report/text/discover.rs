//! The hardware: a line for each GPU first, everything else on demand.

mod details;
mod figures;
mod lists;
mod slots;
mod summary;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::columns::unbroken;
use super::style::{BAD, BOLD, DIM, harmless, painted};
use crate::model::{DeviceDecision, Figures, Gpu, HostSnapshot, PciAddress};
use crate::report::words::{counted, offers};

/// What of the hardware is to be shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct View {
    /// One GPU alone, with its details.
    pub gpu: Option<PciAddress>,
    /// The details of every GPU.
    pub details: bool,
    /// Every GPU-instance profile, also those that do not fit.
    pub profiles: bool,
    /// Every vGPU type.
    pub types: bool,
    /// Every virtual function.
    pub functions: bool,
    /// Columns of the terminal; none where there is no terminal.
    pub width: Option<usize>,
}

impl View {
    /// Whether more than a line is to be shown of each GPU.
    pub(in crate::report) fn has_details(&self) -> bool {
        self.gpu.is_some() || self.details || self.profiles || self.types || self.functions
    }
}

/// What will be reported of each GPU, if nobody else reports it.
pub type Prospects = BTreeMap<PciAddress, DeviceDecision>;

/// The host: its GPUs in a line each, then the details that the view asks for.
/// `figures` are those of the GPUs where they were read.
pub fn discover(
    host: &HostSnapshot,
    prospects: &Prospects,
    figures: &BTreeMap<PciAddress, Figures>,
    view: View,
) -> String {
    let shown: Vec<&Gpu> =
        host.gpus.values().filter(|gpu| view.gpu.is_none_or(|address| address == gpu.address)).collect();
    let mut out = String::new();
    if view.gpu.is_none() {
        let _ = writeln!(out, "{}", head(host));
        if !shown.is_empty() {
            let _ = write!(out, "\n{}", summary::table(&shown, prospects, view.width));
        }
        if !host.hidden.is_empty() {
            let _ = write!(out, "\n{}", summary::hidden(&host.hidden, view.width));
        }
        for problem in &host.problems {
            let text = format!("NVML index {}, address unknown: {}", problem.index, problem.problem);
            let _ = writeln!(out, "\n{}", painted(BAD, text));
        }
    }
    if view.has_details() {
        for (number, gpu) in shown.iter().enumerate() {
            if number > 0 || view.gpu.is_none() {
                out.push('\n');
            }
            let (prospect, figures) = (prospects.get(&gpu.address), figures.get(&gpu.address));
            details::write(&mut out, gpu, prospect, figures, view);
        }
    } else if !shown.is_empty() {
        let hint = "`--gpu ADDRESS` or `--details` draws each GPU with what still fits";
        let _ = writeln!(out, "\n{}", painted(DIM, hint));
    }
    harmless(&out)
}

/// `4 GPUs, driver 580.65.06, 3 guests`.
fn head(host: &HostSnapshot) -> String {
    let driver = host.driver.as_deref().unwrap_or("of unknown version");
    let mut head =
        format!("{}, driver {driver}", painted(BOLD, counted(host.gpus.len() + host.problems.len(), "GPU")));
    let functions: usize = host.gpus.values().map(|gpu| gpu.functions.len()).sum();
    let vgpus: usize = host.gpus.values().map(|gpu| gpu.vgpu.active.len()).sum();
    if functions > 0 {
        let _ = write!(head, ", {}", counted(functions, "virtual function"));
    }
    if vgpus > 0 {
        let _ = write!(head, ", {} in guests", counted(vgpus, "vGPU"));
    }
    head
}

/// `3 × L40S-8Q, 1 × L40S-24Q`.
fn offered(prospect: &DeviceDecision) -> String {
    let offers: Vec<String> = offers(prospect).iter().map(|offer| unbroken(offer)).collect();
    offers.join(", ")
}
