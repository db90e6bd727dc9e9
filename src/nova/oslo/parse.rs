//! One file, by the rules of `oslo_config/iniparser.py`, which are not those of any INI library.
//!
//! - A line that begins with a space or a tab continues the value above it, after a newline; so does a
//!   comment that is indented. A blank line, a comment or a section ends a value.
//! - The first `=` or `:` parts key and value. Both are stripped; of the value's first line, one pair of equal
//!   quotes is taken off. Backslashes and `#` inside of a value are ordinary characters.
//! - Section names are taken as they stand, blanks included, and compared in lower case; but `DEFAULT` is only
//!   that.

use std::path::Path;
use std::sync::Arc;

use super::OsloError;

/// The section that oslo.config keeps apart.
pub(super) const DEFAULT: &str = "DEFAULT";

/// One assignment, before anything is put in for `$`.
pub(super) struct Assignment {
    pub(super) section: String,
    pub(super) key: String,
    pub(super) raw: String,
    /// Of the key, counted from 1.
    pub(super) line: usize,
}

/// A file's assignments in order, and its sections, also those without any.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) assignments: Vec<Assignment>,
    pub(super) sections: Vec<String>,
}

/// Reads a file's text.
pub(super) fn parse(file: &Arc<Path>, text: &str) -> Result<Parsed, OsloError> {
    let mut parsed = Parsed::default();
    let mut section: Option<String> = None;
    let mut open = false;
    for (line, text) in lines(text).enumerate().map(|(index, text)| (index + 1, text)) {
        let refuse = |what| OsloError::Syntax { file: Arc::clone(file), line, what };
        let text = text.trim_end_matches(is_space);
        if text.is_empty() {
            open = false;
        } else if text.starts_with([' ', '\t']) {
            let last = parsed.assignments.last_mut().filter(|_| open);
            let last = last.ok_or_else(|| refuse("an indented line that continues nothing"))?;
            last.raw.push('\n');
            last.raw.push_str(text.trim_start_matches(is_space));
        } else if let Some(rest) = text.strip_prefix('[') {
            open = false;
            let name = rest.strip_suffix(']').ok_or_else(|| refuse("a section that does not end with ]"))?;
            if name.is_empty() {
                return Err(refuse("a section without a name"));
            }
            let name = normalized(name);
            parsed.sections.push(name.clone());
            section = Some(name);
        } else if text.starts_with(['#', ';']) {
            open = false;
        } else {
            let (key, value) = text
                .split_once(['=', ':'])
                .ok_or_else(|| refuse("neither a key with = or :, nor a section"))?;
            let key = key.trim_matches(is_space);
            if key.is_empty() {
                return Err(refuse("a value without a key"));
            }
            let section = section.clone().ok_or_else(|| refuse("a key before any section"))?;
            let raw = unquoted(value.trim_matches(is_space)).to_owned();
            parsed.assignments.push(Assignment { section, key: key.to_owned(), raw, line });
            open = true;
        }
    }
    Ok(parsed)
}

/// How oslo.config compares section names.
pub(super) fn normalized(section: &str) -> String {
    if section == DEFAULT { section.to_owned() } else { section.to_lowercase() }
}

/// Lines as Python's text files have them: `\n`, `\r\n` and `\r` all end one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.filter(|text| !text.is_empty())?;
        let Some((line, after)) = text.split_once(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let crlf = text.get(line.len()..).is_some_and(|end| end.starts_with("\r\n"));
        rest = Some(if crlf { after.get(1..).unwrap_or_default() } else { after });
        Some(line)
    })
}

/// What Python's `strip` takes away: Unicode's white space and four control characters.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            // A quote alone is both its beginning and its end.
            return if inner.is_empty() { inner } else { inner.strip_suffix(quote).unwrap_or(value) };
        }
    }
    value
}
