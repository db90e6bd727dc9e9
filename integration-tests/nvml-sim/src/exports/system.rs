//! Sessions, versions and error texts.

use std::os::raw::{c_char, c_int, c_uint};

use nvml_wrapper_sys::bindings::nvmlReturn_t;

use crate::answer::{Fault, Kind, answer};
use crate::codes::Code;
use crate::ffi;
use crate::session::Session;

/// Header: "Don't fail nvmlInit() when no GPUs are found".
const INIT_FLAG_NO_GPUS: c_uint = 1;

fn init(nvml: &mut Session<'_>, flags: c_uint) -> Result<(), Fault> {
    let host = nvml.host()?;
    // Header: DRIVER_NOT_LOADED, NO_PERMISSION, UNKNOWN and whatever else the host file asks for.
    host.init_error.map_or(Ok(()), Err)?;
    if host.gpus.is_empty() && flags & INIT_FLAG_NO_GPUS == 0 {
        // Header: the code means "No GPUs were found", and the flag's text says that init fails then.
        return Err(Code::GpuNotFound.into());
    }
    nvml.state.initialised += 1;
    nvml.state.ever_initialised = true;
    Ok(())
}

/// Opens a session. Sessions are counted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlInit_v2() -> nvmlReturn_t {
    answer("nvmlInit_v2", Kind::Lifecycle, |nvml| init(nvml, 0))
}

/// Opens a session; of the flags, only "no GPUs is fine" means something here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlInitWithFlags(flags: c_uint) -> nvmlReturn_t {
    answer("nvmlInitWithFlags", Kind::Lifecycle, |nvml| init(nvml, flags))
}

/// Closes a session; with the last one, every handle becomes invalid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlShutdown() -> nvmlReturn_t {
    answer("nvmlShutdown", Kind::Lifecycle, |nvml| {
        if !nvml.state.ever_initialised {
            // Header: "if the library has not been successfully initialized".
            return Err(Code::Uninitialized.into());
        }
        // Header: "no error is reported if nvmlShutdown() is called more times than nvmlInit()".
        nvml.state.initialised = nvml.state.initialised.saturating_sub(1);
        if nvml.state.initialised == 0 {
            nvml.state.handles.forget_all();
            nvml.state.event_sets.clear();
        }
        Ok(())
    })
}

/// The text of a return code, from static memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlErrorString(result: nvmlReturn_t) -> *const c_char {
    match (result, Code::numbered(result)) {
        (0, _) => c"Success".as_ptr(),
        (_, Some(code)) => code.text().as_ptr(),
        // Assumed: a code that this version does not know.
        (_, None) => c"Unknown Error".as_ptr(),
    }
}

/// The kernel driver's version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlSystemGetDriverVersion(version: *mut c_char, length: c_uint) -> nvmlReturn_t {
    answer("nvmlSystemGetDriverVersion", Kind::Within, |nvml| {
        let driver = &nvml.host()?.driver;
        // SAFETY: null or `length` bytes, the contract of this module.
        unsafe { nvml.text(version, length, driver) }
    })
}

/// The library's version: CUDA's major version, then the driver's. Header: needs no session (it does not
/// list UNINITIALIZED).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlSystemGetNVMLVersion(version: *mut c_char, length: c_uint) -> nvmlReturn_t {
    answer("nvmlSystemGetNVMLVersion", Kind::Lifecycle, |nvml| {
        let host = nvml.host()?;
        let text = format!("{}.{}", host.cuda / 1000, host.driver);
        // SAFETY: null or `length` bytes, the contract of this module.
        unsafe { nvml.text(version, length, &text) }
    })
}

/// The CUDA driver's version. Header: needs no session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlSystemGetCudaDriverVersion(version: *mut c_int) -> nvmlReturn_t {
    answer("nvmlSystemGetCudaDriverVersion", Kind::Lifecycle, |nvml| {
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(version, nvml.host()?.cuda) }
    })
}

/// The same, from the library that is loaded; here there is no difference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlSystemGetCudaDriverVersion_v2(version: *mut c_int) -> nvmlReturn_t {
    answer("nvmlSystemGetCudaDriverVersion_v2", Kind::Lifecycle, |nvml| {
        // SAFETY: null or valid, the contract of this module.
        unsafe { ffi::write(version, nvml.host()?.cuda) }
    })
}
