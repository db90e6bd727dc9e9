//! GPU performance monitoring: two samples of a GPU or of a GPU instance, and what happened between them.

use std::{mem, ptr};

use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::{
    nvmlGpmMetricId_t_NVML_GPM_METRIC_ANY_TENSOR_UTIL as TENSOR,
    nvmlGpmMetricId_t_NVML_GPM_METRIC_DRAM_BW_UTIL as MEMORY,
    nvmlGpmMetricId_t_NVML_GPM_METRIC_SM_UTIL as MULTIPROCESSORS, nvmlGpmMetricsGet_t, nvmlGpmSample_t,
    nvmlGpmSupport_t,
};
use serde::{Deserialize, Serialize};

use super::{Answer, checked};

/// `NVML_GPM_SUPPORT_VERSION` and `NVML_GPM_METRICS_GET_VERSION`: plain numbers, without the struct's size.
const VERSION: u32 = 1;

/// A buffer that a sample is taken into.
pub(in crate::hardware) struct GpmSample<'s> {
    handle: nvmlGpmSample_t,
    nvml: &'s Nvml,
}

/// What happened between two samples, in percent; what was not told is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(in crate::hardware) struct GpmFacts {
    pub(in crate::hardware) multiprocessors: Option<f64>,
    pub(in crate::hardware) memory: Option<f64>,
    pub(in crate::hardware) tensor: Option<f64>,
}

/// `nvmlGpmQueryDeviceSupport`.
pub(in crate::hardware) fn gpm_supported(device: &Device<'_>) -> Result<bool, Answer> {
    let call = device.nvml().lib().nvmlGpmQueryDeviceSupport.as_ref().map_err(|_| Answer::NoSymbol)?;
    let mut support = nvmlGpmSupport_t { version: VERSION, isSupportedDevice: 0 };
    // SAFETY: the handle is of the open session that `device` borrows; the struct says its version and outlives the
    // call.
    checked(unsafe { call(device.handle(), &raw mut support) })?;
    Ok(support.isSupportedDevice != 0)
}

impl<'s> GpmSample<'s> {
    /// `nvmlGpmSampleAlloc`. A library that lacks any of what samples need has none.
    pub(in crate::hardware) fn new(device: &Device<'s>) -> Result<Self, Answer> {
        let nvml = device.nvml();
        let lib = nvml.lib();
        let complete = lib.nvmlGpmSampleFree.is_ok() && lib.nvmlGpmMetricsGet.is_ok();
        let call = lib.nvmlGpmSampleAlloc.as_ref().ok().filter(|_| complete).ok_or(Answer::NoSymbol)?;
        let mut handle: nvmlGpmSample_t = ptr::null_mut();
        // SAFETY: the session is open as long as `nvml` lives; the result goes to a live pointer.
        checked(unsafe { call(&raw mut handle) })?;
        if handle.is_null() {
            return Err(Answer::Nonsense("a GPM sample without a handle".to_owned()));
        }
        Ok(GpmSample { handle, nvml })
    }

    /// `nvmlGpmSampleGet`, or `nvmlGpmMigSampleGet` for the GPU instance of that id.
    pub(in crate::hardware) fn take(
        &mut self,
        device: &Device<'s>,
        instance: Option<u32>,
    ) -> Result<(), Answer> {
        let lib = self.nvml.lib();
        match instance {
            None => {
                let call = lib.nvmlGpmSampleGet.as_ref().map_err(|_| Answer::NoSymbol)?;
                // SAFETY: both handles are of the session that `self` borrows, and the sample is not freed yet.
                checked(unsafe { call(device.handle(), self.handle) })
            }
            Some(id) => {
                let call = lib.nvmlGpmMigSampleGet.as_ref().map_err(|_| Answer::NoSymbol)?;
                // SAFETY: as above; the id is a number.
                checked(unsafe { call(device.handle(), id, self.handle) })
            }
        }
    }

    /// `nvmlGpmMetricsGet`: from `before` to this one.
    pub(in crate::hardware) fn since(&self, before: &GpmSample<'s>) -> Result<GpmFacts, Answer> {
        let call = self.nvml.lib().nvmlGpmMetricsGet.as_ref().map_err(|_| Answer::NoSymbol)?;
        // SAFETY: integers, floats, and pointers that may be null: all bytes zero is a value of it.
        let mut get: Box<nvmlGpmMetricsGet_t> = Box::new(unsafe { mem::zeroed() });
        get.version = VERSION;
        get.sample1 = before.handle;
        get.sample2 = self.handle;
        let wanted = [MULTIPROCESSORS, MEMORY, TENSOR];
        get.numMetrics = u32::try_from(wanted.len()).unwrap_or(0);
        for (metric, id) in get.metrics.iter_mut().zip(wanted) {
            metric.metricId = id;
            // One that the driver leaves alone has no value.
            metric.nvmlReturn = NO_DATA;
        }
        // SAFETY: both samples are of the session that `self` borrows and not freed yet; the struct says how many of
        // its metrics are asked for, and outlives the call.
        checked(unsafe { call(&raw mut *get) })?;
        let told = |wanted: u32| {
            let metric = get.metrics.iter().take(3).find(|metric| metric.metricId == wanted)?;
            (metric.nvmlReturn == 0 && metric.value.is_finite()).then_some(metric.value)
        };
        Ok(GpmFacts { multiprocessors: told(MULTIPROCESSORS), memory: told(MEMORY), tensor: told(TENSOR) })
    }
}

/// `NVML_ERROR_NO_DATA`.
const NO_DATA: u32 = 21;

impl Drop for GpmSample<'_> {
    fn drop(&mut self) {
        if let Ok(call) = self.nvml.lib().nvmlGpmSampleFree.as_ref() {
            // SAFETY: the sample is of the session that `self` borrows, and nobody uses it after this.
            unsafe { call(self.handle) };
        }
    }
}
