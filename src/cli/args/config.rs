//! What `config` takes.

use clap::{Args, Subcommand};

use super::{Format, FormatArg};

#[derive(Debug, Args)]
pub(in crate::cli) struct ConfigArgs {
    #[command(subcommand)]
    pub(in crate::cli) verb: ConfigVerb,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigVerb {
    /// Every option with its value and its place; secrets are not shown
    Show(ShowArgs),

    /// Read everything as the agent would, credentials included: 0 when it is good, 10 to 12 when not
    Check(FormatArg),
}

impl ConfigVerb {
    pub(super) fn format(&self) -> Format {
        match self {
            ConfigVerb::Show(args) => args.format.format,
            ConfigVerb::Check(args) => args.format,
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    /// Also options that are not set and have no default
    #[arg(short, long)]
    pub(in crate::cli) all: bool,

    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}
