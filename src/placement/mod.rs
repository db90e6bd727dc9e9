//! The Placement service: requests, what its answers mean, and what is known of one compute node's tree.
//! Edge: imports `model`, and from `identity` what tokens and HTTP need.
//!
//! [`Client`] is one method for each request; every error is a [`PlacementError`], whose [`Class`] says what
//! helps. [`Observer`] reads a tree and remembers it by generation, so that a cycle in which nothing changed
//! costs one request. Nothing here decides anything.
//!
//! Never deletes anything by itself ([`Client::delete_provider`] is there for a person's `purge`), and never
//! touches allocations.

mod answer;
mod cache;
mod call;
mod client;
mod error;
mod meters;
mod observer;
mod reads;
mod remedy;
mod request;
mod view;
mod wire;
mod writes;

pub use crate::identity::Class;
pub use call::Call;
pub use client::{Client, Options};
pub use error::PlacementError;
pub use meters::Meters;
pub use observer::Observer;
pub use view::Depth;
pub use wire::{ListedProvider, Microversion, VersionRange};

/// The microversion of every request, and so the oldest Placement that will do: generations for everything
/// (1.19), codes in errors (1.23), `reserved == total` (1.26), consumer generations (1.28).
pub const MICROVERSION: &str = "1.28";

#[cfg(test)]
mod tests;
