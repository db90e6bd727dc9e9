//! The row of a GPU's slots: what is taken, and what still fits.

use anstyle::{AnsiColor, Style};

use super::super::columns::Cell;
use super::super::style::{BAD, DIM, painted};
use crate::geometry::{Outlook, Run, SlotMap, places, slot_map};
use crate::model::{Gpu, GpuInstanceProfile};
use crate::report::words::profile_name;

/// Columns of one slot in the large picture, where there is no terminal to fit into.
const WIDE: usize = 8;
/// What stands left of the large picture: a profile's name of this length at least, and how many of it fit.
const NAME: usize = 8;
const COUNT: usize = 6;
/// More slots than this are drawn half as wide in the small picture.
const FEW: u32 = 8;

/// Neighbours differ. What they say stands in words, too.
const INKS: [Style; 2] = [AnsiColor::Cyan.on_default(), AnsiColor::Green.on_default()];

/// The runs with the ink that each is drawn in.
fn inked<'a>(gpu: &Gpu, map: &SlotMap<'a>) -> Vec<(Run<'a>, Style)> {
    let mut inks = INKS.iter().copied().cycle();
    let ink = |run: &Run<'a>| match run.instance {
        None => DIM,
        Some(instance) if gpu.profiles.contains_key(&instance.profile) => inks.next().unwrap_or_default(),
        Some(_) => BAD,
    };
    let inks: Vec<Style> = map.runs.iter().map(ink).collect();
    map.runs.iter().copied().zip(inks).collect()
}

/// Two columns a slot (one, where there are many): `2━━╸1╸1╸· 3━━━━━━╸`, each instance with its compute slices.
pub(super) fn small(gpu: &Gpu) -> Cell {
    let Some(map) = slot_map(gpu) else { return Cell::default() };
    let (mut text, mut drawn) = (String::new(), String::new());
    let cell = if map.slots > FEW { 1 } else { 2 };
    for (run, ink) in inked(gpu, &map) {
        let part = match run.instance {
            Some(instance) => {
                let profile = gpu.profiles.get(&instance.profile);
                let slices = profile.map_or("?".to_owned(), |profile| profile.compute_slices.to_string());
                let rest = (cell * run.size as usize).saturating_sub(slices.chars().count());
                let end = if rest > 0 { "╸" } else { "" };
                format!("{slices}{}{end}", "━".repeat(rest.saturating_sub(1)))
            }
            None => format!("{:<cell$}", "·"),
        };
        text.push_str(&part);
        drawn.push_str(&painted(ink, &part));
    }
    Cell::drawn(text, drawn)
}

/// The large picture: the slots in a frame, and below it, for each profile that still fits, where it could go.
pub(super) fn large(gpu: &Gpu, outlook: &Outlook, width: Option<usize>) -> Vec<String> {
    let Some(map) = slot_map(gpu) else { return Vec::new() };
    let total = map.slots as usize;
    let fitting = |profile: &GpuInstanceProfile| outlook.fits.get(&profile.id).copied().unwrap_or(0);
    let names = gpu.profiles.values().filter(|profile| fitting(profile) > 0);
    let name = names.map(|profile| profile.name.len()).max().unwrap_or(0).max(NAME);
    let fits = |width: usize| width.saturating_sub(name + COUNT + 1) / total;
    let cell = width.map_or(WIDE, fits).clamp(3, WIDE);
    let margin = " ".repeat(name + COUNT);
    let numbers: String = (0..total).map(|slot| format!("{slot:^cell$}")).collect();
    let frame = |left: &str, between: &str, right: &str| {
        let runs: Vec<String> = map.runs.iter().map(|run| "─".repeat(run.size as usize * cell - 1)).collect();
        format!("{margin}{left}{}{right}", runs.join(between))
    };
    let label = |(run, ink): (Run<'_>, Style)| painted(ink, label(gpu, run, run.size as usize * cell - 1));
    let inside: Vec<String> = inked(gpu, &map).into_iter().map(label).collect();
    let mut lines = vec![
        format!(
            "  {}{}",
            painted(DIM, format!("{:<1$}", "slot", name + COUNT - 2)),
            painted(DIM, numbers.trim_end())
        ),
        frame("┌", "┬", "┐"),
        format!("{margin}│{}│", inside.join("│")),
        frame("└", "┴", "┘"),
    ];
    for profile in gpu.profiles.values().rev().filter(|profile| fitting(profile) > 0) {
        let (fits, places) = (fitting(profile), room(gpu, profile, fitting(profile), cell));
        let count = painted(DIM, format!("+{fits}"));
        lines.push(format!("  {:<name$} {count} {}", profile.name, painted(DIM, places.trim_end())));
    }
    lines
}

/// As much of the name as there is room for: `1g.5gb+me`, else `1g+me`, else `1g`.
fn label(gpu: &Gpu, run: Run<'_>, width: usize) -> String {
    let Some(instance) = run.instance else { return format!("{:^width$}", "·") };
    let name = profile_name(gpu, instance.profile);
    let slices = name.split('.').next().unwrap_or_default().to_owned();
    let suffix = name.find(['+', '-']).and_then(|at| name.get(at..)).unwrap_or_default();
    let shorter = [name.clone(), format!("{slices}{suffix}"), slices.clone()];
    let fits = shorter.into_iter().find(|text| text.chars().count() <= width).unwrap_or_default();
    format!("{fits:^width$}")
}

/// `╶─────╴` at each place where one could go, as many as fit together.
fn room(gpu: &Gpu, profile: &GpuInstanceProfile, most: u32, cell: usize) -> String {
    let mut line = String::new();
    for place in places(gpu, profile, most) {
        let (from, to) =
            (place.start.get() as usize * cell, (place.start.get() + place.size.get()) as usize * cell);
        line.push_str(&" ".repeat((from + 1).saturating_sub(line.chars().count())));
        line.push_str(&format!("╶{}╴", "─".repeat((to - from).saturating_sub(3))));
    }
    line
}
