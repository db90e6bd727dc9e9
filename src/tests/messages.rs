//! Codes, exit codes and `docs/usage/messages.md` belong together.
//!
//! There each code has a heading of its own, `## NPA0201`, so that `messages.md#npa0201` leads to it; below it one
//! line `**There is no NVML library.** Error, exit code 20.`; and in the table on top a row that begins with
//! `| [NPA0201](#npa0201) | error | 20 |`. A code that is no error has exit code 0.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::model::{Code, Severity};

#[test]
fn every_error_has_an_exit_code_of_its_own_and_nothing_else_has_one() {
    let mut owners = BTreeMap::new();
    for code in Code::ALL {
        let exit = code.exit_code();
        if code.severity() == Severity::Error {
            assert!((10..=59).contains(&exit), "{code} has exit code {exit}: not from 10 to 59");
            let other = owners.insert(exit, code);
            assert!(other.is_none(), "{code} and {other:?} share exit code {exit}");
        } else {
            assert_eq!(exit, 0, "{code} is no error");
        }
    }
}

#[test]
fn codes_are_written_alike_and_used_once() {
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), Code::ALL.len(), "a code is used twice");
    for code in codes {
        let digits = code.strip_prefix("NPA").unwrap_or_default();
        assert!(digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    }
}

#[test]
fn every_code_is_documented_with_its_exit_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/usage");
    if !folder.is_dir() {
        // A checkout without any documentation; one with some must have this file.
        return;
    }
    let file = folder.join("messages.md");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let wrong = differences(&text);
    assert!(wrong.is_empty(), "{}:\n{}", file.display(), wrong.join("\n"));
}

/// What is missing, too much or wrong in that text.
fn differences(text: &str) -> Vec<String> {
    let mut sections: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut rows: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut wrong, mut section) = (Vec::new(), None);
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = Some(title.trim()).filter(|title| title.starts_with("NPA"));
            if section.is_some_and(|code| sections.insert(code, Vec::new()).is_some()) {
                wrong.push(format!("{title} has two headings"));
            }
        } else if let Some(row) = line.strip_prefix("| [NPA") {
            rows.insert(row.split(']').next().unwrap_or_default(), line);
        } else if line.starts_with("**") && line.contains("exit code") {
            section.and_then(|code| sections.get_mut(code)).into_iter().for_each(|lines| lines.push(line));
        }
    }
    for code in Code::ALL {
        let (severity, exit) = (code.severity().to_string(), code.exit_code());
        let row = format!("| [{code}](#{}) | {severity} | {exit} |", code.as_str().to_lowercase());
        if !rows.remove(&code.as_str()[3..]).is_some_and(|line| line.starts_with(&row)) {
            wrong.push(format!("no row {row}"));
        }
        let said = format!(".** {}{}, exit code {exit}.", severity[..1].to_uppercase(), &severity[1..]);
        match sections.remove(code.as_str()).as_deref() {
            None => wrong.push(format!("no heading \"## {code}\"")),
            Some([one]) if one.ends_with(&said) => {}
            Some(found) => wrong.push(format!("{code}: one line \"**…{said}\" is expected, not {found:?}")),
        }
    }
    wrong.extend(sections.keys().map(|code| format!("{code} has a heading and is no code of this program")));
    wrong.extend(rows.keys().map(|code| format!("NPA{code} has a row and is no code of this program")));
    wrong
}

#[test]
fn differences_are_found() {
    let text = |code: &Code| {
        let (severity, exit) = (code.severity().to_string(), code.exit_code());
        let row = format!("| [{code}](#{}) | {severity} | {exit} | |\n", code.as_str().to_lowercase());
        let upper = severity[..1].to_uppercase() + &severity[1..];
        (row, format!("## {code}\n\n**So it is.** {upper}, exit code {exit}.\n\nText.\n\n## Other\n\n"))
    };
    let (rows, sections): (String, String) = Code::ALL.iter().map(text).unzip();
    let good = rows + &sections;
    assert_eq!(differences(&good), Vec::<String>::new());
    assert_eq!(differences(&good.replace("## NPA0201", "## NPA0999")).len(), 2);
    assert_eq!(differences(&good.replace("| [NPA0201]", "| [NPA0999]")).len(), 2);
    assert_eq!(differences(&good.replace("exit code 20.", "exit code 200.")).len(), 1);
    assert_eq!(differences(&good.replace("| error | 20 |", "| error | 0 |")).len(), 1);
    assert_eq!(differences(&good.replace("Error, exit code 20.", "")).len(), 1);
    assert_eq!(differences(&format!("{good}## NPA0201\n")).len(), 2);
}
