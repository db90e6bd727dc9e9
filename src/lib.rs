//! nvidia-placement-agent

pub mod geometry;
pub mod model;
pub mod planner;
