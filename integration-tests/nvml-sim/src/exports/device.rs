//! GPUs: how many, which, and what they are.

use std::os::raw::{c_char, c_uint};

use nvml_wrapper_sys::bindings::{nvmlDevice_t, nvmlPciInfo_t, nvmlReturn_t};

use super::mig_device::{MigDevice, mig_devices};
use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::handles::Target;
use crate::host::PciAddress;
use crate::session::Session;

/// How many GPUs there are. Header: those without permission are counted too; lost ones here as well
/// (assumed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetCount_v2(count: *mut c_uint) -> nvmlReturn_t {
    answer("nvmlDeviceGetCount_v2", Kind::Scan, |nvml| {
        let gpus = nvml.host()?.gpus.len();
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(count, c_uint::try_from(gpus).unwrap_or(c_uint::MAX)) }
    })
}

/// The GPU at an index. Header: INVALID_ARGUMENT beyond the count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetHandleByIndex_v2(
    index: c_uint,
    device: *mut nvmlDevice_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetHandleByIndex_v2", Kind::Scan, |nvml| {
        let address = nvml.host()?.gpus.get(index as usize).map(|gpu| gpu.address);
        let gpu = nvml.gpu_at(address.ok_or(Code::InvalidArgument)?)?;
        let handle = nvml.handle(Target::Gpu(gpu.address));
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(device, handle) }
    })
}

/// The GPU or MIG device of a UUID. Header: NOT_FOUND if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetHandleByUUID(
    uuid: *const c_char,
    device: *mut nvmlDevice_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetHandleByUUID", Kind::Within, |nvml| {
        // SAFETY: null or zero-terminated, the contract of this module.
        let uuid = unsafe { ffi::read_text(uuid) }?;
        let handle = with_uuid(nvml, &uuid)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(device, handle) }
    })
}

fn with_uuid(nvml: &mut Session<'_>, uuid: &str) -> Result<nvmlDevice_t, Fault> {
    let host = nvml.host()?;
    for gpu in &host.gpus {
        if gpu.uuid == uuid {
            nvml.gpu_at(gpu.address)?;
            return Ok(nvml.handle(Target::Gpu(gpu.address)));
        }
        if let Some(device) = mig_devices(gpu).find(|device| device.uuid() == uuid) {
            nvml.gpu_at(gpu.address)?;
            let life = nvml.life(gpu, device.instance)?;
            return Ok(nvml.handle(Target::MigDevice(gpu.address, life, device.compute)));
        }
    }
    Err(Code::NotFound.into())
}

/// The GPU at a PCI address. Header: NOT_FOUND if there is none, INVALID_ARGUMENT if it is no address.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetHandleByPciBusId_v2(
    bus_id: *const c_char,
    device: *mut nvmlDevice_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetHandleByPciBusId_v2", Kind::Within, |nvml| {
        // SAFETY: null or zero-terminated, the contract of this module.
        let text = unsafe { ffi::read_text(bus_id) }?;
        let address: PciAddress = text.parse().map_err(|()| Code::InvalidArgument)?;
        if !nvml.host()?.gpus.iter().any(|gpu| gpu.address == address) {
            return Err(Code::NotFound.into());
        }
        nvml.gpu_at(address)?;
        let handle = nvml.handle(Target::Gpu(address));
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(device, handle) }
    })
}

/// The index of a GPU, or (header) of a MIG device under its GPU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetIndex(device: nvmlDevice_t, index: *mut c_uint) -> nvmlReturn_t {
    answer("nvmlDeviceGetIndex", Kind::Within, |nvml| {
        let position = match MigDevice::behind(nvml, device)? {
            Some((gpu, instance, compute)) => {
                mig_devices(&gpu).position(|one| (one.instance.id, one.compute) == (instance.id, compute))
            }
            None => {
                let address = nvml.gpu(device)?.address;
                nvml.host()?.gpus.iter().position(|gpu| gpu.address == address)
            }
        };
        let position = position.and_then(|position| c_uint::try_from(position).ok());
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(index, position.ok_or(Code::Unknown)?) }
    })
}

/// The PCI address and ids.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetPciInfo_v3(
    device: nvmlDevice_t,
    pci: *mut nvmlPciInfo_t,
) -> nvmlReturn_t {
    /// Assumed: a subsystem of NVIDIA's own; nothing here depends on it.
    const SUBSYSTEM: c_uint = 0x1463_10de;
    answer("nvmlDeviceGetPciInfo_v3", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        let info = nvmlPciInfo_t {
            busIdLegacy: ffi::field(&gpu.address.legacy()),
            domain: gpu.address.domain,
            bus: gpu.address.bus,
            device: gpu.address.device,
            pciDeviceId: gpu.pci_device_id,
            pciSubSystemId: SUBSYSTEM,
            busId: ffi::field(&gpu.address.nvml()),
        };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(pci, info) }
    })
}

/// The UUID of a GPU or MIG device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetUUID(
    device: nvmlDevice_t,
    uuid: *mut c_char,
    length: c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetUUID", Kind::Within, |nvml| {
        let text = match MigDevice::behind(nvml, device)? {
            Some((gpu, instance, compute)) => MigDevice { gpu: &gpu, instance: &instance, compute }.uuid(),
            None => nvml.gpu(device)?.uuid,
        };
        // SAFETY: null or `length` bytes, the contract of this module.
        unsafe { nvml.text(uuid, length, &text) }
    })
}

/// The board's serial number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetSerial(
    device: nvmlDevice_t,
    serial: *mut c_char,
    length: c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetSerial", Kind::Within, |nvml| {
        let text = nvml.gpu(device)?.serial;
        // SAFETY: null or `length` bytes, the contract of this module.
        unsafe { nvml.text(serial, length, &text) }
    })
}

/// The product name of a GPU, or the name of a MIG device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetName(
    device: nvmlDevice_t,
    name: *mut c_char,
    length: c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetName", Kind::Within, |nvml| {
        let text = match MigDevice::behind(nvml, device)? {
            Some((gpu, instance, compute)) => MigDevice { gpu: &gpu, instance: &instance, compute }.name(),
            None => nvml.gpu(device)?.name,
        };
        // SAFETY: null or `length` bytes, the contract of this module.
        unsafe { nvml.text(name, length, &text) }
    })
}

/// The number of the device node.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMinorNumber(device: nvmlDevice_t, minor: *mut c_uint) -> nvmlReturn_t {
    answer("nvmlDeviceGetMinorNumber", Kind::Within, |nvml| {
        let number = nvml.gpu(device)?.minor;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(minor, number) }
    })
}
