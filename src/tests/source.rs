//! Finds what a source file uses of its own crate: as text, without a parser of Rust.

/// A path into the crate, and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// Counted from 1.
    pub(super) line: usize,
    /// Its segments after `crate`: `["planner", "Policy"]`.
    pub(super) path: Vec<String>,
}

/// Every path that begins with `crate::`, or climbs to the crate with `super::`, outside of comments and
/// tests. `module` is the path of the file's own module.
pub(super) fn uses(text: &str, module: &[String]) -> Vec<Use> {
    let text = without_tests(&without_comments(text));
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if begins_word(&text, at) {
            add(&text, at + "crate::".len(), &mut found);
        }
    }
    let climb = "super::".repeat(module.len());
    for (at, _) in text.match_indices(&climb) {
        let before = &text[..at];
        // The last of a longer chain would be counted twice.
        if begins_word(&text, at) && !before.ends_with("super::") {
            add(&text, at + climb.len(), &mut found);
        }
    }
    found.sort_by(|a, b| (a.line, &a.path).cmp(&(b.line, &b.path)));
    found
}

fn begins_word(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$')
}

fn add(text: &str, at: usize, found: &mut Vec<Use>) {
    let line = text[..at].matches('\n').count() + 1;
    let mut paths = Vec::new();
    read(&text[at..], &mut Vec::new(), &mut paths);
    found.extend(paths.into_iter().map(|path| Use { line, path }));
}

/// Reads one path, with all branches of its groups; gives what follows it.
fn read<'a>(text: &'a str, prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> &'a str {
    let mut text = text.trim_start();
    let depth = prefix.len();
    loop {
        if let Some(group) = text.strip_prefix('{') {
            text = group.trim_start();
            while !text.starts_with('}') && !text.is_empty() {
                text = read(text, prefix, paths).trim_start();
                // ` as other` is of no interest.
                text = text.trim_start_matches(|c: char| c != ',' && c != '}');
                text = text.strip_prefix(',').unwrap_or(text).trim_start();
            }
            text = text.strip_prefix('}').unwrap_or(text);
            break;
        }
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        if !word.is_empty() && word != "self" {
            prefix.push(word.to_owned());
        }
        match rest.strip_prefix("::") {
            Some(rest) => text = rest,
            None => {
                paths.push(prefix.clone());
                text = rest;
                break;
            }
        }
    }
    prefix.truncate(depth);
    text
}

/// Blanks line comments. A `//` inside of a text goes too, which hides no path that matters.
fn without_comments(text: &str) -> String {
    let code = |line: &str| line.split_once("//").map_or(line, |(code, _)| code).to_owned() + "\n";
    text.lines().map(code).collect()
}

/// Blanks inline modules of tests, keeping the lines.
fn without_tests(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let opens = |next: &&str| next.starts_with("mod ") && next.ends_with('{');
        if line == "#[cfg(test)]" && lines.peek().is_some_and(opens) {
            // rustfmt closes it where it was opened: in the first column.
            for skipped in lines.by_ref() {
                out.push('\n');
                if skipped == "}" {
                    break;
                }
            }
        }
    }
    out
}

#[test]
fn paths_are_read_as_they_are_written() {
    let text = "\
//! See crate::cli.
use crate::model::{Code, tree::{Owner as O, self}, Finding};
#[cfg(test)]
mod tests {
    use crate::cli;
}
fn f() { crate::geometry::permit(&[]); mycrate::x(); super::super::nova::y(); super::z() }
";
    let module = ["room".to_owned(), "file".to_owned()];
    let found: Vec<_> = uses(text, &module).into_iter().map(|u| (u.line, u.path.join("::"))).collect();
    let expected = [
        (2, "model::Code"),
        (2, "model::Finding"),
        (2, "model::tree"),
        (2, "model::tree::Owner"),
        (7, "geometry::permit"),
        (7, "nova::y"),
    ];
    assert_eq!(found, expected.map(|(line, path)| (line, path.to_owned())));
}
