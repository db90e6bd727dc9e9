//! What the commands take that advise: on flavors, on Nova, on why something is as it is.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::FormatArg;
use crate::planner::VgpuRule;

#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// Leave out what is as it should be
    #[arg(short, long)]
    pub(in crate::cli) problems: bool,

    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    /// A PCI address (of a GPU or a function of it), a GPU's UUID, or a provider's name or UUID
    #[arg(value_name = "DEVICE|PROVIDER")]
    pub(in crate::cli) what: String,

    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FlavorsArgs {
    /// Memory of the guest in MiB [default: 8192, more with more GPU memory]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) ram: Option<u64>,

    /// Processors of the guest [default: 4 for each compute slice or eighth of the memory]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) vcpus: Option<u32>,

    /// Disk of the guest in GiB [default: 40]
    #[arg(long, value_name = "GIB")]
    pub(in crate::cli) disk: Option<u32>,

    /// What to call them: gpu.mig.1g, or gpu.mig.1g.5gb, which is unique over boards
    #[arg(long, value_enum, default_value = "short")]
    pub(in crate::cli) names: Names,

    /// Let each ask for its board, too
    #[arg(long)]
    pub(in crate::cli) board: bool,

    /// Ask Nova for the cloud's flavors, and say what each gets on this host
    #[arg(long, conflicts_with = "replay")]
    pub(in crate::cli) compare: bool,

    /// For the host that was recorded in this folder, not this one
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) replay: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Names {
    /// As short as is unique on this host
    Short,
    /// With the memory
    Long,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct NovaConfigArgs {
    /// The vGPU type of a GPU or profile: TYPE, or WHERE=TYPE as in devices.vgpu_types; may be repeated
    #[arg(long = "type", value_name = "RULE")]
    pub(in crate::cli) types: Vec<VgpuRule>,

    /// For the host that was recorded in this folder, not this one
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) replay: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AuditArgs {
    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}
