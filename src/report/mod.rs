//! What people and programs read: versioned JSON, tables, trees. Made from the same values that the loop uses.
//!
//! JSON types are separate from the model, carry a `schema` field and are frozen by snapshots: a field may be
//! added within a version, never renamed or removed. Text is for people and may change.

pub mod json;
mod purged;
mod text;

pub use purged::Purged;

pub use text::{
    Prospects, View, apply, audit, check, config, config_good, discover, explain, finding_lines, findings,
    plan, progress, progress_trait, purge, status, tree,
};

#[cfg(test)]
mod tests;
