//! The status page: one document with all that it needs in it, made of the same values as everything else.
//!
//! It is readable without scripts and styles. What it shows of names comes from drivers and from Placement, and is
//! escaped by the templates; what no escape makes harmless is replaced at the end ([`super::clean`]).

mod cells;
mod cycles;
mod findings;
mod gpu;
mod gpus;
mod head;
mod inside;
mod manual;
mod page;
mod policy;
mod providers;

pub use manual::manual;
pub use page::{Refresh, page};
pub use policy::policy;

use maud::{Markup, html};

use super::words::Grade;

/// How the page looks.
const STYLE: &str = include_str!("html/page.css");
/// Reads the page again in place, so that what is open, focused or scrolled to stays so.
const SCRIPT: &str = include_str!("html/page.js");

/// A word in a frame, with a mark of another shape for each grade: colour says nothing alone.
fn badge(grade: Grade, word: &str) -> Markup {
    let (class, mark) = match grade {
        Grade::Unknown => ("badge", ""),
        Grade::Good => ("badge good", "✓"),
        Grade::Poor => ("badge poor", "!"),
        Grade::Bad => ("badge bad", "✕"),
    };
    html! {
        span class=(class) {
            @if !mark.is_empty() { span aria-hidden="true" { (mark) " " } }
            (word)
        }
    }
}

/// A line of a list of facts; nothing where there is nothing to say.
fn fact(name: &str, value: &str) -> Markup {
    html! {
        @if !value.is_empty() {
            div { dt { (name) } dd { (value) } }
        }
    }
}

/// An identifier from anything: letters, digits and dashes.
fn id(prefix: &str, of: impl ToString) -> String {
    let of = of.to_string();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("{prefix}-{}", of.chars().map(plain).collect::<String>())
}
