//! What the commands take that speak to the running agent.

use clap::Args;

use super::FormatArg;
use crate::config::Span;
use crate::model::PciAddress;

#[derive(Debug, Args)]
pub(in crate::cli) struct HealArgs {
    /// The GPU, by PCI address
    #[arg(value_name = "GPU")]
    pub(in crate::cli) gpu: PciAddress,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WaitArgs {
    /// How long to wait, as in 30s or 1m 30s, up to 1h
    #[arg(long, value_name = "SPAN", default_value = "3m")]
    pub(in crate::cli) timeout: Span,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct StatusArgs {
    /// Add each provider with its reason, and the last cycles with what they wrote
    #[arg(short, long)]
    pub(in crate::cli) details: bool,

    #[command(flatten)]
    pub(in crate::cli) format: FormatArg,
}
