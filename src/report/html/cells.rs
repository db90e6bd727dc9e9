//! What is said of one provider: its records, who holds it, its traits.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::id;
use crate::model::{Claim, Guest, ObservedProvider};
use crate::report::words::{Grade, counted, guest_words, record, used};

/// More traits than this are folded up: a compute node has dozens.
const FEW_TRAITS: usize = 8;
/// More guests than this are folded up.
const FEW_GUESTS: usize = 4;
/// More than this are counted: what takes turns on one GPU goes to 48, and more is somebody's mistake.
const MOST_GUESTS: usize = 64;

pub(super) fn records(provider: &ObservedProvider) -> Markup {
    html! {
        ul class="records" {
            @for (class, inventory) in &provider.inventories {
                @let (grade, words) = record(provider, class, inventory);
                @let style = match grade { Grade::Bad => "bad-words", Grade::Poor => "poor-words", _ => "" };
                li class=(style) {
                    @if let Some(used) = used(provider, class) { (bar(used, inventory.reserved, inventory.total)) }
                    span { strong { (class) } " " (words) }
                }
            }
        }
    }
}

/// The record to scale: the numbers stand beside it.
fn bar(used: u32, reserved: u32, total: u32) -> Markup {
    let share = |units: u32| u64::from(units.min(total)) * 60 / u64::from(total.max(1));
    let (used, reserved) = (share(used), share(reserved));
    html! {
        svg aria-hidden="true" class="record" viewBox="0 0 62 12" {
            rect class="free" x="1" y="1" width="60" height="10" {}
            @if used > 0 { rect class="held" x="1" y="1" width=(used) height="10" {} }
            @if reserved > 0 { rect class="warns" x=(61 - reserved) y="3" width=(reserved) height="6" {} }
        }
    }
}

/// Who holds it: which of several GPU instances each has is not in Placement.
pub(super) fn guests(provider: &ObservedProvider, held: &[Guest]) -> Markup {
    let list = html! {
        ul class="guests" {
            @for guest in held.iter().take(MOST_GUESTS) { li { (guest_words(guest)) } }
            @if held.len() > MOST_GUESTS { li { "and " (held.len() - MOST_GUESTS) " more" } }
        }
    };
    html! {
        @if held.len() > FEW_GUESTS {
            details id=(id("guests", provider.uuid)) {
                summary { (counted(held.len(), "guest")) }
                (list)
            }
        } @else if !held.is_empty() { (list) }
    }
}

pub(super) fn traits(provider: &ObservedProvider) -> Markup {
    let list = html! {
        ul class="traits" {
            @for name in &provider.traits {
                li class=(if Claim::decode(name).is_some() { "claim" } else { "" }) { code { (name) } }
            }
        }
    };
    // The marker says what the column beside it says.
    let claims = provider.traits.iter().filter_map(Claim::decode).filter(|claim| *claim != Claim::Marker);
    let ours: BTreeSet<String> = claims.map(|claim| claim.plain().to_owned()).collect();
    html! {
        @if provider.traits.len() > FEW_TRAITS || !ours.is_empty() {
            details id=(id("traits", provider.uuid)) {
                summary {
                    @if ours.is_empty() { (counted(provider.traits.len(), "trait")) }
                    @else { (ours.iter().cloned().collect::<Vec<_>>().join(", ")) }
                }
                (list)
            }
        } @else { (list) }
    }
}
