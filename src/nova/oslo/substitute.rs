//! What oslo.config puts in for `$`: Python's `string.Template` with names that may have dots.

/// A piece of a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// `$name` or `${name}`.
    Reference(&'a str),
}

/// Takes a value apart. A `$` that begins nothing stays, as `safe_substitute` leaves it; `\$` has been made
/// `$$` before.
pub(super) fn pieces(raw: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('$') {
        pieces.push(Piece::Text(before));
        if let Some(after) = after.strip_prefix('$') {
            pieces.push(Piece::Text("$"));
            rest = after;
        } else if let Some((name, after)) = name(after) {
            pieces.push(Piece::Reference(name));
            rest = after;
        } else if let Some((name, after)) = braced(after) {
            pieces.push(Piece::Reference(name));
            rest = after;
        } else {
            pieces.push(Piece::Text("$"));
            rest = after;
        }
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn braced(text: &str) -> Option<(&str, &str)> {
    let (name, after) = name(text.strip_prefix('{')?)?;
    Some((name, after.strip_prefix('}')?))
}

/// The longest name that the text begins with: `[_a-z][\._a-z0-9]*`, ignoring case.
fn name(text: &str) -> Option<(&str, &str)> {
    text.chars().next().filter(|first| *first == '_' || is_letter(*first))?;
    let end = text.find(|c: char| !(is_letter(c) || c.is_ascii_digit() || c == '_' || c == '.'));
    Some(text.split_at(end.unwrap_or(text.len())))
}

/// Python's `re` ignores case by Unicode's rules, and four letters elsewhere fold to ASCII ones.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'İ' | 'ı' | 'ſ' | '\u{212a}')
}

/// Whether oslo.config would put in another text than the file has: for an option that is no string it puts in
/// what Python shows, `True` for `yes`, `8` for `08`, `['a', 'b']` for `a,b`.
pub(super) fn may_change(text: &str) -> bool {
    const BOOLEAN: [&str; 8] = ["true", "1", "on", "yes", "false", "0", "off", "no"];
    BOOLEAN.contains(&text.to_lowercase().as_str())
        || text.contains(',')
        || text.parse::<f64>().is_ok()
            && text.parse::<u64>().map_or(true, |number| number.to_string() != text)
}
