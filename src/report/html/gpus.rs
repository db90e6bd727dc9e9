//! Every GPU, a card for each.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::gpu::{Card, card};
use crate::model::{Decision, Hardware, PciAddress, Status};
use crate::report::words::{counted, host_facts};

pub(super) fn section(status: &Status) -> Markup {
    let hardware = status.hardware.as_deref();
    let decision = status.cycle.rounds.last().map(|round| &round.decision);
    let addresses = addresses(hardware, decision);
    html! {
        h2 id="gpus-h" { "GPUs" }
        @match hardware {
            None => p { "They have not been seen since the agent started." }
            Some(seen) => {
                p { (host_facts(&seen.snapshot, decision)) }
                @if let Some(failed) = &seen.snapshot.failed { p class="bad-words" { (failed) } }
            }
        }
        div class="cards" {
            @for address in &addresses {
                (card(&Card {
                    address: *address,
                    gpu: hardware.and_then(|seen| seen.snapshot.gpus.get(address)),
                    prospect: hardware.and_then(|seen| seen.prospects.get(address)),
                    decided: decision.and_then(|decision| decision.devices.get(address)),
                }))
            }
        }
        @if let Some(seen) = hardware {
            (unseen(seen))
        }
        @if !addresses.is_empty() { (legend()) }
    }
}

/// Those that were seen, and those that are remembered by a provider.
fn addresses(hardware: Option<&Hardware>, decision: Option<&Decision>) -> BTreeSet<PciAddress> {
    let seen = hardware.into_iter().flat_map(|seen| seen.snapshot.gpus.keys().copied());
    let decided = decision.into_iter().flat_map(|decision| decision.devices.keys().copied());
    seen.chain(decided).collect()
}

/// What is known to be there, and nothing else.
fn unseen(seen: &Hardware) -> Markup {
    let snapshot = &seen.snapshot;
    let count = snapshot.problems.len() + snapshot.hidden.len();
    html! {
        @if count > 0 {
            h3 { (counted(count, "device")) " that NVML does not show" }
            ul {
                @for problem in &snapshot.problems {
                    li { "NVML index " (problem.index) ", address unknown: " (problem.problem) }
                }
                @for (address, hidden) in &snapshot.hidden {
                    li {
                        (address) ", driver " (hidden.driver.as_deref().unwrap_or("none")) ": "
                        @if hidden.is_passed_through() { "set aside to be passed through as a whole" }
                        @else { "nothing can be told or offered of it" }
                    }
                }
            }
        }
    }
}

fn legend() -> Markup {
    html! {
        p class="dim legend" {
            "In the pictures: a filled dot is a guest, a ring is a place that nobody has, a dashed frame is free, "
            "and a triangle marks what is not well. Without a mark nobody tells who has it. Numbers are memory slots."
        }
    }
}
