//! How a GPU is doing.

use std::ffi::{c_int, c_uint, c_ulonglong};
use std::mem;

use nvml_wrapper::Device;
pub(in crate::hardware) use nvml_wrapper_sys::bindings::field_id;
use nvml_wrapper_sys::bindings::{
    nvmlEccCounterType_enum_NVML_AGGREGATE_ECC as AGGREGATE,
    nvmlEccCounterType_enum_NVML_VOLATILE_ECC as VOLATILE, nvmlFieldValue_t,
    nvmlMemoryErrorType_enum_NVML_MEMORY_ERROR_TYPE_UNCORRECTED as UNCORRECTED,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT as UNSIGNED_INT,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_LONG as UNSIGNED_LONG,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_LONG_LONG as UNSIGNED_LONG_LONG,
};
use serde::{Deserialize, Serialize};

use super::{Answer, checked};

/// What became of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::hardware) enum Field {
    /// Its value.
    Value(u64),
    /// Why it has none: an `nvmlReturn_t`.
    Code(u32),
    /// It has one of a type that no field asked for here should have (`nvmlValueType_t`).
    Type(u32),
}

/// `nvmlDeviceGetRemappedRows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct Rows {
    pub(in crate::hardware) correctable: u32,
    pub(in crate::hardware) uncorrectable: u32,
    pub(in crate::hardware) pending: u32,
    pub(in crate::hardware) failed: u32,
}

/// `nvmlDeviceGetFieldValues`: one value for each id of [`field_id`], in their order. For ids below 251 alone: the
/// others were renumbered between drivers.
pub(in crate::hardware) fn field_values(device: &Device<'_>, ids: &[u32]) -> Result<Vec<Field>, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetFieldValues.as_ref().map_err(|_| Answer::NoSymbol)?;
    let asked = |id: &u32| {
        // SAFETY: integers and a union of numbers: all bytes zero is a value of it.
        let mut field: nvmlFieldValue_t = unsafe { mem::zeroed() };
        field.fieldId = *id;
        // A field that the driver leaves alone has no value.
        field.nvmlReturn = NO_DATA;
        field
    };
    let mut fields: Vec<nvmlFieldValue_t> = ids.iter().map(asked).collect();
    let count = c_int::try_from(fields.len()).unwrap_or(0);
    // SAFETY: the handle is of the open session that `device` borrows; the list has as many elements as is said.
    checked(unsafe { call(device.handle(), count, fields.as_mut_ptr()) })?;
    Ok(fields.iter().map(value).collect())
}

/// `NVML_ERROR_NO_DATA`.
const NO_DATA: c_uint = 21;

fn value(field: &nvmlFieldValue_t) -> Field {
    if field.nvmlReturn != 0 {
        return Field::Code(field.nvmlReturn);
    }
    match field.valueType {
        // SAFETY: every bit pattern is a value of every member of the union.
        UNSIGNED_INT => Field::Value(u64::from(unsafe { field.value.uiVal })),
        // SAFETY: as above.
        UNSIGNED_LONG => Field::Value(unsafe { field.value.ulVal }),
        // SAFETY: as above.
        UNSIGNED_LONG_LONG => Field::Value(unsafe { field.value.ullVal }),
        other => Field::Type(other),
    }
}

/// `nvmlDeviceGetEccMode`: whether ECC is in force.
pub(in crate::hardware) fn ecc_mode(device: &Device<'_>) -> Result<bool, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetEccMode.as_ref().map_err(|_| Answer::NoSymbol)?;
    let (mut current, mut pending) = (0, 0);
    // SAFETY: the handle is of the open session that `device` borrows; both results go to live integers.
    checked(unsafe { call(device.handle(), &raw mut current, &raw mut pending) })?;
    Ok(current != 0)
}

/// `nvmlDeviceGetTotalEccErrors`: uncorrectable ones, since the driver was loaded or in the GPU's lifetime.
pub(in crate::hardware) fn ecc_errors(device: &Device<'_>, lifetime: bool) -> Result<u64, Answer> {
    let counter = if lifetime { AGGREGATE } else { VOLATILE };
    number!(device, nvmlDeviceGetTotalEccErrors(device.handle(), UNCORRECTED, counter) -> c_ulonglong)
}

/// `nvmlDeviceGetRemappedRows`.
pub(in crate::hardware) fn remapped_rows(device: &Device<'_>) -> Result<Rows, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetRemappedRows.as_ref().map_err(|_| Answer::NoSymbol)?;
    let [mut correctable, mut uncorrectable, mut pending, mut failed] = [0; 4];
    // SAFETY: the handle is of the open session that `device` borrows; all results go to live integers.
    checked(unsafe {
        call(device.handle(), &raw mut correctable, &raw mut uncorrectable, &raw mut pending, &raw mut failed)
    })?;
    Ok(Rows { correctable, uncorrectable, pending, failed })
}
