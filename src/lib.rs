//! nvidia-placement-agent

pub mod config;
pub mod geometry;
pub mod model;
pub mod planner;
pub mod report;
