//! Codes, exit codes and `docs/usage/messages.md` belong together.
//!
//! There each code has a heading of its own, `## NPA0201`, so that `messages.md#npa0201` leads to it, and below
//! it a line with `Exit code: 20`, or `Exit code: none` where the code is no error.

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
    let mut documented: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let (mut wrong, mut section) = (Vec::new(), None);
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = Some(title.trim()).filter(|title| title.starts_with("NPA"));
            if let Some(code) = section
                && documented.insert(code, Vec::new()).is_some()
            {
                wrong.push(format!("{code} has two headings"));
            }
        } else if let Some(lines) = section.and_then(|code| documented.get_mut(code)) {
            lines.extend(line.split_once("Exit code: ").map(|(_, exit)| exit));
        }
    }
    for code in Code::ALL {
        let expected = match code.exit_code() {
            0 => "none".to_owned(),
            exit => exit.to_string(),
        };
        let word = |said: &&str| said.split(|c: char| !c.is_alphanumeric()).next() == Some(expected.as_str());
        match documented.remove(code.as_str()).as_deref() {
            None => wrong.push(format!("no heading \"## {code}\"")),
            Some([one]) if word(one) => {}
            Some(said) => {
                wrong.push(format!("{code}: \"Exit code: {expected}\" is expected once, found {said:?}"));
            }
        }
    }
    wrong.extend(documented.keys().map(|code| format!("{code} is no code of this program")));
    wrong
}

#[test]
fn differences_are_found() {
    let section = |code: &Code| {
        let exit = if code.exit_code() == 0 { "none".to_owned() } else { code.exit_code().to_string() };
        format!("## {code}\n\nSomething.\n\nSeverity: x. Exit code: {exit}.\n\n## Another heading\n\n")
    };
    let good: String = Code::ALL.iter().map(section).collect();
    assert_eq!(differences(&good), Vec::<String>::new());
    assert_eq!(differences(&good.replace("## NPA0201", "## NPA0999")).len(), 2);
    assert_eq!(differences(&good.replace("Exit code: 20.", "Exit code: 200.")).len(), 1);
    assert_eq!(differences(&good.replace("Exit code: 20.", "")).len(), 1);
    assert_eq!(differences(&format!("{good}## NPA0201\n")).len(), 2);
}
