//! An open NVML: finding the library, opening it, closing it.

use std::mem;
use std::path::{Path, PathBuf};

use nvml_wrapper::Nvml;
use nvml_wrapper::bitmasks::InitFlags;
use nvml_wrapper::error::NvmlError;

use super::line::Line;
use super::{Answer, CallError, Handle, Recording, ffi};
use crate::hardware::HardwareError;
use crate::hardware::message::{Message, Sink};
use crate::hardware::meters::Meter;

/// What the loader is asked for when no path is configured: the soname that every driver installs.
const DEFAULT_LIBRARY: &str = "libnvidia-ml.so.1";

/// `NVML_ERROR_GPU_NOT_FOUND`, for which the wrapper has no variant.
const GPU_NOT_FOUND: u32 = 28;

/// One `nvmlInit`. Dropping it calls `nvmlShutdown` and unloads the library, so it stays on the thread that
/// opened it; other threads borrow it.
pub(in crate::hardware) struct Session<'s> {
    source: Source,
    sink: &'s Sink<'s>,
    kept: bool,
    meter: Option<Meter>,
}

/// Who answers.
enum Source {
    Library(Box<Nvml>),
    Recording(Recording),
}

impl<'s> Session<'s> {
    /// Lets a recording answer.
    ///
    /// # Errors
    ///
    /// Those with which NVML did not open when it was recorded.
    pub(in crate::hardware) fn replay(
        recording: Recording,
        sink: &'s Sink<'s>,
    ) -> Result<Self, HardwareError> {
        let session = Session { source: Source::Recording(recording), sink, kept: false, meter: None };
        let opened: Result<(), CallError> =
            session.line(None).ask("nvmlInit_v2", format_args!(""), || Ok(()));
        opened.map_err(|error| refused(error.call, error.answer))?;
        Ok(session)
    }

    /// As [`Session::open`], with every answer said, to be kept.
    ///
    /// # Errors
    ///
    /// As there.
    pub(in crate::hardware) fn open_kept(
        library: Option<&Path>,
        sink: &'s Sink<'s>,
    ) -> Result<Self, HardwareError> {
        let opened = Session::open(library, sink);
        let answer = match &opened {
            Ok(_) => Ok(serde_json::Value::Null),
            Err(HardwareError::NoPermission { .. }) => Err(Answer::NO_PERMISSION),
            Err(HardwareError::DriverNotReady { error, .. }) => Err(error.clone()),
            // There was no NVML to answer anything.
            Err(_) => return opened,
        };
        sink(Message::Answered { device: None, call: "nvmlInit_v2", of: String::new(), answer });
        opened.map(|session| Session { kept: true, ..session })
    }

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
        complete(&nvml, &path)?;
        Ok(Session { source: Source::Library(Box::new(nvml)), sink, kept: false, meter: None })
    }

    /// Counts its calls from now on.
    pub(in crate::hardware) fn counted(self, meter: Meter) -> Self {
        Session { meter: Some(meter), ..self }
    }

    fn line(&self, device: Option<u32>) -> Line<'_> {
        let recorded = match &self.source {
            Source::Library(_) => None,
            Source::Recording(recording) => Some(recording),
        };
        Line { device, sink: self.sink, recorded, kept: self.kept, meter: self.meter.as_ref() }
    }

    /// The wrapper, for what this folder asks of it.
    ///
    /// # Errors
    ///
    /// A recording answers in its place.
    pub(super) fn nvml(&self) -> Result<&Nvml, Answer> {
        match &self.source {
            Source::Library(nvml) => Ok(nvml),
            Source::Recording(_) => Err(Answer::Unrecorded),
        }
    }

    /// The driver's version, where it is told.
    pub(in crate::hardware) fn driver_version(&self) -> Option<String> {
        let ask = || ffi::driver_version(self.nvml()?);
        self.line(None).ask("nvmlSystemGetDriverVersion", format_args!(""), ask).ok()
    }

    /// How many GPUs NVML counts, those included that do not answer.
    ///
    /// # Errors
    ///
    /// As [`Session::open`].
    pub(in crate::hardware) fn device_count(&self) -> Result<u32, HardwareError> {
        let ask = || self.nvml()?.device_count().map_err(Answer::from);
        let told = self.line(None).ask("nvmlDeviceGetCount_v2", format_args!(""), ask);
        told.map_err(|error| refused(error.call, error.answer))
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
        let line = self.line(Some(index));
        let mut device = None;
        line.ask("nvmlDeviceGetHandleByIndex_v2", format_args!(""), || {
            device = Some(self.nvml()?.device_by_index(index).map_err(Answer::from)?);
            Ok(())
        })?;
        Ok(Handle::new(device, line))
    }
}

/// Without these nothing can be seen, and no GPU could be told from another.
fn complete(nvml: &Nvml, path: &Path) -> Result<(), HardwareError> {
    let lib = nvml.lib();
    let essential = [
        lib.nvmlDeviceGetCount_v2.as_ref().err(),
        lib.nvmlDeviceGetHandleByIndex_v2.as_ref().err(),
        lib.nvmlDeviceGetPciInfo_v3.as_ref().err(),
    ];
    match essential.into_iter().flatten().next() {
        None => Ok(()),
        Some(error) => Err(HardwareError::LibraryBroken { path: path.to_owned(), cause: error.to_string() }),
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
