//! The calls about health.

use super::Handle;
use crate::hardware::nvml::CallError;
use crate::hardware::nvml::ffi::{self, Field, Rows};

impl Handle<'_> {
    /// One answer for each id, in their order.
    pub(in crate::hardware) fn fields(&self, ids: &[u32]) -> Result<Vec<Field>, CallError> {
        let call = "nvmlDeviceGetFieldValues";
        self.ask_of(call, format_args!("fields {ids:?}"), |device| ffi::field_values(device, ids))
    }

    /// Whether ECC is in force.
    pub(in crate::hardware) fn ecc(&self) -> Result<bool, CallError> {
        self.ask("nvmlDeviceGetEccMode", ffi::ecc_mode)
    }

    /// Uncorrectable errors since the driver was loaded, or in the GPU's lifetime.
    pub(in crate::hardware) fn uncorrectable_errors(&self, lifetime: bool) -> Result<u64, CallError> {
        let counter = if lifetime { "aggregate" } else { "volatile" };
        let of = format_args!("uncorrectable, {counter}");
        self.ask_of("nvmlDeviceGetTotalEccErrors", of, |device| ffi::ecc_errors(device, lifetime))
    }

    pub(in crate::hardware) fn remapped_rows(&self) -> Result<Rows, CallError> {
        self.ask("nvmlDeviceGetRemappedRows", ffi::remapped_rows)
    }
}
