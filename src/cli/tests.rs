use clap::CommandFactory;

use super::Arguments;

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn every_verb_has_examples() {
    for verb in Arguments::command().get_subcommands() {
        let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(help.starts_with("Examples:\n"), "{}", verb.get_name());
    }
}

/// A terminal's width is clap's to know: it fills a paragraph that is one line, and breaks a line that was broken by
/// hand a second time.
#[test]
fn help_is_not_broken_by_hand() {
    let command = Arguments::command();
    for help in command.get_subcommands().chain([&command]).filter_map(clap::Command::get_after_help) {
        let help = help.to_string();
        for paragraph in help.split("\n\n") {
            let mut lines = paragraph.lines();
            let examples = lines.next() == Some("Examples:");
            for line in lines {
                assert!(examples && line.starts_with("  ") && line.len() <= 100, "{line}");
            }
        }
    }
}
