//! What a failed NVML call says, with the number kept.
//!
//! `nvml_wrapper::NvmlError` has no variant for codes 23, 25, 27 and everything newer; here every code keeps
//! its number, and those of `nvml.h` have their names.

use std::fmt;

use nvml_wrapper::error::NvmlError;

use crate::model::DeviceProblem;

/// What came back from NVML instead of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An `nvmlReturn_t` other than `NVML_SUCCESS`.
    Code(u32),
    /// The library does not export the function: it is older (or newer) than the call.
    NoSymbol,
    /// It answered `NVML_SUCCESS`, with a result that cannot be.
    Nonsense(String),
    /// A recording answers in NVML's place, and does not know: it was made by a program that did not ask this.
    Unrecorded,
}

impl Answer {
    pub(in crate::hardware) const INVALID_ARGUMENT: Answer = Answer::Code(2);
    pub(in crate::hardware) const NOT_SUPPORTED: Answer = Answer::Code(3);
    pub(in crate::hardware) const NO_PERMISSION: Answer = Answer::Code(4);
    pub(in crate::hardware) const NOT_FOUND: Answer = Answer::Code(6);
    pub(in crate::hardware) const INSUFFICIENT_SIZE: Answer = Answer::Code(7);
    pub(in crate::hardware) const DRIVER_NOT_LOADED: Answer = Answer::Code(9);
    pub(in crate::hardware) const TIMEOUT: Answer = Answer::Code(10);
    pub(in crate::hardware) const LIBRARY_NOT_FOUND: Answer = Answer::Code(12);
    pub(in crate::hardware) const FUNCTION_NOT_FOUND: Answer = Answer::Code(13);
    pub(in crate::hardware) const GPU_IS_LOST: Answer = Answer::Code(15);
    pub(in crate::hardware) const OPERATING_SYSTEM: Answer = Answer::Code(17);
    pub(in crate::hardware) const LIB_RM_VERSION_MISMATCH: Answer = Answer::Code(18);
    pub(in crate::hardware) const ARGUMENT_VERSION_MISMATCH: Answer = Answer::Code(25);
    pub(in crate::hardware) const UNKNOWN: Answer = Answer::Code(999);

    /// Whether the GPU simply has no such thing: no such profile, no such figure.
    pub(in crate::hardware) fn is_not_this_one(&self) -> bool {
        *self == Answer::INVALID_ARGUMENT || *self == Answer::NOT_SUPPORTED
    }

    /// Whether the library is too old for the call or for this version of its struct.
    pub(in crate::hardware) fn is_too_old(&self) -> bool {
        *self == Answer::NoSymbol
            || *self == Answer::FUNCTION_NOT_FOUND
            || *self == Answer::ARGUMENT_VERSION_MISMATCH
    }

    /// Whether there is no such figure to be had of this GPU with this driver, which nobody can miss.
    pub(in crate::hardware) fn is_absence(&self) -> bool {
        *self == Answer::NOT_SUPPORTED || self.is_too_old()
    }
}

/// The names of `nvmlReturn_t` in `nvml.h`, without their `NVML_ERROR_`.
pub(super) fn name(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "UNINITIALIZED",
        2 => "INVALID_ARGUMENT",
        3 => "NOT_SUPPORTED",
        4 => "NO_PERMISSION",
        5 => "ALREADY_INITIALIZED",
        6 => "NOT_FOUND",
        7 => "INSUFFICIENT_SIZE",
        8 => "INSUFFICIENT_POWER",
        9 => "DRIVER_NOT_LOADED",
        10 => "TIMEOUT",
        11 => "IRQ_ISSUE",
        12 => "LIBRARY_NOT_FOUND",
        13 => "FUNCTION_NOT_FOUND",
        14 => "CORRUPTED_INFOROM",
        15 => "GPU_IS_LOST",
        16 => "RESET_REQUIRED",
        17 => "OPERATING_SYSTEM",
        18 => "LIB_RM_VERSION_MISMATCH",
        19 => "IN_USE",
        20 => "MEMORY",
        21 => "NO_DATA",
        22 => "VGPU_ECC_NOT_SUPPORTED",
        23 => "INSUFFICIENT_RESOURCES",
        24 => "FREQ_NOT_SUPPORTED",
        25 => "ARGUMENT_VERSION_MISMATCH",
        26 => "DEPRECATED",
        27 => "NOT_READY",
        28 => "GPU_NOT_FOUND",
        29 => "INVALID_STATE",
        30 => "RESET_TYPE_NOT_SUPPORTED",
        999 => "UNKNOWN",
        _ => return None,
    })
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Code(code) => match name(*code) {
                Some(name) => write!(f, "NVML_ERROR_{name} ({code})"),
                None => write!(f, "NVML error {code}, which nvml.h does not name"),
            },
            Answer::NoSymbol => f.write_str("the library does not export it"),
            Answer::Nonsense(what) => write!(f, "the answer makes no sense: {what}"),
            Answer::Unrecorded => f.write_str("the recording has no answer to it"),
        }
    }
}

impl From<NvmlError> for Answer {
    fn from(error: NvmlError) -> Self {
        match error {
            NvmlError::FailedToLoadSymbol(_) => Answer::NoSymbol,
            NvmlError::Utf8Error(_)
            | NvmlError::NulError(_)
            | NvmlError::LibloadingError(_)
            | NvmlError::StringTooLong { .. }
            | NvmlError::IncorrectBits(_)
            | NvmlError::SetReleaseFailed
            | NvmlError::GetPciInfoFailed
            | NvmlError::PciInfoToCFailed => Answer::Nonsense(error.to_string()),
            // Everything else came from a code, and goes back to it without loss.
            code => Answer::Code(code.into()),
        }
    }
}

/// A call that failed, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {answer}")]
pub(in crate::hardware) struct CallError {
    /// The function of `nvml.h`.
    pub(in crate::hardware) call: &'static str,
    /// What it answered.
    pub(in crate::hardware) answer: Answer,
}

impl CallError {
    /// As a problem of the device: what was asked for is needed to know its GPU instances.
    pub(in crate::hardware) fn blinding(self) -> DeviceProblem {
        let CallError { call, answer } = self;
        match answer {
            Answer::GPU_IS_LOST => DeviceProblem::Lost { call },
            Answer::NO_PERMISSION => DeviceProblem::NoPermission { call },
            other => DeviceProblem::Unreadable { call, error: other.to_string() },
        }
    }

    /// As a problem of the device: nothing depends on what was asked for.
    pub(in crate::hardware) fn missing(self) -> DeviceProblem {
        let CallError { call, answer } = self;
        match answer {
            Answer::GPU_IS_LOST => DeviceProblem::Lost { call },
            other => DeviceProblem::Missing { call, error: other.to_string() },
        }
    }
}
