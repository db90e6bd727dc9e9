//! What still fits, drawn below the strip: for each profile the places where it could go.

use maud::{Markup, html};

use super::strip::at;
use crate::geometry::{Outlook, places};
use crate::model::{Gpu, GpuInstanceProfile};
use crate::report::bar::Bar;

/// Pixels from one row to the next.
pub(in crate::report) const ROOM_ROW: u32 = 18;

/// A row for each profile that still fits, the largest last, `left` pixels for its name. Gives their number, too.
pub(in crate::report) fn room(
    gpu: &Gpu,
    bar: &Bar,
    outlook: &Outlook,
    left: u32,
    width: u32,
) -> (Markup, u32) {
    let fitting = |profile: &GpuInstanceProfile| outlook.fits.get(&profile.id).copied().unwrap_or(0);
    let profiles: Vec<&GpuInstanceProfile> =
        gpu.profiles.values().rev().filter(|profile| fitting(profile) > 0).collect();
    let rows = u32::try_from(profiles.len()).unwrap_or(0);
    let drawn = html! {
        @for (profile, y) in profiles.into_iter().zip((0..).step_by(ROOM_ROW as usize)) {
            g {
                title { (profile.name) ": " (fitting(profile)) " more" }
                text x="0" y=(y + 12) { (profile.name) }
                text class="dim" x=(left.saturating_sub(8)) y=(y + 12) text-anchor="end" { "+" (fitting(profile)) }
                @for place in places(gpu, profile, fitting(profile)) {
                    @let (from, size) = (place.start.get(), place.size.get());
                    @let (begin, end) = (at(bar, from, width), at(bar, from.saturating_add(size), width));
                    rect class="room" x=(left + begin + 2) y=(y + 4) width=(end.saturating_sub(begin + 4).max(1)) height="8" rx="4" {}
                }
            }
        }
    };
    (drawn, rows)
}
