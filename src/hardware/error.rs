//! Why a host could not be scanned at all. What is wrong with one GPU is in the snapshot instead.

use std::path::PathBuf;
use std::time::Duration;

use super::nvml::Answer;
use crate::model::{Code, Finding, Lapse};

/// A scan that gave no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HardwareError {
    /// There is no NVML library.
    #[error("there is no NVML library: tried {}", list(tried))]
    LibraryMissing {
        /// Where it was looked for; a name without a slash is searched by the dynamic loader.
        tried: Vec<PathBuf>,
    },
    /// There is a file, but it cannot be loaded, is not NVML, or lacks what is needed.
    #[error("{} is not a usable NVML library: {cause}", path.display())]
    LibraryBroken {
        /// The file.
        path: PathBuf,
        /// The dynamic loader's words.
        cause: String,
    },
    /// NVML is there, but does not start.
    #[error("{call} failed: {error}")]
    DriverNotReady {
        /// The call that failed.
        call: &'static str,
        /// What it answered.
        error: Answer,
    },
    /// NVML refuses to talk to this process at all.
    #[error("no permission for {call}")]
    NoPermission {
        /// The call that was refused.
        call: &'static str,
    },
    /// NVML did not come up in time.
    #[error("{call} did not return within {}", Lapse::new(*patience))]
    Unresponsive {
        /// The call that was under way.
        call: &'static str,
        /// How long it was waited for.
        patience: Duration,
    },
    /// The scan itself broke down: its thread did not start, or ended without an answer.
    #[error("the scan broke down: {cause}")]
    Aborted {
        /// What happened.
        cause: String,
    },
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

impl HardwareError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            HardwareError::LibraryMissing { .. } => Code::LibraryMissing,
            HardwareError::LibraryBroken { .. } => Code::LibraryBroken,
            HardwareError::DriverNotReady { .. } => Code::DriverNotReady,
            HardwareError::NoPermission { .. } => Code::NoPermission,
            HardwareError::Unresponsive { .. } | HardwareError::Aborted { .. } => Code::GpuUnreadable,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            HardwareError::LibraryMissing { .. } => {
                "install the NVIDIA driver of this host with its libraries (libnvidia-ml.so.1 belongs to it), \
                 or set hardware.nvml_library to its path"
                    .to_owned()
            }
            HardwareError::LibraryBroken { path, .. } => format!(
                "set hardware.nvml_library to the libnvidia-ml.so.1 of the installed driver, for this machine's \
                 architecture, or reinstall the driver; {} is not it",
                path.display()
            ),
            HardwareError::DriverNotReady { error, .. } => not_ready(error).to_owned(),
            HardwareError::NoPermission { .. } => {
                "run with CAP_SYS_ADMIN, as the packaged unit does, and with access to /dev/nvidiactl".to_owned()
            }
            HardwareError::Unresponsive { .. } => {
                "look for NVRM and Xid lines in `dmesg`: the driver hangs, mostly on a GPU that needs a reset \
                 or on a host that needs a reboot"
                    .to_owned()
            }
            HardwareError::Aborted { .. } => {
                "look at this service's memory and task limits (TasksMax), then report it with the log".to_owned()
            }
        }
    }

    /// As a finding about the library or NVML.
    pub fn finding(&self) -> Finding {
        let subject = match self {
            HardwareError::LibraryBroken { path, .. } => path.display().to_string(),
            _ => "NVML".to_owned(),
        };
        Finding::new(self.code(), subject, self, self.remedy())
    }
}

fn not_ready(answer: &Answer) -> &'static str {
    match *answer {
        Answer::DRIVER_NOT_LOADED => {
            "load the kernel module (`modprobe nvidia`) and see in `dmesg` why it was not; GPUs that are bound \
             to vfio-pci belong to Nova's PCI passthrough and need no agent"
        }
        Answer::LIB_RM_VERSION_MISMATCH => {
            "the library and the loaded kernel module are of different driver versions, as after an upgrade: \
             reboot, or unload the module and load the new one; compare /proc/driver/nvidia/version"
        }
        Answer::LIBRARY_NOT_FOUND | Answer::FUNCTION_NOT_FOUND => {
            "the driver is installed in part: reinstall it, library and kernel module of one version"
        }
        Answer::OPERATING_SYSTEM => {
            "the operating system keeps this process from the GPUs: look at DevicePolicy= and DeviceAllow= of \
             the unit (it needs /dev/nvidia* and /dev/nvidia-caps/*)"
        }
        _ => "see whether `nvidia-smi` works, and look for NVRM lines in `dmesg`",
    }
}
