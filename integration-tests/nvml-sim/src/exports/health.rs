//! How a GPU is doing: ECC, rows that were remapped, field values.

use std::os::raw::{c_int, c_uint, c_ulonglong};

use nvml_wrapper_sys::bindings::field_id::*;
use nvml_wrapper_sys::bindings::{
    nvmlDevice_t, nvmlEccCounterType_enum_NVML_AGGREGATE_ECC as AGGREGATE, nvmlEccCounterType_t,
    nvmlEnableState_t, nvmlFieldValue_t,
    nvmlMemoryErrorType_enum_NVML_MEMORY_ERROR_TYPE_UNCORRECTED as UNCORRECTED, nvmlMemoryErrorType_t,
    nvmlReturn_t, nvmlValue_t, nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT as UNSIGNED_INT,
    nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_LONG_LONG as UNSIGNED_LONG_LONG, nvmlValueType_t,
};

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::host::{Ecc, Gpu, Mig, Recovery};

/// ECC mode now, and after a reboot (here always the same). Header: NOT_SUPPORTED without ECC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetEccMode(
    device: nvmlDevice_t,
    current: *mut nvmlEnableState_t,
    pending: *mut nvmlEnableState_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetEccMode", Kind::Within, |nvml| {
        let mode = ecc(&nvml.gpu(device)?)?;
        if pending.is_null() {
            // Header: INVALID_ARGUMENT for either; asked before the first is written.
            return Err(Code::InvalidArgument.into());
        }
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(current, mode) }?;
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(pending, mode) }
    })
}

fn ecc(gpu: &Gpu) -> Result<c_uint, Fault> {
    match gpu.health.ecc {
        Ecc::On => Ok(1),
        Ecc::Off => Ok(0),
        Ecc::Unsupported => Err(Code::NotSupported.into()),
    }
}

/// Errors by kind. Header: "Requires ECC Mode to be enabled" (which NOT_SUPPORTED is assumed to say). Of
/// correctable errors there are none here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetTotalEccErrors(
    device: nvmlDevice_t,
    error: nvmlMemoryErrorType_t,
    counter: nvmlEccCounterType_t,
    count: *mut c_ulonglong,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetTotalEccErrors", Kind::Within, |nvml| {
        let found = errors(&nvml.gpu(device)?, counter == AGGREGATE)?;
        let found = if error == UNCORRECTED { found } else { 0 };
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(count, found) }
    })
}

fn errors(gpu: &Gpu, aggregate: bool) -> Result<u64, Fault> {
    if gpu.health.ecc != Ecc::On {
        return Err(Code::NotSupported.into());
    }
    let health = &gpu.health;
    Ok(if aggregate { health.uncorrectable_aggregate } else { health.uncorrectable_volatile })
}

/// Rows that were remapped. Header: NOT_SUPPORTED "if MIG is enabled or if the device doesn't support this
/// feature", which is for Ampere and newer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetRemappedRows(
    device: nvmlDevice_t,
    correctable: *mut c_uint,
    uncorrectable: *mut c_uint,
    pending: *mut c_uint,
    failed: *mut c_uint,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetRemappedRows", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        remaps(&gpu)?;
        if [correctable, uncorrectable, pending, failed].iter().any(|out| out.is_null()) {
            return Err(Code::InvalidArgument.into());
        }
        let rows = gpu.health.remapped;
        // SAFETY: not null, checked just now, and valid by the contract of this module; so are the next three.
        unsafe { ffi::write(correctable, rows.correctable) }?;
        // SAFETY: as above.
        unsafe { ffi::write(uncorrectable, rows.uncorrectable) }?;
        // SAFETY: as above.
        unsafe { ffi::write(pending, c_uint::from(rows.pending)) }?;
        // SAFETY: as above.
        unsafe { ffi::write(failed, c_uint::from(rows.failed)) }
    })
}

/// Whether the board remaps rows, and tells. Assumed: of the boards here all but T4 are Ampere or newer.
fn remaps(gpu: &Gpu) -> Result<(), Fault> {
    if gpu.mig == Mig::On || retires(gpu) { Err(Code::NotSupported.into()) } else { Ok(()) }
}

/// Whether the board is so old that it retires pages instead.
fn retires(gpu: &Gpu) -> bool {
    gpu.name == "Tesla T4"
}

/// Values of fields. Header: SUCCESS "if any values were populated"; each has a code of its own. A field that
/// this library does not know is INVALID_ARGUMENT there (assumed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetFieldValues(
    device: nvmlDevice_t,
    count: c_int,
    values: *mut nvmlFieldValue_t,
) -> nvmlReturn_t {
    answer("nvmlDeviceGetFieldValues", Kind::Within, |nvml| {
        let gpu = nvml.gpu(device)?;
        if values.is_null() || count < 0 {
            return Err(Code::InvalidArgument.into());
        }
        for index in 0..usize::try_from(count).unwrap_or(0) {
            // SAFETY: there are as many as `count` says, by the contract of this module.
            let place = unsafe { values.add(index) };
            // SAFETY: as above.
            let mut value = unsafe { ffi::read(place) }?;
            match field(&gpu, value.fieldId) {
                Ok((kind, number)) => {
                    value.nvmlReturn = 0;
                    value.valueType = kind;
                    value.value = number;
                }
                Err(Fault::Code(code)) => value.nvmlReturn = code.number(),
                Err(hang) => return Err(hang),
            }
            // SAFETY: as above.
            unsafe { ffi::write(place, value) }?;
        }
        Ok(())
    })
}

/// Types of the values are assumed; a client looks at `valueType`.
fn field(gpu: &Gpu, id: c_uint) -> Result<(nvmlValueType_t, nvmlValue_t), Fault> {
    let short = |number: u32| Ok((UNSIGNED_INT, nvmlValue_t { uiVal: number }));
    let long = |number: u64| Ok((UNSIGNED_LONG_LONG, nvmlValue_t { ullVal: number }));
    let (rows, pages) = (gpu.health.remapped, gpu.health.retired);
    match id {
        NVML_FI_DEV_ECC_CURRENT => short(ecc(gpu)?),
        NVML_FI_DEV_ECC_DBE_VOL_TOTAL => long(errors(gpu, false)?),
        NVML_FI_DEV_ECC_DBE_AGG_TOTAL => long(errors(gpu, true)?),
        NVML_FI_DEV_REMAPPED_COR => remaps(gpu).and_then(|()| short(rows.correctable)),
        NVML_FI_DEV_REMAPPED_UNC => remaps(gpu).and_then(|()| short(rows.uncorrectable)),
        NVML_FI_DEV_REMAPPED_PENDING => remaps(gpu).and_then(|()| short(rows.pending.into())),
        NVML_FI_DEV_REMAPPED_FAILURE => remaps(gpu).and_then(|()| short(rows.failed.into())),
        NVML_FI_DEV_RETIRED_SBE if retires(gpu) => short(pages.single_bit),
        NVML_FI_DEV_RETIRED_DBE if retires(gpu) => short(pages.double_bit),
        NVML_FI_DEV_RETIRED_PENDING if retires(gpu) => short(pages.pending.into()),
        NVML_FI_DEV_RETIRED_SBE | NVML_FI_DEV_RETIRED_DBE | NVML_FI_DEV_RETIRED_PENDING => {
            Err(Code::NotSupported.into())
        }
        NVML_FI_DEV_GET_GPU_RECOVERY_ACTION => match gpu.health.recovery {
            Recovery::Number(number) => short(number),
            Recovery::Unsupported(_) => Err(Code::NotSupported.into()),
        },
        _ => Err(Code::InvalidArgument.into()),
    }
}
