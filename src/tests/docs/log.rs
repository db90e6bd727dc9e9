//! `docs/reference/log.md` has every line that the program can log, and no others. Level, text and fields are made
//! from the code; when a line comes and what to do then is written there by hand, in the last column.
//! `UPDATE_DOCS=1 cargo test --lib docs` brings the rows in line and keeps what is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::logged::{self, Kind, Lines};
use super::root;

const HEAD: &str = "| line | fields | when, and what to do |\n|---|---|---|\n";

fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Journal => "## Changes and findings",
        Kind::Error => "## Errors",
        Kind::Warning => "## Warnings",
        Kind::Info => "## Infos",
        Kind::Debug => "## Debug",
    }
}

#[test]
fn every_line_of_the_log_is_documented() {
    let path = root().join("docs/reference/log.md");
    let kept = std::fs::read_to_string(&path).unwrap();
    let page = page(&kept, &logged::all(&root().join("src")));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    } else {
        assert!(
            kept == page,
            "{} is not as the code is: UPDATE_DOCS=1 cargo test --lib docs",
            path.display()
        );
    }
    let mute: Vec<&str> = page.lines().filter(|line| line.ends_with("|  |")).collect();
    assert!(mute.is_empty(), "when does it come, and what is there to do? {mute:#?}");
}

/// journalctl shows the text alone: whoever reads it needs nothing else.
#[test]
fn a_line_is_complete_without_its_fields() {
    let known = ["code", "device", "provider"];
    for ((kind, text), fields) in logged::all(&root().join("src")) {
        let further: BTreeSet<&str> =
            fields.iter().map(String::as_str).filter(|name| !known.contains(name)).collect();
        assert!(kind == Kind::Debug || further.is_empty(), "{text}: say {further:?} in the text");
    }
}

/// The page with its rows as the code is; what was said of a line stays.
fn page(kept: &str, lines: &Lines) -> String {
    let mut out = String::new();
    let mut sections = kept.split_inclusive('\n').peekable();
    while let Some(line) = sections.next() {
        out.push_str(line);
        let Some(kind) = Kind::ALL.into_iter().find(|kind| line.trim_end() == heading(*kind)) else {
            continue;
        };
        // Prose up to the table, with the blank line before that.
        while let Some(prose) = sections.next_if(|line| !line.starts_with('|') && !line.starts_with("## ")) {
            out.push_str(prose);
        }
        if !out.ends_with("\n\n") {
            out.push('\n');
        }
        let mut said = BTreeMap::new();
        while let Some(row) = sections.next_if(|line| line.starts_with('|')) {
            let mut cells = row.trim_end().trim_matches('|').split(" | ");
            if let (Some(text), Some(_), Some(note)) = (cells.next(), cells.next(), cells.next()) {
                said.insert(text.trim().to_owned(), note.trim().to_owned());
            }
        }
        out.push_str(HEAD);
        for ((_, text), fields) in lines.iter().filter(|((of, _), _)| *of == kind) {
            let text = if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") };
            let fields: Vec<String> =
                fields.iter().map(|field| format!("`{}`", field.to_uppercase())).collect();
            let note = said.get(&text).map_or("", String::as_str);
            let _ = writeln!(out, "| {text} | {} | {note} |", fields.join(", "));
        }
        if sections.peek().is_some_and(|line| line.starts_with('#')) {
            out.push('\n');
        }
    }
    for kind in Kind::ALL {
        assert!(out.lines().any(|line| line == heading(kind)), "no {}", heading(kind));
    }
    out
}

#[test]
fn rows_follow_the_code_and_keep_what_was_said() {
    let kept = Kind::ALL.map(|kind| format!("{}\n\nProse.\n\n{HEAD}", heading(kind))).join("\n");
    let one = |text: &str| ((Kind::Error, text.to_owned()), BTreeSet::from(["device".to_owned()]));
    let first = page(&kept, &Lines::from([one("b `c`"), one("a")]));
    assert_eq!(
        first.matches("| `a` | `DEVICE` |  |\n| `` b `c` `` | `DEVICE` |  |\n\n## W").count(),
        1,
        "{first}"
    );
    let said = first.replace("| `a` | `DEVICE` |  |", "| `a` | old | Wait. |");
    assert_eq!(page(&said, &Lines::from([one("a")])).matches("Prose.\n\n").count(), 5);
    let second = page(&said, &Lines::from([one("a")]));
    assert!(second.contains("| `a` | `DEVICE` | Wait. |") && !second.contains("b `c`"), "{second}");
}
