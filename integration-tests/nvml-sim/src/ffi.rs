//! Reading and writing through the pointers that callers hand in. Null is an invalid argument (the
//! header says so of every out parameter); anything else is trusted, as in any C library.

use std::ffi::CStr;
use std::os::raw::{c_char, c_uint};

use crate::answer::Fault;
use crate::codes::Code;

/// Writes one value.
///
/// # Safety
///
/// `out` is null or valid for a write of `T`.
pub(crate) unsafe fn write<T>(out: *mut T, value: T) -> Result<(), Fault> {
    if out.is_null() {
        return Err(Code::InvalidArgument.into());
    }
    // SAFETY: not null, and valid for a write by this function's contract.
    unsafe { out.write(value) };
    Ok(())
}

/// Reads one value.
///
/// # Safety
///
/// `from` is null or valid for a read of `T`.
pub(crate) unsafe fn read<T: Copy>(from: *const T) -> Result<T, Fault> {
    if from.is_null() {
        return Err(Code::InvalidArgument.into());
    }
    // SAFETY: not null, and valid for a read by this function's contract.
    Ok(unsafe { from.read() })
}

/// Writes a text and its closing zero; too small a buffer is `INSUFFICIENT_SIZE`, as the header says
/// of every text.
///
/// # Safety
///
/// `out` is null or holds `length` bytes.
pub(crate) unsafe fn write_text(out: *mut c_char, length: c_uint, text: &str) -> Result<(), Fault> {
    if out.is_null() {
        return Err(Code::InvalidArgument.into());
    }
    if length as usize <= text.len() {
        return Err(Code::InsufficientSize.into());
    }
    // SAFETY: `out` holds more than `text.len()` bytes: checked just now, by this function's contract;
    // the two do not overlap, since `text` is ours.
    unsafe {
        out.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), text.len());
        out.add(text.len()).write(0);
    }
    Ok(())
}

/// Reads a text.
///
/// # Safety
///
/// `from` is null or points to bytes that end with a zero.
pub(crate) unsafe fn read_text(from: *const c_char) -> Result<String, Fault> {
    if from.is_null() {
        return Err(Code::InvalidArgument.into());
    }
    // SAFETY: not null, and zero-terminated by this function's contract.
    let text = unsafe { CStr::from_ptr(from) };
    text.to_str().map(str::to_owned).map_err(|_| Code::InvalidArgument.into())
}

/// Writes a list and its length. The calls that use it have no room argument: the header asks callers
/// for as many elements as the profile allows.
///
/// # Safety
///
/// `out` is null or holds as many elements as `items` has; `count` is null or valid for a write.
pub(crate) unsafe fn write_list<T: Copy>(out: *mut T, count: *mut c_uint, items: &[T]) -> Result<(), Fault> {
    if out.is_null() || count.is_null() {
        return Err(Code::InvalidArgument.into());
    }
    // SAFETY: `out` is not null and holds this many elements by this function's contract.
    unsafe { out.copy_from_nonoverlapping(items.as_ptr(), items.len()) };
    // SAFETY: valid for a write by this function's contract.
    unsafe { write(count, c_uint::try_from(items.len()).unwrap_or(c_uint::MAX)) }
}

/// A byte as C's `char`, which is signed on x86-64 and unsigned on arm64.
pub(crate) const fn character(byte: u8) -> c_char {
    c_char::from_ne_bytes([byte])
}

/// A text in a fixed field, cut where it would not leave room for the closing zero.
pub(crate) fn field<const N: usize>(text: &str) -> [c_char; N] {
    bytes(text.as_bytes())
}

/// The same of bytes that need be no text.
pub(crate) fn bytes<const N: usize>(bytes: &[u8]) -> [c_char; N] {
    let mut bytes = bytes.iter().take(N - 1);
    std::array::from_fn(|_| character(bytes.next().copied().unwrap_or(0)))
}
