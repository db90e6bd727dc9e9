//! nvidia-placement-agent

pub mod hardware;
pub mod model;
