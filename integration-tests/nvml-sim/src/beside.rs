//! What lies beside this shared object: the host file, and the log of calls.

use std::ffi::{CStr, OsStr};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::host::{Host, HostError};

/// The name of the host file.
pub const HOST_FILE: &str = "host.toml";

/// The folder of this copy of the library; kept nowhere, so that nothing stays when it is unloaded. Links are not
/// followed: a link to the library in a folder of its own is a host of its own only if the loader sees two
/// files, so copy.
fn folder() -> Option<PathBuf> {
    let mut info = libc::Dl_info {
        dli_fname: std::ptr::null(),
        dli_fbase: std::ptr::null_mut(),
        dli_sname: std::ptr::null(),
        dli_saddr: std::ptr::null_mut(),
    };
    // A function that is not exported: an exported name could be resolved to another copy's.
    let own: fn() -> Option<PathBuf> = folder;
    // SAFETY: `own` is an address in this object and `info` is ours to write.
    let found = unsafe { libc::dladdr(own as *const libc::c_void, &raw mut info) };
    if found == 0 || info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: dladdr succeeded, so this is the loader's own zero-terminated name of this object.
    let name = unsafe { CStr::from_ptr(info.dli_fname) };
    let path = std::path::absolute(OsStr::from_bytes(name.to_bytes())).ok()?;
    path.parent().map(Path::to_owned)
}

/// The host file's text. A file that cannot be read is a refused host like any other.
pub(crate) fn host_text() -> Result<String, HostError> {
    let folder = folder().ok_or_else(|| HostError::new("this library cannot tell where it lies"))?;
    let path = folder.join(HOST_FILE);
    std::fs::read_to_string(&path).map_err(|error| HostError::new(error.to_string()).at(path.display()))
}

/// Says on stderr why the host file is refused.
pub(crate) fn complain(error: &HostError) {
    let place = folder().unwrap_or_default().join(HOST_FILE);
    eprintln!("simulated libnvidia-ml: {}: {error}", place.display());
}

/// Adds `<entry point> <gpu address, or ->` to the log of calls, where the host wants one. A log that
/// cannot be written shows as a count that is too small.
pub(crate) fn log_call(host: &Host, symbol: &str, gpu: Option<&str>) {
    let Some((folder, name)) = folder().zip(host.count_calls.as_ref()) else { return };
    if let Ok(mut log) = OpenOptions::new().create(true).append(true).open(folder.join(name)) {
        // One write, so that lines of several threads do not mix.
        let _ = log.write_all(format!("{symbol} {}\n", gpu.unwrap_or("-")).as_bytes());
    }
}
