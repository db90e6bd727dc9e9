//! Manual pages and completions, made from the command line's own definition: `cargo run --example manuals DIR`. They
//! are part of the packages; this program is not.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

/// What `man` needs beside the commands.
const FILES: &str = "\
.SH FILES
.TP
/etc/nvidia\\-placement\\-agent/agent.toml
The configuration; the packaged file has every option, commented out.
.TP
/etc/nvidia\\-placement\\-agent/agent.d/*.toml
What comes after it, in the order of the names.
.TP
/run/nvidia\\-placement\\-agent/agent.sock
The socket of the running agent.
.SH SEE ALSO
/usr/share/doc/nvidia\\-placement\\-agent: concepts, configuration, messages with their codes and exit codes
";

/// Writes `man/*.1` and `completions/*` there.
pub(crate) fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (manuals, completions) = (folder.join("man"), folder.join("completions"));
    for folder in [&manuals, &completions] {
        fs::create_dir_all(folder)?;
    }
    let mut command = nvidia_placement_agent::cli::Arguments::command();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let name = command.get_name().to_owned();
        clap_complete::generate_to(shell, &mut command, name, &completions)?;
    }
    // Of every command, with the global options and its full name. `help` needs no page.
    let mut command = nvidia_placement_agent::cli::Arguments::command().disable_help_subcommand(true);
    command.build();
    pages(&command, None, &manuals)
}

fn pages(command: &Command, parent: Option<&str>, folder: &Path) -> Result<(), Box<dyn Error>> {
    let name = match parent {
        Some(parent) => format!("{parent}-{}", command.get_name()),
        None => command.get_name().to_owned(),
    };
    let after = command.get_after_help().map(ToString::to_string);
    // In sections of the page's own: lines of examples stay lines, all else is filled.
    let plain = command.clone().after_help("").after_long_help("").display_name(&name);
    let man = Man::new(plain).title(name.clone()).manual("nvidia-placement-agent");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(text) = after {
        let (examples, notes): (Vec<_>, Vec<_>) =
            text.split("\n\n").partition(|paragraph| paragraph.starts_with("Examples:\n"));
        for example in examples.iter().filter_map(|text| text.strip_prefix("Examples:\n")) {
            write!(page, ".SH EXAMPLES\n.nf\n{}\n.fi\n", verbatim(example))?;
        }
        for (number, note) in notes.iter().enumerate() {
            write!(page, "{}\n{}\n", if number == 0 { ".SH NOTES" } else { ".PP" }, verbatim(note))?;
        }
    }
    if parent.is_none() {
        page.extend_from_slice(FILES.as_bytes());
    }
    fs::write(folder.join(format!("{name}.1")), page)?;
    let mut shown = command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help");
    shown.try_for_each(|sub| pages(sub, Some(&name), folder))
}

/// roff that shows the text as it is.
fn verbatim(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq");
    let lines = escaped
        .lines()
        .map(|line| if line.starts_with('.') { format!("\\&{line}") } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}

#[allow(dead_code, reason = "the test of the same file has no use for it")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: manuals DIR")?;
    write(Path::new(&folder))
}
