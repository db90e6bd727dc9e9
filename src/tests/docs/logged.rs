//! Every line that the program can log, read from its source: level, text and fields.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What is known of a line beside its kind and text: the names of its fields.
pub(super) type Lines = BTreeMap<(Kind, String), BTreeSet<String>>;

/// Under which heading of the page a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Made by the journal of the loop, at the level of the finding, or at info.
    Journal,
    Error,
    Warning,
    Info,
    Debug,
}

impl Kind {
    pub(super) const ALL: [Kind; 5] = [Kind::Journal, Kind::Error, Kind::Warning, Kind::Info, Kind::Debug];

    fn of(level: &str) -> Option<Kind> {
        match level {
            "error" => Some(Kind::Error),
            "warn" => Some(Kind::Warning),
            "info" => Some(Kind::Info),
            "debug" => Some(Kind::Debug),
            // Spans, and a trait: no lines.
            "info_span" | "Instrument" => None,
            other => panic!(
                "tracing::{other}: log by tracing::error!, warn!, info! or debug!, which are read here"
            ),
        }
    }
}

/// The journal's lines are texts until `reconciler/run/tell.rs` logs them, as `{text}`.
const JOURNAL: &str = "reconciler/journal.rs";
const HANDED_ON: &str = "{text}";

/// All of the program's.
pub(super) fn all(source: &Path) -> Lines {
    let mut found = Found::default();
    let mut folders = vec![source.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            match path.file_name().unwrap().to_str().unwrap() {
                "tests" | "tests.rs" => {}
                _ if path.is_dir() => folders.push(path),
                name if name.ends_with(".rs") => {
                    found.formats = path.ends_with(JOURNAL);
                    found.read(&std::fs::read_to_string(&path).unwrap());
                }
                _ => {}
            }
        }
    }
    let mut fields = BTreeSet::new();
    found.lines.retain(|(kind, text), of| {
        let handed_on = text == HANDED_ON;
        if handed_on {
            fields.append(of);
        }
        assert!(*kind != Kind::Debug || !handed_on);
        !handed_on
    });
    assert!(!fields.is_empty(), "nobody logs what {JOURNAL} says");
    let journal = found.lines.iter_mut().filter(|((kind, _), _)| *kind == Kind::Journal);
    journal.for_each(|(_, of)| of.clone_from(&fields));
    found.lines
}

#[derive(Default)]
struct Found {
    lines: Lines,
    /// Whether `format!` makes lines here.
    formats: bool,
}

impl Found {
    fn read(&mut self, text: &str) {
        self.walk(text.parse().unwrap());
    }

    fn walk(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let words: Vec<String> = tokens.iter().map(word).collect();
        let mut at = 0;
        while at < tokens.len() {
            let rest: Vec<&str> = words[at..].iter().take(5).map(String::as_str).collect();
            match (rest.as_slice(), tokens.get(at + 5)) {
                (["#", "[cfg(test)]", "mod", _, "{…}"], _) => {
                    at += 5;
                    continue;
                }
                (["tracing", ":", ":", level, then], group) => {
                    if let (Some(kind), Some(TokenTree::Group(group))) = (Kind::of(level), group) {
                        assert_eq!(*then, "!", "tracing::{level} is not called as a macro");
                        self.add(kind, group.stream());
                    } else {
                        assert!(
                            *then != "{…}",
                            "tracing::{{…}}: use tracing::error!, warn!, info! or debug!"
                        );
                    }
                }
                (["format", "!", "(…)", ..], _) if self.formats => {
                    let TokenTree::Group(group) = &tokens[at + 2] else { unreachable!() };
                    self.add(Kind::Journal, group.stream());
                }
                _ => {}
            }
            if let TokenTree::Group(group) = &tokens[at] {
                self.walk(group.stream());
            }
            at += 1;
        }
    }

    fn add(&mut self, kind: Kind, arguments: TokenStream) {
        let arguments: Vec<TokenTree> = arguments.into_iter().collect();
        let mut fields = BTreeSet::new();
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        for argument in arguments.split(is_comma) {
            if let Some(TokenTree::Literal(literal)) = argument.first() {
                let text = unescaped(&literal.to_string());
                self.lines.entry((kind, text)).or_default().append(&mut fields);
                return;
            }
            let named = argument.iter().find_map(|token| match token {
                TokenTree::Ident(name) => Some(name.to_string()),
                _ => None,
            });
            fields.extend(named);
        }
        panic!("a line without a text of its own: {arguments:?}");
    }
}

fn word(token: &TokenTree) -> String {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            token.to_string().replace(' ', "")
        }
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => "{…}".to_owned(),
        TokenTree::Group(_) => "(…)".to_owned(),
        other => other.to_string(),
    }
}

/// The text of a literal as it stands in the source.
fn unescaped(literal: &str) -> String {
    let inside = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let inside = inside.unwrap_or_else(|| panic!("{literal}: write it as \"…\""));
    let mut parts = inside.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    let text = parts.fold(first, |text, part| text + part.trim_start());
    let text = text.replace("\\\"", "\"");
    assert!(!text.contains('\\'), "{literal}: an escape that is not read here");
    without_formats(&text)
}

/// `{took:.1?}` is `{took}` to a reader; what it is of must have a name.
fn without_formats(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let (of, rest) = part.split_once('}').unwrap_or_else(|| panic!("{text}: braces"));
        let name = of.split(':').next().unwrap_or_default();
        assert!(!name.is_empty(), "{text}: give what is put in a name");
        out + "{" + name + "}" + rest
    })
}

#[test]
fn lines_are_read_as_they_are_written() {
    let text = r#"
        // tracing::info!("a comment")
        fn f() {
            tokio::select! { _ = x => tracing::warn!(device = %a.b, ?span, code, "one {error:?}, {y}", y = self.x) }
            if let Err(error) = g() { tracing::debug!(%error, "two \
                lines of \"it\"") }
            let span = tracing::info_span!("cycle", cycle = 1);
            format!("three {x}");
        }
        #[cfg(test)]
        mod tests { fn g() { tracing::error!("never") } }
    "#;
    let mut found = Found::default();
    found.read(text);
    let told = |lines: &Lines| -> Vec<String> {
        lines.iter().map(|((kind, text), fields)| format!("{kind:?} {text} {fields:?}")).collect()
    };
    let expected =
        [r#"Warning one {error}, {y} {"code", "device", "span"}"#, r#"Debug two lines of "it" {"error"}"#];
    assert_eq!(told(&found.lines), expected);
    found.formats = true;
    found.read(text);
    assert_eq!(told(&found.lines)[0], "Journal three {x} {}");
}
