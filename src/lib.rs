//! nvidia-placement-agent

pub mod model;
