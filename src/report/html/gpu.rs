//! One GPU on the page.

use maud::{Markup, html};

use super::{badge, id, inside};
use crate::model::{DeviceDecision, Gpu, Mode, PciAddress};
use crate::report::bar::{Bar, bar, read_out};
use crate::report::svg::{STRIP_HEIGHT, strip};
use crate::report::words::{Grade, offers, short, verdict};

/// Pixels of a picture that a telephone shows without making it smaller.
const WIDTH: u32 = 320;

/// What a card is made of. A GPU that is gone has a decision alone.
pub(super) struct Card<'a> {
    pub(super) address: PciAddress,
    pub(super) gpu: Option<&'a Gpu>,
    pub(super) prospect: Option<&'a DeviceDecision>,
    pub(super) decided: Option<&'a DeviceDecision>,
}

pub(super) fn card(card: &Card<'_>) -> Markup {
    let heading = id("gpu", card.address);
    // What Placement's tree had a say in, where that was asked.
    let decision = card.decided.or(card.prospect);
    html! {
        article class="card" aria-labelledby=(heading) {
            h3 id=(heading) {
                (card.address)
                @if let Some(gpu) = card.gpu { " " span class="product" { (short(&gpu.product)) } }
            }
            p class="badges" {
                @if let Some(decision) = decision {
                    (badge(grade(decision.mode), &decision.mode.to_string()))
                }
                " "
                @if let Some(gpu) = card.gpu { (health(gpu)) }
                @else { (badge(Grade::Bad, "not on this host")) }
            }
            @if let Some(decision) = decision {
                p class="reason" { (decision.reason) }
            }
            @if let Some(gpu) = card.gpu {
                @for problem in gpu.problems.iter().filter(|problem| problem.blinds()) {
                    p class="bad-words" { (problem) }
                }
                @let bar = bar(gpu);
                @if let Some(bar) = &bar { (picture(gpu, bar)) }
                @if let Some(offers) = decision.map(offers).filter(|offers| !offers.is_empty()) {
                    p class="offers" { span class="dim" { "Offers " } (offers.join(", ")) }
                }
                (inside::details(gpu, bar.as_ref()))
            }
        }
    }
}

fn picture(gpu: &Gpu, bar: &Bar) -> Markup {
    let label = format!("Room of {}. {}", gpu.address, read_out(bar).join(" "));
    html! {
        svg role="img" aria-label=(label) class="strip" viewBox=(format!("0 0 {WIDTH} {STRIP_HEIGHT}")) {
            (strip(bar, WIDTH))
        }
    }
}

fn grade(mode: Mode) -> Grade {
    match mode {
        Mode::Own | Mode::Decorate => Grade::Good,
        Mode::Verify | Mode::Ignore => Grade::Unknown,
        Mode::Hold => Grade::Poor,
        Mode::Reserve | Mode::Gone => Grade::Bad,
    }
}

fn health(gpu: &Gpu) -> Markup {
    let (grade, word) = verdict(gpu);
    match grade {
        Grade::Unknown => badge(grade, "health not told"),
        _ => badge(grade, &format!("health {word}")),
    }
}
