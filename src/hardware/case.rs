//! A host as a folder: what its driver answered, to be sent with a bug report, looked at elsewhere, or kept as a
//! test.
//!
//! `nvml.json` has the answers of NVML, `sysfs.json` what sysfs showed, path by path. Where that is missing, sysfs
//! was not recorded, and a replay knows nothing of functions and mediated devices.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::nvml::Recording;
use super::sysfs::Recording as Files;
use super::{Anonymiser, HardwareError, Options, once};
use crate::model::{Code, Figures, Finding, HostSnapshot, PciAddress};

/// The answers of NVML.
const NVML: &str = "nvml.json";
/// What sysfs showed.
const SYSFS: &str = "sysfs.json";

/// A recorded host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    recording: Recording,
    files: Option<Files>,
}

/// Why a folder is no case, or cannot become one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    /// There is something in it already.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// It, or a file of it, cannot be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// The system's words.
        cause: String,
    },
    /// A file of it is not what it should be.
    #[error("{} is not a recording: {cause}", path.display())]
    NotOne {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it, and where.
        cause: String,
    },
}

impl CaseError {
    /// As a finding about the folder.
    pub fn finding(&self) -> Finding {
        let remedy = match self {
            CaseError::NotEmpty(_) => "name a folder that is empty or does not exist: nothing is overwritten",
            CaseError::File { .. } => "see that the path exists and that you may read and write there",
            CaseError::NotOne { .. } => {
                "take a folder that `discover --record` wrote with this or an earlier version"
            }
        };
        Finding::new(Code::CaseUnusable, "case", self, remedy)
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> CaseError {
    let path = path.to_owned();
    move |error| CaseError::File { path, cause: error.to_string() }
}

impl Case {
    #[cfg(feature = "fuzzing")]
    pub(super) fn of(recording: Recording) -> Case {
        Case { recording, files: None }
    }

    #[cfg(feature = "fuzzing")]
    pub(super) fn recording(&self) -> &Recording {
        &self.recording
    }

    /// Scans this host with every answer kept. The scan's outcome is beside it: that NVML does not start can be
    /// recorded, too.
    ///
    /// # Errors
    ///
    /// When nothing answered at all: there is no library.
    pub async fn record(
        options: Options,
    ) -> Result<(Case, Result<HostSnapshot, HardwareError>), HardwareError> {
        let heard = once::kept(options).await?;
        match heard.snapshot {
            Err(error) if heard.recording.is_empty() => Err(error),
            snapshot => Ok((Case { recording: heard.recording, files: heard.files }, snapshot)),
        }
    }

    /// What a scan makes of it: the same code as on a host, with the recorded answers.
    ///
    /// # Errors
    ///
    /// Those of the scan that was recorded.
    pub fn replay(&self) -> Result<HostSnapshot, HardwareError> {
        once::replayed(self.recording.clone(), self.files.as_ref()).snapshot
    }

    /// What moved by itself when it was recorded.
    pub fn figures(&self) -> BTreeMap<PciAddress, Figures> {
        once::replayed(self.recording.clone(), self.files.as_ref()).figures
    }

    /// Replaces what names this host, its boards and its guests, in a way that equal things stay equal.
    pub fn anonymise(&mut self, names: &mut Anonymiser) {
        self.recording.texts(|call, text| {
            if call == "nvmlDeviceGetSerial" {
                names.learn_serial(text);
            }
        });
        self.recording.texts(|_, text| *text = names.replaced(text));
        if let Some(files) = &mut self.files {
            files.texts(|text| *text = names.replaced(text));
        }
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// Names the file.
    pub fn read(folder: &Path) -> Result<Case, CaseError> {
        let not_one = |path: &Path| {
            let path = path.to_owned();
            move |cause| CaseError::NotOne { path, cause }
        };
        let path = folder.join(NVML);
        let text = fs::read_to_string(&path).map_err(failed(&path))?;
        let recording = Recording::read(&text).map_err(not_one(&path))?;
        let path = folder.join(SYSFS);
        let files = match fs::read_to_string(&path) {
            Ok(text) => Some(Files::read(&text).map_err(not_one(&path))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&path)(error)),
        };
        Ok(Case { recording, files })
    }

    /// Makes the folder that it will be written into, or takes an empty one.
    ///
    /// # Errors
    ///
    /// Where there is something in it, or it cannot be made.
    pub fn prepare(folder: &Path) -> Result<(), CaseError> {
        fs::create_dir_all(folder).map_err(failed(folder))?;
        match fs::read_dir(folder).map_err(failed(folder))?.next() {
            None => Ok(()),
            Some(_) => Err(CaseError::NotEmpty(folder.to_owned())),
        }
    }

    /// Writes it into a folder that was prepared.
    ///
    /// # Errors
    ///
    /// Names the file.
    pub fn write(&self, folder: &Path) -> Result<(), CaseError> {
        let path = folder.join(NVML);
        fs::write(&path, self.recording.print()).map_err(failed(&path))?;
        let Some(files) = &self.files else { return Ok(()) };
        let path = folder.join(SYSFS);
        fs::write(&path, files.print()).map_err(failed(&path))
    }
}
