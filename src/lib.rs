//! nvidia-placement-agent

pub mod hardware;
pub mod model;
pub mod nova;
