//! Framebuffer sizes.

use std::os::raw::c_uint;

use nvml_wrapper_sys::bindings::{nvmlDevice_t, nvmlMemory_t, nvmlMemory_v2_t, nvmlReturn_t};

use super::mig_device::MigDevice;
use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::host::Mig;
use crate::session::Session;

/// Total and used framebuffer in bytes. Header: with MIG on, a GPU's own figures need a privileged caller.
fn memory_bytes(nvml: &mut Session<'_>, device: nvmlDevice_t) -> Result<(u64, u64), Fault> {
    const MIB: u64 = 1 << 20;
    if let Some((gpu, instance, _)) = MigDevice::behind(nvml, device)? {
        let total = instance.profile.map_or(0, |profile| profile.memory_mib());
        let used =
            gpu.figures.instances.iter().find(|one| one.id == instance.id).map_or(0, |one| one.used_mib);
        return Ok((total * MIB, used.min(total) * MIB));
    }
    let gpu = nvml.gpu(device)?;
    if gpu.mig == Mig::On {
        nvml.privileged()?;
    }
    Ok((gpu.memory_mib * MIB, gpu.figures.used_mib.min(gpu.memory_mib) * MIB))
}

/// Framebuffer: what the host file says is used, and the rest free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMemoryInfo(
    device: nvmlDevice_t,
    memory: *mut nvmlMemory_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetMemoryInfo", Kind::Within, |nvml| {
        let (total, used) = memory_bytes(nvml, device)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(memory, nvmlMemory_t { total, free: total - used, used }) }
    })
}

/// The same with a versioned structure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMemoryInfo_v2(
    device: nvmlDevice_t,
    memory: *mut nvmlMemory_v2_t,
) -> nvmlReturn_t {
    const VERSION: c_uint = size_of::<nvmlMemory_v2_t>() as c_uint | (2 << 24);
    answer("nvmlDeviceGetMemoryInfo_v2", Kind::Within, |nvml| {
        let (total, used) = memory_bytes(nvml, device)?;
        // SAFETY: null or valid; the version is the first field of every versioned structure.
        let version = unsafe { ffi::read(memory.cast::<c_uint>()) }?;
        if version != VERSION {
            // Header of the code: "The provided version is invalid/unsupported".
            return Err(Code::ArgumentVersionMismatch.into());
        }
        let info = nvmlMemory_v2_t { version, total, reserved: 0, free: total - used, used };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(memory, info) }
    })
}
