//! Text for people. Colours are written as they should be on a terminal; `anstream` takes them away elsewhere.

mod apply;
mod audit;
mod columns;
mod config;
mod discover;
mod findings;
mod flavors;
mod nova_config;
mod plan;
mod purge;
mod service;
mod status;
mod style;
mod tree;
mod welcome;

pub use apply::{apply, progress, progress_trait};
pub use audit::audit;
pub use config::{config, config_good};
pub use discover::{Prospects, View, discover};
pub use findings::{finding_lines, findings};
pub use flavors::flavors;
pub(in crate::report) use flavors::{command as flavor_command, verdict as flavor_verdict};
pub use nova_config::nova_config;
pub(in crate::report) use nova_config::{AliasV1 as NovaAlias, way_word as nova_way};
pub use plan::plan;
pub use purge::purge;
pub use service::service_line;
pub use status::status;
pub use tree::tree;
pub use welcome::{Welcome, welcome};
