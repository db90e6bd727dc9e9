//! The calls that `nvml-wrapper` has no safe form for, or one that trusts the driver too far: it sizes lists by
//! any number and reads a text until a zero comes. With the files under it the only unsafe code of this program.
//!
//! Three rules. A function is reached through its field (`lib().nvmlFoo.as_ref()`), because the method of the
//! same name panics when the library lacks it. A number from the driver never sizes an allocation beyond
//! [`list`]'s limit and never a read beyond the room that was given. What came back is copied into plain values
//! here, so that no pointer of NVML's leaves these files but in [`Instance`], which cannot be taken apart outside.
#![allow(
    unsafe_code,
    reason = "NVML is a C library; every call of it beyond nvml-wrapper is in the files under this one"
)]

#[macro_use]
mod number;
mod compute;
mod events;
mod figures;
mod gpm;
mod health;
mod instances;
mod list;
mod pci;
mod profiles;
mod texts;
mod vgpu;
mod vgpu_figures;

use std::ffi::c_uint;
use std::mem;

use nvml_wrapper_sys::bindings::nvmlReturn_t;

use super::Answer;
pub(in crate::hardware) use compute::{ComputeFacts, compute_instance, compute_instance_id};
pub(in crate::hardware) use events::{EVENT_MIG, EVENT_XID, EventSet, supported_events};
pub(in crate::hardware) use figures::{
    Clock, ProcessFacts, clock, energy, memory_total, power, processes, temperature,
};
pub(in crate::hardware) use gpm::{GpmFacts, GpmSample, gpm_supported};
pub(in crate::hardware) use health::{
    Field, Rows, ecc_errors, ecc_mode, field_id, field_values, remapped_rows,
};
pub(in crate::hardware) use instances::{
    Instance, InstanceFacts, instance_by_id, instance_id_of_mig_device, instance_info, instances, mig_device,
};
pub(in crate::hardware) use pci::{PciFacts, pci};
pub(in crate::hardware) use profiles::{Edition, ProfileFacts, Span, Which, placements, profile, remaining};
pub(in crate::hardware) use texts::{driver_version, name, serial, uuid};
pub(in crate::hardware) use vgpu::{
    Vm, active_gpu_instance, active_mdev, active_type, active_uuid, active_vgpus, active_vm, creatable_types,
    heterogeneous, host_mode, supported_types, type_class, type_framebuffer, type_limit,
    type_limit_per_gpu_instance, type_limit_per_vm, type_name, type_profile, virtualization_mode,
};
pub(in crate::hardware) use vgpu_figures::{VgpuUseFacts, vgpu_licensed, vgpu_memory, vgpu_use};

fn checked(code: nvmlReturn_t) -> Result<(), Answer> {
    if code == 0 { Ok(()) } else { Err(Answer::Code(code)) }
}

/// `NVML_STRUCT_VERSION` of `nvml.h`: the struct's size, with its version in the upper byte.
const fn struct_version<T>(version: u32) -> c_uint {
    mem::size_of::<T>() as c_uint | (version << 24)
}
