//! What is folded up in the card of a GPU.

use maud::{Markup, html};

use super::{fact, id};
use crate::geometry::outlook;
use crate::model::Gpu;
use crate::report::bar::{Bar, Unit, read_out};
use crate::report::svg::{ROOM_ROW, room};
use crate::report::words::{fits, functions, gpu_facts, health_line, vgpus};

/// Pixels of the picture, and of the names at its left.
const WIDTH: u32 = 320;
const LEFT: u32 = 104;

pub(super) fn details(gpu: &Gpu, bar: Option<&Bar>) -> Markup {
    html! {
        details id=(id("inside", gpu.address)) {
            summary { "Parts, health" @if bar.is_some_and(slots) { ", what still fits" } }
            @if let Some(bar) = bar {
                ul class="parts" {
                    @for sentence in read_out(bar) { li { (sentence) } }
                }
                @if slots(bar) { (still_fits(gpu, bar)) }
            }
            dl class="facts" {
                (fact("GPU", &gpu_facts(gpu).join(", ")))
                (fact("UUID", &gpu.uuid))
                (fact("Serial", gpu.serial.as_deref().unwrap_or_default()))
                (fact("Health", &health_line(&gpu.health)))
                (fact("vGPUs", &vgpus(gpu)))
                (fact("Virtual functions", &functions(gpu)))
                @for problem in gpu.problems.iter().filter(|problem| !problem.blinds()) {
                    (fact("Problem", &problem.to_string()))
                }
            }
        }
    }
}

fn slots(bar: &Bar) -> bool {
    bar.unit == Unit::Slot
}

fn still_fits(gpu: &Gpu, bar: &Bar) -> Markup {
    let outlook = outlook(gpu);
    let words = fits(gpu, &outlook);
    if words.is_empty() {
        return html! { p { "Nothing more fits." } };
    }
    let (drawn, rows) = room(gpu, bar, &outlook, LEFT, WIDTH - LEFT);
    html! {
        p { span class="dim" { "Still fits: " } (words) }
        svg aria-hidden="true" class="strip" viewBox=(format!("0 0 {WIDTH} {}", rows * ROOM_ROW)) { (drawn) }
    }
}
