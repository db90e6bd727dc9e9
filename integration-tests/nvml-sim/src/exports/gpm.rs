//! GPU performance monitoring. Header: "For Hopper or newer fully supported devices" of each of these calls. A sample
//! remembers what it was taken of and when; what happens between two is what the host file says of the newer one.

use std::os::raw::c_uint;
use std::time::{Duration, Instant};

use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlGpmMetricsGet_t, nvmlGpmSample_t, nvmlGpmSupport_t, nvmlReturn_t,
};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::handles::Target;
use crate::host::{Gpu, Mig, PciAddress};
use crate::session::{Session, mig_on};

/// Facts: samples are at least this far apart.
const APART: Duration = Duration::from_millis(100);

/// What a sample was taken of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) of: Option<(PciAddress, Option<u32>)>,
    pub(crate) at: Option<Instant>,
    /// Percent of multiprocessors, memory and tensor cores.
    pub(crate) activity: Option<(f64, f64, f64)>,
}

/// Whether a board has it: Hopper, Blackwell and later, told from the model's name.
fn supported(gpu: &Gpu) -> bool {
    let newer = ["H100", "H200", "H20", "GH200", "B200", "B300", "GB200", "GB300", "BLACKWELL", "RTX PRO"];
    let name = gpu.name.to_ascii_uppercase();
    newer.iter().any(|one| name.contains(one))
}

/// Assumed: NOT_SUPPORTED for a sample on a board without it.
fn monitored(nvml: &mut Session<'_>, device: nvmlDevice_t) -> Result<Gpu, Fault> {
    let gpu = nvml.gpu(device)?;
    if supported(&gpu) { Ok(gpu) } else { Err(Code::NotSupported.into()) }
}

/// Whether the GPU has it. Header: the call succeeds, and the struct says so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmQueryDeviceSupport(
    device: nvmlDevice_t,
    support: *mut nvmlGpmSupport_t,
) -> nvmlReturn_t {
    answer("nvmlGpmQueryDeviceSupport", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        // SAFETY: null or valid, the contract of this module.
        let asked = unsafe { ffi::read(support) }?;
        if asked.version != 1 {
            return Err(Code::ArgumentVersionMismatch.into());
        }
        let told = nvmlGpmSupport_t { isSupportedDevice: c_uint::from(supported(&gpu)), ..asked };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(support, told) }
    })
}

/// Room for a sample.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmSampleAlloc(sample: *mut nvmlGpmSample_t) -> nvmlReturn_t {
    answer("nvmlGpmSampleAlloc", Kind::Within, |nvml| {
        let number = nvml.state.handles.next();
        let handle = nvml.handle(Target::GpmSample(number));
        nvml.state.gpm_samples.insert(number, Taken { of: None, at: None, activity: None });
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(sample, handle) }
    })
}

/// Gives it back. Header: INVALID_ARGUMENT "if an invalid pointer is provided".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmSampleFree(sample: nvmlGpmSample_t) -> nvmlReturn_t {
    answer("nvmlGpmSampleFree", Kind::Within, |nvml| {
        let number = number(nvml, sample)?;
        nvml.state.handles.forget(Target::GpmSample(number));
        nvml.state.gpm_samples.remove(&number);
        Ok(())
    })
}

fn number(nvml: &Session<'_>, sample: nvmlGpmSample_t) -> Result<u64, Fault> {
    match nvml.target(sample)? {
        Target::GpmSample(number) => Ok(number),
        _ => Err(Code::InvalidArgument.into()),
    }
}

/// A sample of a whole GPU. Assumed: not with MIG on, where parts of it are whose they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmSampleGet(device: nvmlDevice_t, sample: nvmlGpmSample_t) -> nvmlReturn_t {
    answer("nvmlGpmSampleGet", Kind::Within, |nvml| {
        let gpu = monitored(nvml, device)?;
        if gpu.mig == Mig::On {
            return Err(Code::NotSupported.into());
        }
        let number = number(nvml, sample)?;
        let activity = gpu.figures.activity;
        let taken = Taken { of: Some((gpu.address, None)), at: Some(Instant::now()), activity };
        nvml.state.gpm_samples.insert(number, taken);
        Ok(())
    })
}

/// A sample of a GPU instance. Assumed: NOT_SUPPORTED with MIG off, NOT_FOUND for an instance that is not there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmMigSampleGet(
    device: nvmlDevice_t,
    instance: c_uint,
    sample: nvmlGpmSample_t,
) -> nvmlReturn_t {
    answer("nvmlGpmMigSampleGet", Kind::Within, |nvml| {
        let gpu = monitored(nvml, device)?;
        mig_on(&gpu)?;
        gpu.instances.iter().find(|one| one.id == instance).ok_or(Code::NotFound)?;
        let number = number(nvml, sample)?;
        let known = gpu.figures.instances.iter().find(|one| one.id == instance);
        let activity = known.and_then(|one| one.activity);
        let taken = Taken { of: Some((gpu.address, Some(instance))), at: Some(Instant::now()), activity };
        nvml.state.gpm_samples.insert(number, taken);
        Ok(())
    })
}

/// What happened between two samples. Assumed: INVALID_ARGUMENT for two of different things, or that are too near;
/// NO_DATA for a metric that the host file leaves out, NOT_SUPPORTED for one that is none of the three here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmMetricsGet(get: *mut nvmlGpmMetricsGet_t) -> nvmlReturn_t {
    answer("nvmlGpmMetricsGet", Kind::Within, |nvml| {
        // SAFETY: null or valid, the contract of this module.
        let mut asked = unsafe { ffi::read(get) }?;
        if asked.version != 1 {
            return Err(Code::ArgumentVersionMismatch.into());
        }
        let taken = |sample| -> Result<Taken, Fault> {
            let number = number(nvml, sample)?;
            let taken = nvml.state.gpm_samples.get(&number).copied();
            taken.filter(|taken| taken.of.is_some()).ok_or(Fault::Code(Code::InvalidArgument))
        };
        let (before, after) = (taken(asked.sample1)?, taken(asked.sample2)?);
        let apart = before.at.zip(after.at).is_some_and(|(before, after)| after >= before + APART);
        if before.of != after.of || !apart {
            return Err(Code::InvalidArgument.into());
        }
        if let Some((gpu, _)) = after.of {
            nvml.gpu_at(gpu)?;
        }
        for metric in asked.metrics.iter_mut().take(asked.numMetrics as usize) {
            let value = match (metric.metricId, after.activity) {
                (2, Some((multiprocessors, _, _))) => Ok(multiprocessors),
                (10, Some((_, memory, _))) => Ok(memory),
                (5, Some((_, _, tensor))) => Ok(tensor),
                (2 | 5 | 10, None) => Err(Code::NoData),
                _ => Err(Code::NotSupported),
            };
            metric.nvmlReturn = value.as_ref().err().map_or(0, |code| code.number());
            metric.value = value.unwrap_or(0.0);
        }
        // SAFETY: not null, and valid for a write by the contract of this module.
        unsafe { ffi::write(get, asked) }
    })
}
