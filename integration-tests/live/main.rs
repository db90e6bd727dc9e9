//! The edges against a real Placement and a real Keystone. Each test makes a root of its own, so that they
//! do not see each other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;
mod credentials;
mod identity;
mod login;
mod observer;
mod oslo;
mod support;
