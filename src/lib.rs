//! nvidia-placement-agent

pub mod identity;
pub mod model;
pub mod placement;
