//! A simulated NVML library.
