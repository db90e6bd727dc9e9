//! Which GPU instances fit beside each other on one GPU. Pure.
//!
//! A GPU's memory is a row of slots (8 on an A100, 4 on an A30, 12 on an RTX PRO 6000), and NVML says for
//! each profile at which runs of slots an instance can be put. Everything here follows from those
//! placements: no number of slots and no table of profiles is built in.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod packing;
mod permit;

pub use packing::{Shape, fits, total_slots};
pub use permit::{Demand, permit};

#[cfg(test)]
mod tests;
