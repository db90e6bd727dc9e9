//! What people and programs read: versioned JSON, tables, trees. Made from the same values that the loop uses.
//!
//! JSON types are separate from the model, carry a `schema` field and are frozen by snapshots: a field may be
//! added within a version, never renamed or removed. Text is for people and may change.

mod bar;
mod clean;
pub mod html;
pub mod json;
mod purged;
pub mod svg;
mod text;
mod words;

pub use purged::Purged;

pub use text::{
    Prospects, View, Welcome, apply, audit, config, config_good, discover, finding_lines, findings, flavors,
    nova_config, plan, progress, progress_trait, purge, service_line, status, tree, welcome,
};

#[cfg(test)]
mod tests;
