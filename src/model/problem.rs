//! What could not be read, device by device.

use std::fmt;

use super::{GpuInstanceId, ProfileId};

/// What could not be read of one GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceProblem {
    /// `NVML_ERROR_GPU_IS_LOST`: fallen off the bus or otherwise inaccessible.
    Lost {
        /// The call that found out.
        call: &'static str,
    },
    /// `NVML_ERROR_NO_PERMISSION`.
    NoPermission {
        /// The call that was refused.
        call: &'static str,
    },
    /// Any other failure of a call that is needed to know the GPU instances or, on a vGPU host, the vGPU types.
    Unreadable {
        /// The call that failed.
        call: &'static str,
        /// NVML's word for it.
        error: String,
    },
    /// A GPU instance of a profile that the driver does not describe. The other instances are known.
    UnknownProfile {
        /// The instance.
        instance: GpuInstanceId,
        /// The profile id that it names.
        profile: ProfileId,
    },
    /// A file of sysfs that belongs to it could not be read, or says what cannot be.
    File(FileProblem),
    /// A figure that nothing depends on could not be read.
    Missing {
        /// The call that failed.
        call: &'static str,
        /// NVML's word for it.
        error: String,
    },
}

impl DeviceProblem {
    /// Whether the list of GPU instances, or on a vGPU host that of vGPU types, cannot be trusted.
    pub fn blinds(&self) -> bool {
        match self {
            DeviceProblem::Lost { .. }
            | DeviceProblem::NoPermission { .. }
            | DeviceProblem::Unreadable { .. } => true,
            DeviceProblem::UnknownProfile { .. } | DeviceProblem::File(_) | DeviceProblem::Missing { .. } => {
                false
            }
        }
    }
}

impl fmt::Display for DeviceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceProblem::Lost { call } => write!(f, "the GPU is lost ({call})"),
            DeviceProblem::NoPermission { call } => write!(f, "no permission for {call}"),
            DeviceProblem::Unreadable { call, error } => write!(f, "{call} failed: {error}"),
            DeviceProblem::UnknownProfile { instance, profile } => {
                write!(
                    f,
                    "GPU instance {instance} has profile id {profile}, which the driver does not describe"
                )
            }
            DeviceProblem::File(problem) => problem.fmt(f),
            DeviceProblem::Missing { call, error } => {
                write!(f, "{call} failed, its figure is missing: {error}")
            }
        }
    }
}

/// A file or folder of sysfs that could not be read, or says what cannot be. What it would have told is absent,
/// which is never more than there is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileProblem {
    /// Which one.
    pub path: String,
    /// The system's word for it, or what was read.
    pub error: String,
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.error)
    }
}

/// A device that NVML counts but gives no address for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostProblem {
    /// NVML's index of it.
    pub index: u32,
    /// What went wrong.
    pub problem: DeviceProblem,
}
