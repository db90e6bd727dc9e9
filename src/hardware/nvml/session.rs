//! An open NVML: finding the library, opening it, closing it.

use std::mem;
use std::path::{Path, PathBuf};

use nvml_wrapper::Nvml;
use nvml_wrapper::bitmasks::InitFlags;
use nvml_wrapper::error::NvmlError;

use super::{Answer, CallError, Handle};
use crate::hardware::HardwareError;
use crate::hardware::message::{Message, Sink};

/// What the loader is asked for when no path is configured: the soname that every driver installs.
const DEFAULT_LIBRARY: &str = "libnvidia-ml.so.1";

/// `NVML_ERROR_GPU_NOT_FOUND`, for which the wrapper has no variant.
const GPU_NOT_FOUND: u32 = 28;

/// One `nvmlInit`. Dropping it calls `nvmlShutdown` and unloads the library, so it stays on the thread that
/// opened it; other threads borrow it.
pub(in crate::hardware) struct Session<'s> {
    nvml: Nvml,
    path: PathBuf,
    sink: &'s Sink<'s>,
}

impl<'s> Session<'s> {
    /// Opens `library`, or what the loader finds under the default name.
    ///
    /// # Errors
    ///
    /// `LibraryMissing`, `LibraryBroken`, `DriverNotReady` or `NoPermission`; a broken library never panics.
    pub(in crate::hardware) fn open(
        library: Option<&Path>,
        sink: &'s Sink<'s>,
    ) -> Result<Self, HardwareError> {
        let path = library.unwrap_or(Path::new(DEFAULT_LIBRARY)).to_owned();
        if is_path(&path) && matches!(path.try_exists(), Ok(false)) {
            return Err(HardwareError::LibraryMissing { tried: vec![path] });
        }
        sink(Message::Calling { device: None, call: "nvmlInit_v2" });
        let nvml = match initialised(&path) {
            Ok(nvml) => nvml,
            Err(error) => return Err(not_opened(path, error)),
        };
        if let Err(error) = &nvml.lib().nvmlShutdown {
            let cause = error.to_string();
            // Dropping it would call nvmlShutdown and panic. Such a library is loaded once and stays.
            mem::forget(nvml);
            return Err(HardwareError::LibraryBroken { path, cause });
        }
        let session = Session { nvml, path, sink };
        session.complete()?;
        Ok(session)
    }

    /// Without these nothing can be seen, and no GPU could be told from another.
    fn complete(&self) -> Result<(), HardwareError> {
        let lib = self.nvml.lib();
        let essential = [
            lib.nvmlDeviceGetCount_v2.as_ref().err(),
            lib.nvmlDeviceGetHandleByIndex_v2.as_ref().err(),
            lib.nvmlDeviceGetPciInfo_v3.as_ref().err(),
        ];
        match essential.into_iter().flatten().next() {
            None => Ok(()),
            Some(error) => {
                Err(HardwareError::LibraryBroken { path: self.path.clone(), cause: error.to_string() })
            }
        }
    }

    /// The driver's version, where it is told.
    pub(in crate::hardware) fn driver_version(&self) -> Option<String> {
        (self.sink)(Message::Calling { device: None, call: "nvmlSystemGetDriverVersion" });
        self.nvml.sys_driver_version().ok()
    }

    /// How many GPUs NVML counts, those included that do not answer.
    ///
    /// # Errors
    ///
    /// As [`Session::open`].
    pub(in crate::hardware) fn device_count(&self) -> Result<u32, HardwareError> {
        let call = "nvmlDeviceGetCount_v2";
        (self.sink)(Message::Calling { device: None, call });
        self.nvml.device_count().map_err(|error| refused(call, error.into()))
    }

    /// The wrapper, for what this folder asks of it.
    pub(super) fn nvml(&self) -> &Nvml {
        &self.nvml
    }

    /// Says a word to whoever listens to this session.
    pub(super) fn say(&self, message: Message) {
        (self.sink)(message);
    }

    /// One GPU, by NVML's index.
    ///
    /// # Errors
    ///
    /// What NVML answered.
    pub(in crate::hardware) fn device(&self, index: u32) -> Result<Handle<'_>, CallError> {
        let call = "nvmlDeviceGetHandleByIndex_v2";
        (self.sink)(Message::Calling { device: Some(index), call });
        match self.nvml.device_by_index(index) {
            Ok(device) => Ok(Handle::new(device, index, self.sink)),
            Err(error) => Err(CallError { call, answer: error.into() }),
        }
    }
}

/// `nvmlInit_v2`; where that refuses for want of a GPU, the form of it that does not: no GPU is an answer.
fn initialised(path: &Path) -> Result<Nvml, NvmlError> {
    let mut builder = Nvml::builder();
    builder.lib_path(path.as_os_str());
    match builder.init() {
        Err(NvmlError::UnexpectedVariant(GPU_NOT_FOUND)) => builder.flags(InitFlags::NO_GPUS).init(),
        other => other,
    }
}

/// A name without a slash is the loader's to find; a path is there or not.
fn is_path(library: &Path) -> bool {
    library.components().count() > 1
}

fn not_opened(path: PathBuf, error: NvmlError) -> HardwareError {
    match error {
        NvmlError::LibloadingError(error) => {
            let words = error.to_string();
            // The loader says the same of a library that the library needs, but names that one.
            let absent = words.contains("No such file")
                && words.split(':').next().is_some_and(|name| Path::new(name) == path);
            match (absent, is_path(&path)) {
                (false, _) => HardwareError::LibraryBroken { path, cause: words },
                (true, false) => HardwareError::LibraryMissing { tried: vec![path] },
                // It was there a moment ago: glibc says this of a library for another kind of machine too.
                (true, true) => {
                    let cause = format!("is it for another kind of machine? the loader says: {words}");
                    HardwareError::LibraryBroken { path, cause }
                }
            }
        }
        NvmlError::FailedToLoadSymbol(words) => HardwareError::LibraryBroken { path, cause: words },
        other => refused("nvmlInit_v2", other.into()),
    }
}

fn refused(call: &'static str, answer: Answer) -> HardwareError {
    match answer {
        Answer::NO_PERMISSION => HardwareError::NoPermission { call },
        error => HardwareError::DriverNotReady { call, error },
    }
}
