//! The agent against a real Placement and a real Keystone. Each test makes a root of its own, so that they
//! do not see each other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod client;
mod command;
mod contention;
mod counts;
mod credentials;
mod direct;
mod faults;
mod flavor;
mod hosts;
mod identity;
mod kill;
mod login;
mod observer;
mod oslo;
mod promise;
mod proxy;
mod purge;
mod run;
mod service;
mod support;
mod vgpu;
mod walk;
