//! What can be typed. Every verb's help has examples; what each takes is in the files under this one.

mod advice;
mod config;
mod discover;
mod format;
mod placement;
mod running;
mod verb;

use std::path::PathBuf;

use clap::{Args, Parser};

pub(super) use advice::{AuditArgs, CheckArgs, ExplainArgs, FlavorsArgs, Names, NovaConfigArgs};
pub(super) use config::{ConfigArgs, ConfigVerb};
pub(super) use discover::DiscoverArgs;
pub(super) use format::{Drawing, DrawingArg, Format, FormatArg};
pub(super) use placement::{ApplyArgs, PlanArgs, PurgeArgs, TreeArgs};
pub(super) use running::{HealArgs, StatusArgs, WaitArgs};
pub(super) use verb::Verb;

/// Keeps OpenStack Placement true about what NVIDIA GPUs can give to guests.
///
/// Runs beside nova-compute on a GPU host: finds the MIG profiles and vGPU types that its GPUs can give, and keeps
/// VGPU inventories with CUSTOM_NVIDIA_<profile> traits under the compute node's provider, or the traits of Nova's
/// own.
#[derive(Debug, Parser)]
#[command(name = "nvidia-placement-agent", version, max_term_width = 100, arg_required_else_help = false)]
#[command(after_help = "\
Start with `discover` on a GPU host, `plan` to see what would be written, `apply` to write it. `check` tells \
whether a flavor gets its GPU, and why not.

Exit codes: 0 done, 2 `plan --exit-code` has something to do, 3 and 4 `check` or `audit` found warnings or errors, \
64 wrong usage, 70 a fault of this program, 74 the result could not be written. Every error has its own, 10 to 59, \
listed beside its code (NPA…) in docs/usage/messages.md; packages have it in /usr/share/doc/nvidia-placement-agent.")]
pub struct Cli {
    #[command(flatten)]
    pub(super) common: Common,

    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

#[derive(Debug, Args)]
pub(super) struct Common {
    /// The configuration file [default: /etc/nvidia-placement-agent/agent.toml, if it exists]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "NVIDIA_PLACEMENT_AGENT_CONFIG",
        display_order = 900
    )]
    pub(super) config: Option<PathBuf>,

    /// Log more to standard error: -v what is done, -vv every request, -vvv everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, display_order = 901)]
    pub(super) verbose: u8,
}
