//! nvidia-placement-agent

pub mod cli;
pub mod config;
pub mod geometry;
pub mod hardware;
pub mod identity;
pub mod model;
pub mod nova;
pub mod placement;
pub mod planner;
pub mod reconciler;
pub mod report;

#[cfg(test)]
mod tests;
