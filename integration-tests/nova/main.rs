//! The agent beside the real Nova: its own classes, one step at a time, and a small whole cloud. All on one
//! Placement behind Keystone, each test under a root of its own, except those that need the cloud's computes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod agent;
mod api;
mod cloud;
mod compute;
mod config;
// The running agent is told and asked here as in the target `live`; this one needs less of it.
#[allow(dead_code, reason = "shared with the target live")]
#[path = "../live/run/daemon.rs"]
mod daemon;

mod figures;
mod mdev;
mod pci;
mod report;
