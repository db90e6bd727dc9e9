//! nvidia-placement-agent
