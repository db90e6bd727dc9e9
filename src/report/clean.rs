//! Documents that are markup. Escaping is done where they are made; this is for what no escape makes harmless.

/// The document without characters that XML does not allow, which a browser would refuse it for, and without those
/// that turn the direction of text around, with which a name could look like another: names come from drivers and
/// from Placement.
pub(super) fn clean(document: &str) -> String {
    document.chars().map(|c| if is_harmful(c) { '\u{fffd}' } else { c }).collect()
}

fn is_harmful(c: char) -> bool {
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || matches!(c, '\u{fffe}' | '\u{ffff}') || (c.is_control() && c != '\n')
}
