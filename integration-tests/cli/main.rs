//! The command line as an operator meets it: the real binary, simulated GPUs, a real Placement.
//!
//! Every kind of bad input is held to the same promise: the message names the thing and says what to do, the
//! code and the exit code are stable, what programs read is JSON even then, and Placement is as it was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod agent;
mod cloud;
mod fake;
mod refusal;
mod stage;

mod configuration;
mod hardware;
mod manuals;
mod output;
mod placement;
mod record;
mod root;
mod secrets;
mod taken;
mod usage;
