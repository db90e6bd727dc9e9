//! The GPUs of a host.

use super::room::{ROOM_ROW, room};
use super::sheet::{MARGIN, Sheet, WIDTH};
use super::strip::{STRIP_HEIGHT, strip};
use crate::geometry::outlook;
use crate::model::{Gpu, HostSnapshot};
use crate::report::bar::{bar, read_out};
use crate::report::text::{Prospects, View};
use crate::report::words::{Grade, counted, fits, gpu_facts, offers, verdict};

/// Left of a strip stands what could still be cut.
const LEFT: u32 = 110;

/// The GPUs that the view asks for, as a file; with its details also where what still fits could go.
pub fn discover(host: &HostSnapshot, prospects: &Prospects, view: View) -> String {
    let shown: Vec<&Gpu> =
        host.gpus.values().filter(|gpu| view.gpu.is_none_or(|address| address == gpu.address)).collect();
    let mut sheet = Sheet::new();
    let mut words = Vec::new();
    let title = format!(
        "{}, driver {}",
        counted(host.gpus.len() + host.problems.len(), "GPU"),
        host.driver.as_deref().unwrap_or("of unknown version")
    );
    let title = view.gpu.map_or(title, |address| format!("GPU {address}"));
    if view.gpu.is_none() {
        sheet.head(0, &title, "");
        sheet.rule();
    }
    for (number, gpu) in shown.iter().enumerate() {
        if number > 0 {
            sheet.rule();
        }
        one(&mut sheet, &mut words, gpu, prospects, view);
    }
    let rest = host
        .problems
        .iter()
        .map(|lost| format!("NVML index {}, address unknown: {}", lost.index, lost.problem));
    let hidden = host.hidden.keys().map(|address| format!("{address} is on the bus and not in NVML"));
    for line in rest.chain(hidden).filter(|_| view.gpu.is_none()) {
        sheet.rule();
        sheet.text(0, "bad", &line);
        words.push(line);
    }
    sheet.gap(10);
    sheet.text(0, "tiny dim", LEGEND);
    sheet.finish(&title, &words)
}

/// What the marks mean.
const LEGEND: &str = "filled dot: a guest has it; ring: nobody has it; no mark: nobody tells; dashed: free; triangle and thick edge: not well";

fn one(sheet: &mut Sheet, words: &mut Vec<String>, gpu: &Gpu, prospects: &Prospects, view: View) {
    let facts = gpu_facts(gpu).join(", ");
    words.push(format!("{}: {facts}.", gpu.address));
    sheet.head(0, &gpu.address.to_string(), &facts);
    let mut say = |sheet: &mut Sheet, class: &str, line: String| {
        sheet.text(0, class, &line);
        words.push(line);
    };
    let (grade, health) = verdict(gpu);
    let class = match grade {
        Grade::Unknown | Grade::Good => "dim",
        Grade::Poor => "poor",
        Grade::Bad => "bad",
    };
    say(sheet, class, format!("health {}", if grade == Grade::Unknown { "not known" } else { health }));
    for problem in &gpu.problems {
        say(sheet, "bad", format!("problem: {problem}"));
    }
    if let Some(prospect) = prospects.get(&gpu.address) {
        let offers = offers(prospect);
        let (class, line) = match offers.as_slice() {
            [] => ("dim", format!("offers nothing: {}", prospect.reason)),
            offers => ("good", format!("offers {}", offers.join(", "))),
        };
        say(sheet, class, line);
    }
    let Some(bar) = bar(gpu) else { return };
    let width = WIDTH - 2 * MARGIN - LEFT;
    sheet.gap(6);
    sheet.place(LEFT, STRIP_HEIGHT + 4, strip(&bar, width));
    let outlook = outlook(gpu);
    let fits = fits(gpu, &outlook);
    if view.has_details() {
        let (drawn, rows) = room(gpu, &bar, &outlook, LEFT, width);
        sheet.place(0, rows * ROOM_ROW, drawn);
    } else if !fits.is_empty() {
        sheet.text(LEFT, "dim", &format!("still fits: {fits}"));
    }
    words.extend(read_out(&bar));
    words.extend((!fits.is_empty()).then(|| format!("Still fits: {fits}.")));
}
