//! MIG devices: NVML's view of compute instances as devices.

use std::os::raw::c_uint;

use nvml_wrapper_sys::bindings::{nvmlDevice_t, nvmlReturn_t};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::handles::{ComputeId, Target};
use crate::host::{Gpu, Instance, Mig};
use crate::session::{Session, mig_capable};

pub(super) struct MigDevice<'a> {
    pub(super) gpu: &'a Gpu,
    pub(super) instance: &'a Instance,
    pub(super) compute: ComputeId,
}

/// In the order of NVML's MIG device indices (assumed: by GPU-instance id, then by compute-instance id).
pub(super) fn mig_devices(gpu: &Gpu) -> impl Iterator<Item = MigDevice<'_>> {
    gpu.instances.iter().flat_map(move |instance| {
        (0..).zip(&instance.compute).map(move |(compute, _)| MigDevice { gpu, instance, compute })
    })
}

impl MigDevice<'_> {
    /// The MIG device behind a device handle; `None`: the handle is one of a GPU.
    pub(super) fn behind(
        nvml: &mut Session<'_>,
        device: nvmlDevice_t,
    ) -> Result<Option<(Gpu, Instance, ComputeId)>, Fault> {
        match nvml.target(device)? {
            Target::MigDevice(gpu, life, compute) => {
                let (gpu, instance) = nvml.instance(gpu, life)?;
                Ok(Some((gpu, instance, compute)))
            }
            _ => Ok(None),
        }
    }

    /// Header: "UUIDs are immutable for the lifetime of a MIG device". Made from where it is.
    pub(super) fn uuid(&self) -> String {
        let salt = format!("mig/{}/{}", self.instance.id, self.compute);
        format!("MIG-{}", self.gpu.address.uuid(&salt))
    }

    /// Header: "MIG device names which can be used to identify devices based on their attributes". With the
    /// compute slices before the profile where they are not all of it, as NVIDIA's tools print it.
    pub(super) fn name(&self) -> String {
        let profile = self.instance.profile.map_or("unknown", |profile| &profile.name);
        let part = self.instance.compute.get(self.compute as usize).map(|compute| compute.size);
        let part = part.filter(|size| *size < self.instance.slices());
        let part = part.map(|size| format!("{size}c.")).unwrap_or_default();
        format!("{} MIG {part}{profile}", self.gpu.name)
    }
}

/// Whether a handle is one of a MIG device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceIsMigDeviceHandle(device: nvmlDevice_t, is: *mut c_uint) -> nvmlReturn_t {
    answer("nvmlDeviceIsMigDeviceHandle", Kind::Within, |nvml| {
        let is_mig = match nvml.target(device)? {
            Target::Gpu(_) => 0,
            Target::MigDevice(..) => 1,
            _ => return Err(Code::InvalidArgument.into()),
        };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(is, is_mig) }
    })
}

/// The MIG device at an index. Facts: this needs no privilege.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMigDeviceHandleByIndex(
    device: nvmlDevice_t,
    index: c_uint,
    mig_device: *mut nvmlDevice_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetMigDeviceHandleByIndex", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        // Header: NOT_SUPPORTED "if this query is not supported by the device".
        mig_capable(&gpu)?;
        let most = gpu.model.map_or(0, |model| model.compute_slices);
        if gpu.mig == Mig::On && index >= most {
            // Header: INVALID_ARGUMENT if the index is invalid; no GPU has this one (assumed).
            return Err(Code::InvalidArgument.into());
        }
        // Header: NOT_FOUND "if no valid MIG device was found at index"; MIG off included (assumed).
        let found = mig_devices(&gpu).nth(index as usize).ok_or(Code::NotFound)?;
        let life = nvml.life(&gpu, found.instance)?;
        let handle = nvml.handle(Target::MigDevice(gpu.address, life, found.compute));
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(mig_device, handle) }
    })
}

/// The GPU that a MIG device is on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetDeviceHandleFromMigDeviceHandle(
    mig_device: nvmlDevice_t,
    device: *mut nvmlDevice_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetDeviceHandleFromMigDeviceHandle", Kind::Within, |nvml| {
        let (gpu, _, _) = only_mig(nvml, mig_device)?;
        let handle = nvml.handle(Target::Gpu(gpu.address));
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(device, handle) }
    })
}

/// The GPU instance's id of a MIG device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetGpuInstanceId(device: nvmlDevice_t, id: *mut c_uint) -> nvmlReturn_t {
    answer("nvmlDeviceGetGpuInstanceId", Kind::Within, |nvml| {
        let (_, instance, _) = only_mig(nvml, device)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(id, instance.id) }
    })
}

/// The compute instance's id of a MIG device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetComputeInstanceId(
    device: nvmlDevice_t,
    id: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetComputeInstanceId", Kind::Within, |nvml| {
        let (_, _, compute) = only_mig(nvml, device)?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(id, compute) }
    })
}

/// Header: INVALID_ARGUMENT for an invalid device, which "target MIG device handle" makes of a GPU's
/// (assumed: NOT_SUPPORTED would be as good a reading).
fn only_mig(nvml: &mut Session<'_>, device: nvmlDevice_t) -> Result<(Gpu, Instance, ComputeId), Fault> {
    MigDevice::behind(nvml, device)?.ok_or(Fault::Code(Code::InvalidArgument))
}
