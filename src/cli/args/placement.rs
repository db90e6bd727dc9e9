//! What the commands take that look at Placement, or write to it.

use clap::Args;

use super::{DrawingArg, FormatArg};

#[derive(Debug, Args)]
pub(in crate::cli) struct PlanArgs {
    /// Exit with 2 when there is something to do (0: nothing, 10 and above: an error)
    #[arg(long)]
    pub(in crate::cli) exit_code: bool,

    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ApplyArgs {
    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TreeArgs {
    /// The compute node, by hypervisor hostname or by UUID [default: this host's]
    #[arg(value_name = "HOST")]
    pub(in crate::cli) host: Option<String>,

    /// Every compute node of the deployment
    #[arg(long, conflicts_with = "host")]
    pub(in crate::cli) all: bool,

    /// Draw it again every so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(in crate::cli) watch: Option<u64>,

    /// Add UUIDs, generations and the root's traits
    #[arg(short, long)]
    pub(in crate::cli) long: bool,

    #[command(flatten)]
    pub(in crate::cli) format: DrawingArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PurgeArgs {
    /// The compute node, by hypervisor hostname or by UUID [default: this host's]
    #[arg(long, value_name = "HOST")]
    pub(in crate::cli) host: Option<String>,

    /// Do it; without, it is only shown
    #[arg(long)]
    pub(in crate::cli) yes: bool,

    /// Delete what is empty, with one of the two words about nova-compute
    #[arg(long)]
    pub(in crate::cli) delete: bool,

    /// Your word: nova-compute on that host is stopped, or the host is gone
    #[arg(long, requires = "delete", conflicts_with = "nova_compute_will_restart")]
    pub(in crate::cli) nova_compute_stopped: bool,

    /// Your word: you will restart nova-compute on that host as soon as this is done
    #[arg(long, requires = "delete")]
    pub(in crate::cli) nova_compute_will_restart: bool,

    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}
