//! A purge, as both text and JSON show it.

use crate::model::{Cycle, Decision, Finding, Guests, ObservedTree};

/// What a purge would do, or what it did and what is left.
#[derive(Debug, Clone, Copy)]
pub struct Purged<'a> {
    /// The tree as it is now.
    pub tree: &'a ObservedTree,
    /// What is still to be done in it.
    pub decision: &'a Decision,
    /// Who holds what is in use.
    pub guests: &'a Guests,
    /// What was done; none in a dry run.
    pub cycle: Option<&'a Cycle>,
    /// Whether empty providers are deleted.
    pub delete: bool,
    /// Whether somebody will restart nova-compute now.
    pub restart: bool,
    /// What an operator should know.
    pub findings: &'a [Finding],
}
