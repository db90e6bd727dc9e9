//! One GPU with everything that is known of it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::columns::{folded, unbroken};
use super::super::style;
use super::super::style::{BAD, BOLD, CHANGE, DIM, GOOD, painted};
use super::{View, figures, lists, offered, slots};
use crate::geometry::{Board, Cut, outlook};
use crate::model::{DeviceDecision, Figures, Gpu, Mode, ProfileId};
use crate::report::words;

/// Where a line's text begins, after its title.
const TITLE: usize = 14;

pub(super) fn write(
    out: &mut String,
    gpu: &Gpu,
    prospect: Option<&DeviceDecision>,
    moving: Option<&Figures>,
    view: View,
) {
    let mut page = Page { out, width: view.width };
    page.head(gpu);
    for problem in &gpu.problems {
        page.line("problem", BAD, &problem.to_string());
    }
    if let Some(prospect) = prospect {
        page.offers(prospect);
    }
    page.line("health", style::PLAIN, &words::health_line(&gpu.health));
    page.line("now", style::PLAIN, &moving.map(figures::line).unwrap_or_default());
    page.line("clocks", style::PLAIN, &moving.map(figures::clocks).unwrap_or_default());
    page.line("vGPUs", style::PLAIN, &words::vgpus(gpu));
    page.line("functions", style::PLAIN, &words::functions(gpu));
    if gpu.mig.is_on() && gpu.blinded_by().is_none() {
        page.cut(gpu, view);
    }
    page.table(&lists::guests(gpu));
    if let Some(processes) = moving.and_then(|moving| moving.processes.as_deref()) {
        page.table(&lists::processes(processes));
    }
    if view.functions {
        page.table(&lists::functions(gpu));
    }
    if view.types {
        page.table(&lists::types(gpu));
    }
}

/// What is written to, line by line.
struct Page<'a> {
    out: &'a mut String,
    width: Option<usize>,
}

impl Page<'_> {
    fn head(&mut self, gpu: &Gpu) {
        let _ = writeln!(self.out, "{}  {}", painted(BOLD, gpu.address), words::gpu_facts(gpu).join("  "));
        let mut ids = vec![gpu.uuid.clone(), format!("device {}", gpu.board)];
        ids.extend(gpu.serial.as_ref().map(|serial| format!("serial {serial}")));
        ids.retain(|id| !id.is_empty());
        let _ = writeln!(self.out, "  {}", painted(DIM, ids.join("  ")));
    }

    /// `title  text`, folded; nothing where there is no text.
    fn line(&mut self, title: &str, style: anstyle::Style, text: &str) {
        if text.is_empty() {
            return;
        }
        let room = self.width.map_or(usize::MAX, |width| width.saturating_sub(TITLE));
        for (number, part) in folded(text, room).into_iter().enumerate() {
            let title = if number == 0 { title } else { "" };
            let title = painted(DIM, format!("{title:<0$}", TITLE - 2));
            let _ = writeln!(self.out, "  {title}{}", painted(style, part));
        }
    }

    fn offers(&mut self, prospect: &DeviceDecision) {
        if prospect.offers.is_empty() {
            let style = if prospect.mode == Mode::Hold { BAD } else { CHANGE };
            self.line("offers", style, &format!("nothing: {}", prospect.reason));
        } else {
            self.line("offers", GOOD, &offered(prospect));
        }
    }

    fn cut(&mut self, gpu: &Gpu, view: View) {
        let outlook = outlook(gpu);
        for line in slots::large(gpu, &outlook, self.width) {
            let _ = writeln!(self.out, "{line}");
        }
        let board = Board::of_gpu(gpu);
        let cut = |cut: &Cut| {
            let what = named(gpu, &cut.instances);
            let (slots, slices) = (cut.slots, cut.compute_slices);
            let all = (board.slots, board.compute_slices);
            format!("{what}: {slots} of {} slots, {slices} of {} compute slices", all.0, all.1)
        };
        if outlook.fits.values().any(|fits| *fits > 0) {
            let most = outlook.most.map(|most| named(gpu, &most.instances));
            self.line("most", style::PLAIN, &most.unwrap_or_default());
            self.line("fullest", style::PLAIN, &outlook.fullest.as_ref().map(cut).unwrap_or_default());
            self.line("worst", style::PLAIN, &outlook.worst.as_ref().map(cut).unwrap_or_default());
        }
        self.table(&lists::instances(gpu));
        self.table(&lists::profiles(gpu, &outlook.fits, view.profiles));
    }

    /// A list under a title of its own; nothing where it has no row.
    fn table(&mut self, list: &lists::List) {
        if let Some(columns) = &list.columns {
            let _ = writeln!(self.out, "  {}", painted(BOLD, list.title));
            self.out.push_str(&columns.lines(4, self.width));
        }
    }
}

/// `2 × 1g.5gb, 1 × 3g.20gb`.
fn named(gpu: &Gpu, instances: &BTreeMap<ProfileId, u32>) -> String {
    let parts: Vec<String> = words::named(gpu, instances).iter().map(|part| unbroken(part)).collect();
    parts.join(", ")
}
