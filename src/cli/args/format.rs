//! How a result is printed.

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people
    Table,
    /// For programs: one document with a `schema` field
    Json,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FormatArg {
    /// How to print the result
    #[arg(long, value_enum, default_value = "table")]
    pub(in crate::cli) format: Format,
}

/// What can be drawn, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Drawing {
    /// For people
    Table,
    /// For programs: one document with a `schema` field
    Json,
    /// A picture for a ticket: one file that needs nothing else
    Svg,
}

impl Drawing {
    /// How failures are printed.
    pub(in crate::cli) fn format(self) -> Format {
        match self {
            Drawing::Json => Format::Json,
            Drawing::Table | Drawing::Svg => Format::Table,
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DrawingArg {
    /// How to print the result
    #[arg(long, value_enum, default_value = "table")]
    pub(in crate::cli) format: Drawing,
}
