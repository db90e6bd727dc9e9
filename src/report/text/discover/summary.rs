//! A line for each GPU.

use std::collections::BTreeMap;

use super::super::columns::{Cell, Columns};
use super::super::style::{BAD, BOLD, CHANGE, DIM, GOOD};
use super::{Prospects, offered, slots};
use crate::geometry::Board;
use crate::model::{DeviceDecision, Gpu, HiddenGpu, MigMode, MigState, Mode, PciAddress};
use crate::report::words::{Grade, short, verdict};

/// What is left of a product's name where room is short: some have forty characters.
const LEAST_OF_A_PRODUCT: usize = 12;

pub(super) fn table(gpus: &[&Gpu], prospects: &Prospects, width: Option<usize>) -> String {
    let mut columns =
        Columns::new(&["GPU", "PRODUCT", "MIG", "SLOTS", "FREE", "VFS", "GUESTS", "HEALTH", "OFFERS"])
            .may_cut(1, LEAST_OF_A_PRODUCT);
    for gpu in gpus {
        let seen = gpu.blinded_by().is_none();
        let cut = seen && gpu.mig.is_on();
        columns.row([
            Cell::painted(BOLD, gpu.address),
            Cell::new(short(&gpu.product)),
            mig(gpu.mig),
            if cut { slots::small(gpu) } else { Cell::default() },
            if cut { free(gpu) } else { Cell::default() },
            functions(gpu),
            if gpu.vgpu.active.is_empty() { Cell::default() } else { Cell::number(gpu.vgpu.active.len()) },
            health(gpu),
            prospects.get(&gpu.address).map(offers).unwrap_or_default(),
        ]);
    }
    columns.lines(0, width)
}

/// GPUs that are on the bus and not with NVML.
pub(super) fn hidden(gpus: &BTreeMap<PciAddress, HiddenGpu>, width: Option<usize>) -> String {
    let mut columns = Columns::new(&["NOT IN NVML", "DEVICE", "DRIVER", ""]);
    for (address, gpu) in gpus {
        let why = if gpu.is_passed_through() {
            Cell::painted(DIM, "set aside to be passed through as a whole")
        } else {
            Cell::painted(CHANGE, "nothing can be told or offered of it")
        };
        let driver = gpu.driver.as_deref().map_or_else(|| Cell::painted(CHANGE, "none"), Cell::new);
        columns.row([Cell::painted(BOLD, address), Cell::some(gpu.board), driver, why]);
    }
    columns.lines(0, width)
}

fn mig(mode: MigMode) -> Cell {
    match mode {
        MigMode::Unsupported => Cell::painted(DIM, "-"),
        MigMode::Unknown => Cell::painted(BAD, "?"),
        MigMode::Supported { current, pending } if current != pending => {
            Cell::painted(CHANGE, if pending == MigState::On { "off→on" } else { "on→off" })
        }
        MigMode::Supported { current: MigState::On, .. } => Cell::new("on"),
        MigMode::Supported { .. } => Cell::painted(DIM, "off"),
    }
}

/// Slots that no instance has, of all.
fn free(gpu: &Gpu) -> Cell {
    let total = Board::of_gpu(gpu).slots.get();
    let taken: u32 = gpu.instances.values().map(|instance| instance.placement.size.get()).sum();
    if total == 0 {
        Cell::default()
    } else {
        Cell::number(format!("{}/{total}", total.saturating_sub(taken)))
    }
}

/// Virtual functions that have a type or a mediated device, of those that are there.
fn functions(gpu: &Gpu) -> Cell {
    if gpu.functions.is_empty() {
        return gpu.sriov.map(|_| Cell::painted(DIM, "off")).unwrap_or_default();
    }
    let typed = gpu.functions.values().filter(|function| gpu.type_of(function).is_some()).count();
    Cell::number(format!("{typed}/{}", gpu.functions.len()))
}

fn health(gpu: &Gpu) -> Cell {
    let (grade, word) = verdict(gpu);
    let style = match grade {
        Grade::Unknown => DIM,
        Grade::Good => GOOD,
        Grade::Poor => CHANGE,
        Grade::Bad => BAD,
    };
    Cell::painted(style, word)
}

/// What is offered, or why nothing is.
fn offers(prospect: &DeviceDecision) -> Cell {
    if prospect.offers.is_empty() {
        let style = if prospect.mode == Mode::Hold { BAD } else { DIM };
        return Cell::painted(style, &prospect.reason);
    }
    Cell::painted(GOOD, offered(prospect))
}
