//! Pages that are made from the code, and pages that must name all that the code has.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::{Command, CommandFactory};

use super::root;
use crate::cli::Arguments;

/// `docs/reference/command-line.md` is what the program says of itself. `UPDATE_DOCS=1 cargo test --lib docs`
/// writes it anew.
#[test]
fn the_command_line_is_documented_as_it_is() {
    let path = root().join("docs/reference/command-line.md");
    let mut text = "# The command line, as it says itself\n\n\
        Made from the program: what `nvidia-placement-agent help COMMAND` prints. With explanations and outputs: \
        [commands](../usage/commands.md).\n"
        .to_owned();
    let mut command = Arguments::command().term_width(100);
    command.build();
    section(&mut text, &command);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} is not as the program is: UPDATE_DOCS=1 cargo test --lib docs", path.display());
}

fn section(text: &mut String, command: &Command) {
    let name = command.get_bin_name().unwrap_or("nvidia-placement-agent").to_owned();
    let help = command.clone().render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help" && !verb.is_hide_set()) {
        section(text, verb);
    }
}

/// Each option is in the table of its section, as `key` or as `section.key`.
#[test]
fn every_option_has_a_row() {
    let page = std::fs::read_to_string(root().join("docs/usage/configuration.md")).unwrap();
    let rows: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|line| line.split(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    let fragments = include_str!("../../config/fragments.rs").lines();
    let keys = fragments.filter_map(|line| line.trim().split_once(": Option<")).map(|(key, _)| key);
    let missing: Vec<&str> = keys
        .filter(|key| {
            let suffix = format!(".{key}");
            // `…_secret_file` stands for the longer name beside it.
            !rows.iter().any(|row| {
                row == key
                    || row.ends_with(&suffix)
                    || row.strip_prefix('…').is_some_and(|end| key.ends_with(end))
            })
        })
        .collect();
    assert!(missing.is_empty(), "configuration.md has no row for {missing:?}");
}

/// Each field of every frozen document is named in `docs/usage/json.md`.
#[test]
fn every_field_of_json_is_documented() {
    let page = std::fs::read_to_string(root().join("docs/usage/json.md")).unwrap();
    let named: BTreeSet<&str> = page
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let folder = root().join("src/report/tests/snapshots");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // The head of a snapshot ends with its second `---`.
        let Some(body) = text.splitn(3, "---\n").nth(2) else { continue };
        let Ok(document) = serde_json::from_str::<serde_json::Value>(body) else { continue };
        count += 1;
        let mut keys = BTreeSet::new();
        fields(&document, &mut keys);
        let missing: Vec<&String> = keys.iter().filter(|key| !named.contains(key.as_str())).collect();
        assert!(missing.is_empty(), "json.md does not name {missing:?} of {}", path.display());
    }
    assert!(count > 5, "only {count} documents");
}

/// The names of fields; what is keyed by data (classes, traits, properties of a flavor) is no such word.
fn fields(value: &serde_json::Value, keys: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                if key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
                    keys.insert(key.clone());
                }
                fields(value, keys);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| fields(item, keys)),
        _ => {}
    }
}
