//! The sheet that a whole picture is drawn on, from top to bottom.

use maud::{Markup, PreEscaped, html};

use super::{PIECES, THEME, fit};
use crate::report::clean::clean;

/// Pixels of a sheet from left to right.
pub(super) const WIDTH: u32 = 800;
/// Between the edge and what is drawn.
pub(super) const MARGIN: u32 = 20;
/// From one line of text to the next.
pub(super) const LINE: u32 = 17;

/// What is drawn so far.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    parts: Vec<Markup>,
    /// Where the next thing goes.
    pub(super) y: u32,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Sheet { parts: Vec::new(), y: MARGIN }
    }

    /// Something drawn for an origin of its own, placed here.
    pub(super) fn place(&mut self, x: u32, height: u32, drawn: Markup) {
        let here = format!("translate({} {})", MARGIN + x, self.y);
        self.parts.push(html! { g transform=(here) { (drawn) } });
        self.y += height;
    }

    /// Something drawn that reaches over others and takes no room of its own, on the sheet's own lines.
    pub(super) fn under(&mut self, x: u32, drawn: Markup) {
        let here = format!("translate({} 0)", MARGIN + x);
        self.parts.push(html! { g transform=(here) { (drawn) } });
    }

    /// Text, folded. A class of its own says how it looks.
    pub(super) fn text(&mut self, x: u32, class: &str, text: &str) {
        for line in fit::folded(text, WIDTH - 2 * MARGIN - x) {
            self.place(x, LINE, html! { text class=(class) y="12" { (line) } });
        }
    }

    /// A name that stands out, and what goes with it as far as the line reaches.
    pub(super) fn head(&mut self, x: u32, name: &str, rest: &str) {
        let letters = |room: u32| (room.saturating_mul(100) / 730) as usize;
        let room = WIDTH - 2 * MARGIN - x;
        let name = fit::cut(name, letters(room));
        let left = room.saturating_sub(fit::width(&name) + 14);
        let rest = fit::cut(rest, letters(left));
        let drawn = html! {
            text y="12" {
                tspan class="strong" { (name) }
                @if !rest.is_empty() {
                    tspan dx="14" class="dim" { (rest) }
                }
            }
        };
        self.place(x, LINE, drawn);
    }

    /// A line across, between two things.
    pub(super) fn rule(&mut self) {
        let line = html! { line class="rule" x2=(WIDTH - 2 * MARGIN) y1="8" y2="8" {} };
        self.place(0, 24, line);
    }

    /// Room between two things.
    pub(super) fn gap(&mut self, height: u32) {
        self.y += height;
    }

    /// The whole picture as a file.
    pub(super) fn finish(self, title: &str, description: &[String]) -> String {
        let height = self.y + MARGIN;
        let drawn = html! {
            svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description"
                width=(WIDTH) height=(height) viewBox=(format!("0 0 {WIDTH} {height}")) {
                title id="title" { (title) }
                desc id="description" { (description.join("\n")) }
                style { (PreEscaped(THEME)) (PreEscaped(PIECES)) }
                rect class="paper" width=(WIDTH) height=(height) {}
                @for part in &self.parts { (part) }
            }
        };
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", clean(&drawn.into_string()))
    }
}
