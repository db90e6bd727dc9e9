//! What people and programs read: versioned JSON, tables, trees. Made from the same values that the loop uses.
//!
//! JSON types are separate from the model, carry a `schema` field and are frozen by snapshots: a field may be
//! added within a version, never renamed or removed. Text is for people and may change.

pub mod json;
mod purged;
mod text;

pub use purged::Purged;

pub use text::{
    Prospects, View, apply, audit, config, config_good, discover, finding_lines, findings, flavors,
    nova_config, plan, progress, progress_trait, purge, status, tree,
};

#[cfg(test)]
mod tests;
