//! Manual pages and completions: of every verb, whatever is added.

use std::path::Path;

use clap::{Command, CommandFactory};
use nvidia_placement_agent::cli::Arguments;

#[path = "../../packaging/manuals.rs"]
mod generator;

/// The name of each command's page, without `help`.
fn names(command: &Command, parent: &str, into: &mut Vec<String>) {
    let name = format!("{parent}{}", command.get_name());
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        names(sub, &format!("{name}-"), into);
    }
    into.push(name);
}

fn read(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_command_has_a_page_with_its_options_and_examples() {
    let folder = tempfile::tempdir().unwrap();
    generator::write(folder.path()).unwrap();
    let (command, mut expected) = (Arguments::command(), Vec::new());
    names(&command, "", &mut expected);
    assert!(expected.iter().any(|name| name == "nvidia-placement-agent-config-show"), "{expected:?}");
    let man = folder.path().join("man");
    let found: Vec<_> = std::fs::read_dir(&man).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for name in &expected {
        let page = read(&man, &format!("{name}.1"));
        assert!(page.contains(".SH SYNOPSIS") && page.contains("\\-\\-config"), "{name}: {page}");
    }
    for verb in command.get_subcommands() {
        let page = read(&man, &format!("nvidia-placement-agent-{}.1", verb.get_name()));
        let example = format!("\n  nvidia\\-placement\\-agent {}", verb.get_name().replace('-', "\\-"));
        assert!(page.contains(".SH EXAMPLES\n.nf") && page.contains(&example), "{page}");
    }
    let main = read(&man, "nvidia-placement-agent.1");
    assert!(main.contains("agent.sock") && main.contains("Exit codes"), "{main}");
}

#[test]
fn every_command_and_option_is_completed() {
    let folder = tempfile::tempdir().unwrap();
    generator::write(folder.path()).unwrap();
    for file in ["nvidia-placement-agent.bash", "_nvidia-placement-agent", "nvidia-placement-agent.fish"] {
        let text = read(&folder.path().join("completions"), file);
        for verb in Arguments::command().get_subcommands() {
            let shown = |what: &str| assert!(text.contains(what), "{file}: {} {what}", verb.get_name());
            shown(verb.get_name());
            for option in verb.get_arguments().filter_map(clap::Arg::get_long) {
                shown(option);
            }
        }
    }
}
