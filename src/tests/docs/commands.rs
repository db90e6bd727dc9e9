//! Every command of ours that the documentation shows can be typed: the command line takes it.

use clap::{CommandFactory, Parser};

use super::{code, pages};
use crate::cli::Arguments;

const NAME: &str = "nvidia-placement-agent";

#[test]
fn every_command_that_is_shown_is_accepted() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        for (number, line) in code(&page.text, &["", "sh", "console", "ini"]) {
            for words in commands(line) {
                count += 1;
                if let Err(why) = accepted(&words) {
                    wrong.push(format!("{}:{number}: {line}\n    {why}", page.path.display()));
                }
            }
        }
    }
    assert!(count > 50, "only {count} commands were found");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_example_of_the_help_is_accepted() {
    for verb in Arguments::command().get_subcommands() {
        let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        let found: Vec<Vec<String>> = help.lines().flat_map(commands).collect();
        assert!(!found.is_empty(), "{}", verb.get_name());
        for words in found {
            assert_eq!(accepted(&words), Ok(()), "{}: {words:?}", verb.get_name());
        }
    }
}

fn accepted(words: &[String]) -> Result<(), String> {
    match Arguments::try_parse_from(words) {
        Ok(_) => Ok(()),
        Err(error) if !error.use_stderr() => Ok(()),
        Err(error) => Err(error.to_string().lines().next().unwrap_or_default().to_owned()),
    }
}

/// The commands of ours in a line of a shell, in words. What is no command of ours (output, say, that begins
/// with our name and a version) is not one.
fn commands(line: &str) -> Vec<Vec<String>> {
    let line = line.trim_start().trim_start_matches("$ ");
    parts(line).into_iter().filter_map(command).collect()
}

fn command(mut words: Vec<String>) -> Option<Vec<String>> {
    let begins = words.iter().position(|word| {
        let variable = word
            .split_once('=')
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        !variable
    })?;
    words.drain(..begins);
    let name = words.first()?.rsplit('/').next()?;
    // `ExecStart=/usr/bin/nvidia-placement-agent run`, of a unit.
    let name = name.rsplit('=').next()?;
    let version = words.get(1).is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    // `nvidia-placement-agent <command>` and the like are patterns.
    let pattern = words.iter().any(|word| word.starts_with(['<', '…']) || word.ends_with('…'));
    (name == NAME && !version && !pattern).then_some(words)
}

/// Splits a line at `|`, `;`, `&` and what redirects, and each part into words, as a shell would; without comments.
fn parts(line: &str) -> Vec<Vec<String>> {
    let (mut parts, mut words, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let (mut quote, mut skip) = (None, false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, '>' | '<')
                if word.as_deref().is_none_or(|word| word == "2") && chars.peek() != Some(&'c') =>
            {
                word = None;
                skip = true;
            }
            (None, '|' | ';' | '&') => {
                end(&mut words, &mut word, &mut skip);
                parts.push(std::mem::take(&mut words));
            }
            (None, c) if c.is_whitespace() => {
                if word.is_some() {
                    end(&mut words, &mut word, &mut skip);
                }
            }
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    end(&mut words, &mut word, &mut skip);
    parts.push(words);
    parts
}

/// A word is over; the one after a redirection is a file.
fn end(words: &mut Vec<String>, word: &mut Option<String>, skip: &mut bool) {
    if let Some(word) = word.take()
        && !std::mem::take(skip)
    {
        words.push(word);
    }
}

#[test]
fn commands_are_found_in_lines() {
    let found = |line| commands(line).into_iter().map(|words| words.join(" ")).collect::<Vec<_>>();
    assert_eq!(found("$ nvidia-placement-agent plan -vv 2> plan.log # why"), [format!("{NAME} plan -vv")]);
    assert_eq!(found("NPA__A__B=c nvidia-placement-agent tree | head; echo nvidia-placement-agent").len(), 1);
    assert_eq!(found("nvidia-placement-agent 0.1.0  Placement says"), [""; 0]);
    assert_eq!(found("nvidia-placement-agent release && x; nvidia-placement-agent resume").len(), 2);
    assert_eq!(commands("nvidia-placement-agent x --type 'a b'")[0][3], "a b");
    assert!(accepted(&[NAME.to_owned(), "nosuch".to_owned()]).is_err());
}
