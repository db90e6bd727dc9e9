//! vGPU hosts, from NVML and sysfs to what a scheduler is given: each mode, and how one becomes another.

mod boot;
mod decorate;
mod mixed;
mod own;
mod purge;
mod scene;
mod verify;
