//! What `discover` takes.

use std::path::PathBuf;

use clap::Args;

use super::DrawingArg;
use crate::model::PciAddress;

#[derive(Debug, Args)]
pub(in crate::cli) struct DiscoverArgs {
    /// One GPU alone, by its PCI address, with its details
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) gpu: Option<PciAddress>,

    /// Each GPU with its slots drawn, what still fits, instances, guests and health
    #[arg(short, long)]
    pub(in crate::cli) details: bool,

    /// With the details, list every GPU-instance profile, also those that do not fit
    #[arg(long)]
    pub(in crate::cli) profiles: bool,

    /// Write what NVML answers into this folder, for a bug report; it must be empty or new
    #[arg(long, value_name = "DIR", conflicts_with = "replay")]
    pub(in crate::cli) record: Option<PathBuf>,

    /// With --record: replace UUIDs, serial numbers and this host's name, equal ones by equal ones
    #[arg(long, requires = "record", conflicts_with = "replay")]
    pub(in crate::cli) anonymise: bool,

    /// Show the host that was recorded in this folder, not this one
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) replay: Option<PathBuf>,
    /// With the details, list every vGPU type
    #[arg(long)]
    pub(in crate::cli) types: bool,

    /// With the details, list every virtual function
    #[arg(long)]
    pub(in crate::cli) vfs: bool,

    #[command(flatten)]
    pub(in crate::cli) format: DrawingArg,
}
