//! The whole page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{SCRIPT, STYLE, cycles, findings, gpus, head, providers};
use crate::model::{Moment, Status};
use crate::report::clean::clean;
use crate::report::svg::{PIECES, THEME};
use crate::report::words::{Grade, state};

/// Without a script the whole page is read again this often, in seconds.
const RELOAD: u32 = 30;

/// Whether the page keeps itself up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// It does.
    On,
    /// It stands still, for whoever reads it slowly.
    Off,
}

/// The page, as it is at that time.
pub fn page(status: &Status, now: Moment, refresh: Refresh) -> String {
    let host = status.tree.as_ref().map_or("", |tree| tree.root_name());
    let (grade, state) = state(status, now);
    let mark = match grade {
        Grade::Good => "",
        Grade::Unknown => "… ",
        Grade::Poor | Grade::Bad => "! ",
    };
    let title = format!("{mark}{} GPUs", if host.is_empty() { "this host's" } else { host });
    let live = refresh == Refresh::On;
    let more = html! {
        @if live {
            noscript { meta http-equiv="refresh" content=(RELOAD); }
        }
    };
    let body = html! {
        a class="skip" href="#findings" { "Skip to the findings" }
        header id="head" data-part { (head::head(status, now, grade, &state)) }
        p id="stale" role="alert" hidden {}
        nav aria-label="On this page" id="nav" data-part { (contents(status)) }
        main {
            section id="findings" aria-labelledby="findings-h" data-part { (findings::section(status)) }
            section id="gpus" aria-labelledby="gpus-h" data-part { (gpus::section(status)) }
            section id="providers" aria-labelledby="providers-h" data-part { (providers::section(status, now)) }
            section id="cycles" aria-labelledby="cycles-h" data-part { (cycles::section(status, now)) }
        }
        footer { (foot(live)) }
        @if live {
            script { (PreEscaped(SCRIPT)) }
        }
    };
    document(&title, &more, &body)
}

/// A document with the page's style.
pub(super) fn document(title: &str, more: &Markup, body: &Markup) -> String {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                // An empty one: a browser that looks for it needs no answer.
                link rel="icon" href="data:,";
                style { (PreEscaped(style())) }
                (more)
            }
            body { (body) }
        }
    };
    clean(&whole.into_string())
}

/// The one style element of a document.
pub(super) fn style() -> String {
    [THEME, PIECES, STYLE].concat()
}

fn contents(status: &Status) -> Markup {
    let findings = status.all_findings().len();
    html! {
        a href="#findings" { "Findings " span class="count" { (findings) } }
        a href="#gpus" { "GPUs" }
        a href="#providers" { "Providers" }
        a href="#cycles" { "Cycles" }
    }
}

fn foot(live: bool) -> Markup {
    html! {
        p {
            "nvidia-placement-agent " (env!("CARGO_PKG_VERSION")) " · "
            @if live {
                "keeps itself up to date: " a href="?refresh=off" { "stop that" }
            } @else {
                "does not change by itself: " a href="/" { "keep it up to date" }
            }
        }
        p {
            "For programs: "
            a href="/api/v1/status" { "status" } ", "
            a href="/api/v1/host" { "GPUs" } ", "
            a href="/api/v1/plan" { "plan" } ", "
            a href="/api/v1/apply" { "last cycle" } ", "
            a href="/api/v1/tree" { "providers" }
            ". " a href="/messages" { "What the messages mean" } "."
        }
    }
}
