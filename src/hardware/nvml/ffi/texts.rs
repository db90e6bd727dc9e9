//! Texts that a call writes into a buffer. A text that has no end or is no UTF-8 makes no sense; it is never read
//! beyond its buffer.

use std::ffi::{c_char, c_uint};

use nvml_wrapper::{Device, Nvml};
use nvml_wrapper_sys::bindings::nvmlReturn_t;

use super::{Answer, checked};

/// Room for any of them: `nvml.h` has 96 for the longest (`NVML_DEVICE_NAME_V2_BUFFER_SIZE`).
const ROOM: usize = 128;

/// What a call wrote that was given a buffer and its length.
pub(super) fn told(ask: impl FnOnce(*mut c_char, c_uint) -> nvmlReturn_t) -> Result<String, Answer> {
    let mut buffer: [c_char; ROOM] = [0; ROOM];
    checked(ask(buffer.as_mut_ptr(), ROOM as c_uint))?;
    let bytes: Vec<u8> = buffer.iter().map(|c| u8::from_ne_bytes(c.to_ne_bytes())).collect();
    let end = bytes.iter().position(|byte| *byte == 0);
    let text = end
        .and_then(|end| bytes.get(..end))
        .ok_or_else(|| Answer::Nonsense(format!("a text without an end in {ROOM} bytes")))?;
    let text = str::from_utf8(text).map_err(|_| Answer::Nonsense("a text that is not UTF-8".to_owned()))?;
    Ok(text.to_owned())
}

/// `nvmlSystemGetDriverVersion`.
pub(in crate::hardware) fn driver_version(nvml: &Nvml) -> Result<String, Answer> {
    let call = nvml.lib().nvmlSystemGetDriverVersion.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: the session is open as long as `nvml` lives; `told` gives a buffer of that length.
    told(|buffer, length| unsafe { call(buffer, length) })
}

/// `nvmlDeviceGetName`.
pub(in crate::hardware) fn name(device: &Device<'_>) -> Result<String, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetName.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: the handle is of the open session that `device` borrows; `told` gives a buffer of that length.
    told(|buffer, length| unsafe { call(device.handle(), buffer, length) })
}

/// `nvmlDeviceGetUUID`.
pub(in crate::hardware) fn uuid(device: &Device<'_>) -> Result<String, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetUUID.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: the handle is of the open session that `device` borrows; `told` gives a buffer of that length.
    told(|buffer, length| unsafe { call(device.handle(), buffer, length) })
}

/// `nvmlDeviceGetSerial`.
pub(in crate::hardware) fn serial(device: &Device<'_>) -> Result<String, Answer> {
    let call = device.nvml().lib().nvmlDeviceGetSerial.as_ref().map_err(|_| Answer::NoSymbol)?;
    // SAFETY: the handle is of the open session that `device` borrows; `told` gives a buffer of that length.
    told(|buffer, length| unsafe { call(device.handle(), buffer, length) })
}
