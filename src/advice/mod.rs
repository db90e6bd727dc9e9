//! What an operator should do or know beyond one cycle's decision: whether a flavor would get its GPU, and why
//! something is as it is. Pure: the same values that the loop decides with, looked at from another side.
//!
//! Nothing is decided twice here. What the planner decided is taken as it is ([`Decision`](crate::model::Decision),
//! its findings, its reasons); what only this room looks at is added to it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod audit;
mod flavors;
#[cfg(test)]
mod hosts;
mod names;
mod nova_config;

pub use flavors::{
    Asked, Comparison, Flavors, Fleet, Naming, Place, Proposal, Shares, Size, Sizes, Supply, SupplyWay,
    Verdict, traits_to_ask,
};
pub use nova_config::{Alias, By, NovaConfig, Part, Way};
