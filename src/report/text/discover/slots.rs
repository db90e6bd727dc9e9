//! The row of a GPU's slots: what is taken, and what still fits.

use anstyle::{AnsiColor, Style};

use super::super::columns::Cell;
use super::super::style::{BAD, DIM, painted};
use crate::geometry::{Board, Outlook};
use crate::model::{Gpu, GpuInstance, GpuInstanceProfile, SlicePlacement};

/// No GPU has as many slots; a driver that says so gets no picture.
const MOST_SLOTS: u32 = 24;
/// Columns of one slot in the large picture, where there is no terminal to fit into.
const WIDE: usize = 8;
/// What stands left of the large picture: a profile's name of this length at least, and how many of it fit.
const NAME: usize = 8;
const COUNT: usize = 6;
/// More slots than this are drawn half as wide in the small picture.
const FEW: usize = 8;

/// Neighbours differ. What they say stands in words, too.
const INKS: [Style; 2] = [AnsiColor::Cyan.on_default(), AnsiColor::Green.on_default()];

/// A run of slots: an instance, or one free slot.
enum Piece<'a> {
    Instance(&'a GpuInstance, u32, Style),
    Free,
}

/// The slots from left to right. `None` where they are not known, or too many.
fn pieces(gpu: &Gpu) -> Option<Vec<Piece<'_>>> {
    let total = Board::of_gpu(gpu).slots.get();
    if !(1..=MOST_SLOTS).contains(&total) {
        return None;
    }
    let (mut pieces, mut slot, mut inks) = (Vec::new(), 0, INKS.iter().cycle());
    while slot < total {
        let here = gpu.instances.values().find(|instance| instance.placement.start.get() == slot);
        match here {
            Some(instance) => {
                let size = instance.placement.size.get().clamp(1, total - slot);
                let known = gpu.profiles.contains_key(&instance.profile);
                let ink = if known { inks.next().copied().unwrap_or_default() } else { BAD };
                pieces.push(Piece::Instance(instance, size, ink));
                slot += size;
            }
            None => {
                pieces.push(Piece::Free);
                slot += 1;
            }
        }
    }
    Some(pieces)
}

/// Two columns a slot (one, where there are many): `2━━╸1╸1╸· 3━━━━━━╸`, each instance with its compute slices.
pub(super) fn small(gpu: &Gpu) -> Cell {
    let (mut text, mut drawn) = (String::new(), String::new());
    let cell = if Board::of_gpu(gpu).slots.get() as usize > FEW { 1 } else { 2 };
    for piece in pieces(gpu).unwrap_or_default() {
        let (part, ink) = match piece {
            Piece::Instance(instance, size, ink) => {
                let profile = gpu.profiles.get(&instance.profile);
                let slices = profile.map_or("?".to_owned(), |profile| profile.compute_slices.to_string());
                let rest = (cell * size as usize).saturating_sub(slices.chars().count());
                let end = if rest > 0 { "╸" } else { "" };
                (format!("{slices}{}{end}", "━".repeat(rest.saturating_sub(1))), ink)
            }
            Piece::Free => (format!("{:<cell$}", "·"), DIM),
        };
        text.push_str(&part);
        drawn.push_str(&painted(ink, &part));
    }
    Cell::drawn(text, drawn)
}

/// The large picture: the slots in a frame, and below it, for each profile that still fits, where it could go.
pub(super) fn large(gpu: &Gpu, outlook: &Outlook, width: Option<usize>) -> Vec<String> {
    let (Some(pieces), Board { slots, .. }) = (pieces(gpu), Board::of_gpu(gpu)) else { return Vec::new() };
    let total = slots.get() as usize;
    let fitting = |profile: &GpuInstanceProfile| outlook.fits.get(&profile.id).copied().unwrap_or(0);
    let names = gpu.profiles.values().filter(|profile| fitting(profile) > 0);
    let name = names.map(|profile| profile.name.len()).max().unwrap_or(0).max(NAME);
    let fits = |width: usize| width.saturating_sub(name + COUNT + 1) / total;
    let cell = width.map_or(WIDE, fits).clamp(3, WIDE);
    let margin = " ".repeat(name + COUNT);
    let numbers: String = (0..total).map(|slot| format!("{slot:^cell$}")).collect();
    let frame = |left: &str, between: &str, right: &str| {
        let runs: Vec<String> = pieces.iter().map(|piece| "─".repeat(piece.width(cell) - 1)).collect();
        format!("{margin}{left}{}{right}", runs.join(between))
    };
    let inside: Vec<String> = pieces.iter().map(|piece| piece.label(gpu, piece.width(cell) - 1)).collect();
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

impl Piece<'_> {
    fn width(&self, cell: usize) -> usize {
        match self {
            Piece::Instance(_, size, _) => cell * *size as usize,
            Piece::Free => cell,
        }
    }

    /// As much of the name as there is room for: `1g.5gb+me`, else `1g+me`, else `1g`.
    fn label(&self, gpu: &Gpu, width: usize) -> String {
        let Piece::Instance(instance, _, ink) = self else {
            return painted(DIM, format!("{:^width$}", "·"));
        };
        let profile = gpu.profiles.get(&instance.profile);
        let name = profile.map_or_else(|| format!("id {}", instance.profile), |profile| profile.name.clone());
        let slices = name.split('.').next().unwrap_or_default().to_owned();
        let suffix = name.find(['+', '-']).and_then(|at| name.get(at..)).unwrap_or_default();
        let shorter = [name.clone(), format!("{slices}{suffix}"), slices.clone()];
        let fits = shorter.into_iter().find(|text| text.chars().count() <= width).unwrap_or_default();
        painted(*ink, format!("{fits:^width$}"))
    }
}

/// `╶─────╴` at each place where one could go, as many as fit together.
fn room(gpu: &Gpu, profile: &GpuInstanceProfile, most: u32, cell: usize) -> String {
    let taken: Vec<SlicePlacement> = gpu.instances.values().map(|instance| instance.placement).collect();
    let span = |at: &SlicePlacement| {
        let start = at.start.get();
        start..start.saturating_add(at.size.get())
    };
    let mut places: Vec<&SlicePlacement> = profile.placements.iter().collect();
    places.sort();
    let (mut line, mut end, mut count) = (String::new(), 0, 0);
    for place in places {
        let (from, to) = (span(place).start, span(place).end);
        let free = taken.iter().all(|other| span(other).end <= from || to <= span(other).start);
        if !free || from < end || count == most || to > MOST_SLOTS {
            continue;
        }
        let at = |slot: u32| slot as usize * cell;
        line.push_str(&" ".repeat((at(from) + 1).saturating_sub(line.chars().count())));
        line.push_str(&format!("╶{}╴", "─".repeat((at(to) - at(from)).saturating_sub(3))));
        (end, count) = (to, count + 1);
    }
    line
}
