//! What each code means, from the documentation that this version came with.

use maud::{PreEscaped, html};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html::push_html};

use super::page::document;

/// The manual itself: written by us, so that it may have markup.
const MESSAGES: &str = include_str!("../../../docs/usage/messages.md");

/// `docs/usage/messages.md` as a page: each code is an anchor, `/messages#npa0401`.
pub fn manual() -> String {
    let body = html! {
        header { p { a href="/" { "← Status" } } }
        main class="manual" { (PreEscaped(rendered())) }
    };
    document("What the messages mean", &html! {}, &body)
}

fn rendered() -> String {
    let mut events: Vec<Event<'_>> = Parser::new_ext(MESSAGES, Options::ENABLE_TABLES).collect();
    let headings: Vec<(usize, String)> = events
        .iter()
        .zip(events.iter().skip(1))
        .enumerate()
        .filter_map(|(at, pair)| match pair {
            (Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }), Event::Text(text)) => {
                Some((at, anchor(text)))
            }
            _ => None,
        })
        .collect();
    for (at, anchor) in headings {
        if let Some(Event::Start(Tag::Heading { id, .. })) = events.get_mut(at) {
            *id = Some(anchor.into());
        }
    }
    // Other pages of the documentation are not here: of a link to one, its text is left.
    let mut away = false;
    let here = events.into_iter().filter(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => {
            away = !dest_url.starts_with('#');
            !away
        }
        Event::End(TagEnd::Link) => !std::mem::take(&mut away),
        _ => true,
    });
    let mut out = String::new();
    push_html(&mut out, here);
    out
}

/// As the documentation's own links have it: `npa0401`.
fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace(' ', "-")
}
