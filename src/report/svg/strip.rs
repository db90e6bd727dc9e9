//! The room of one GPU, drawn: each part as wide as it is large, with its name and who has it.

use maud::{Markup, html};

use super::fit;
use crate::report::bar::{Bar, Part, Segment, Unit};

/// Pixels from top to bottom, the numbers of the slots included.
pub(in crate::report) const STRIP_HEIGHT: u32 = 60;
/// Where the parts begin, below the numbers.
const TOP: u32 = 15;
const HEIGHT: u32 = 44;
/// Between two parts.
const GAP: u32 = 2;
/// Of a guest's UUID so much is drawn: as much as tells one from another on one host.
const SHORT: usize = 8;

/// The bar, so many pixels wide.
pub(in crate::report) fn strip(bar: &Bar, width: u32) -> Markup {
    html! {
        @if bar.unit == Unit::Slot {
            @for slot in 0..bar.total {
                text class="tick" x=((at(bar, slot, width) + at(bar, slot + 1, width)) / 2) y="10" { (slot) }
            }
        }
        @for one in &bar.segments {
            (segment(bar, one, width))
        }
    }
}

/// Where that much of the bar ends.
pub(super) fn at(bar: &Bar, amount: u32, width: u32) -> u32 {
    u32::try_from(u64::from(amount) * u64::from(width) / u64::from(bar.total.max(1))).unwrap_or(width)
}

fn segment(bar: &Bar, one: &Segment, width: u32) -> Markup {
    let (left, right) = (at(bar, one.start, width), at(bar, one.start.saturating_add(one.size), width));
    let inside = right.saturating_sub(left).saturating_sub(GAP).max(1);
    html! {
        g {
            title { (one.words(bar.unit)) }
            rect class=(look(one.part.as_ref())) x=(left + GAP / 2) y=(TOP) width=(inside) height=(HEIGHT) rx="3" {}
            @match &one.part {
                Some(part) => (inner(part, left + GAP / 2, inside)),
                None if inside >= fit::tiny("free") => {
                    text class="tick" x=(left + GAP / 2 + inside / 2) y=(TOP + HEIGHT / 2 + 4) { "free" }
                }
                None => {}
            }
        }
    }
}

fn look(part: Option<&Part>) -> &'static str {
    match part {
        None => "free",
        Some(Part { ill: Some(_), .. }) => "ill",
        Some(Part { guests: None, .. }) => "part",
        Some(Part { guests: Some(guests), .. }) if guests.is_empty() => "idle",
        Some(_) => "held",
    }
}

/// The name, and below it a mark for the guests: a dot where there is one, a ring where there is none.
fn inner(part: &Part, left: u32, width: u32) -> Markup {
    let (lines, middle) = (fit::label(&part.name, width.saturating_sub(4)), left + width / 2);
    // Baselines of the name's lines and the middle of the mark, from the top of the part.
    let (first, mark) = match (lines.len(), part.guests.is_some()) {
        (2, true) => (13, 36),
        (2, false) => (19, 0),
        (_, true) => (19, 33),
        (_, false) => (26, 0),
    };
    html! {
        @for (line, y) in lines.iter().zip((TOP + first..).step_by(13)) {
            text class="mid" x=(middle) y=(y) { (line) }
        }
        @if let Some(guests) = &part.guests {
            (marked(guests, middle, TOP + mark, width))
        }
        @if part.ill.is_some() {
            (alert(left + 3, TOP + 3))
        }
    }
}

fn marked(guests: &[Option<String>], middle: u32, y: u32, width: u32) -> Markup {
    let words = match guests {
        [] => String::new(),
        [guest] => guest.as_deref().unwrap_or_default().chars().take(SHORT).collect(),
        guests => format!("{} guests", guests.len()),
    };
    let short = if guests.len() > 1 { guests.len().to_string() } else { String::new() };
    let room = width.saturating_sub(14);
    let text = [words, short].into_iter().find(|text| fit::tiny(text) <= room).unwrap_or_default();
    let x = middle.saturating_sub(if text.is_empty() { 0 } else { fit::tiny(&text) / 2 + 2 });
    html! {
        circle class=(if guests.is_empty() { "ring" } else { "dot" }) cx=(x) cy=(y) r="3.5" {}
        @if !text.is_empty() {
            text class="tiny" x=(x + 8) y=(y + 4) { (text) }
        }
    }
}

/// A triangle with its point up: not well, also for those who do not see red.
pub(super) fn alert(x: u32, y: u32) -> Markup {
    html! {
        path class="alert" d=(format!("M{} {} l5 9 h-10 z", x + 5, y)) {}
    }
}
