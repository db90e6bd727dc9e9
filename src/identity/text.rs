//! Making error texts: whole, short, and free of secrets.

use std::error::Error;

use url::Url;

/// Characters of an unexpected answer that an error shows: enough to recognise a proxy's error page.
const EXCERPT: usize = 200;

/// What a secret is replaced with.
const REDACTED: &str = "[redacted]";

/// Shorter secrets are not searched for: replacing `admin` everywhere would destroy the text, and hide
/// nothing.
const SHORTEST_SECRET: usize = 6;

/// An error with everything behind it, outermost first. reqwest's own `Display` stops at the first.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // hyper repeats the innermost text in the outer ones.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// The beginning of a text on one line.
pub(crate) fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// The text without the secret: some proxies answer with what they were sent.
pub(crate) fn scrub(text: String, secret: &str) -> String {
    let there = secret.len() >= SHORTEST_SECRET && text.contains(secret);
    if there { text.replace(secret, REDACTED) } else { text }
}

/// A URL as people may see it: without credentials.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for a URL that cannot have credentials.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.into()
}
