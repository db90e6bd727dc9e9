//! Which GPU instances fit beside each other on one GPU, and how many guests what is cut can take. Pure.
//!
//! A GPU's memory is a row of slots (8 on an A100, 4 on an A30, 12 on an RTX PRO 6000), and NVML says for
//! each profile at which runs of slots an instance can be put. Beside the slots its instances share its compute
//! slices (7 on an A100, 4 on an A30 and an RTX PRO 6000). Everything here follows from what the driver says of
//! its profiles: no number of slots or slices and no table is built in.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod board;
mod outlook;
mod packing;
mod permit;
mod slot_map;

pub use board::{Board, Fraction};
pub use outlook::{Cut, Outlook, outlook};
pub use packing::{Shape, fits};
pub use permit::{Demand, Pool, permit};
pub use slot_map::{Run, SlotMap, places, slot_map};

#[cfg(test)]
mod tests;
