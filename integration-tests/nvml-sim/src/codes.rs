//! NVML's return codes: their numbers (which the bindings must agree with), the names that a host
//! file uses for them, and the sentence that `nvmlErrorString` gives.

use std::ffi::CStr;

use nvml_wrapper_sys::bindings::nvmlReturn_t;

macro_rules! codes {
    ($($variant:ident = $number:literal, $name:literal, $text:literal;)+) => {
        /// An NVML error: what an entry point answers instead of success.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $name] $variant,)+
        }

        impl Code {
            /// All codes, for messages and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number of the C API.
            #[must_use]
            pub fn number(self) -> nvmlReturn_t {
                match self { $(Self::$variant => $number,)+ }
            }

            /// The name in a host file, for example `gpu_is_lost`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What `nvmlErrorString` says.
            #[must_use]
            pub fn text(self) -> &'static CStr {
                match self { $(Self::$variant => $text,)+ }
            }
        }
    };
}

codes! {
    Uninitialized = 1, "uninitialized", c"Uninitialized";
    InvalidArgument = 2, "invalid_argument", c"Invalid Argument";
    NotSupported = 3, "not_supported", c"Not Supported";
    NoPermission = 4, "no_permission", c"Insufficient Permissions";
    NotFound = 6, "not_found", c"Not Found";
    InsufficientSize = 7, "insufficient_size", c"Insufficient Size";
    InsufficientPower = 8, "insufficient_power", c"Insufficient External Power";
    DriverNotLoaded = 9, "driver_not_loaded", c"Driver Not Loaded";
    Timeout = 10, "timeout", c"Timeout";
    IrqIssue = 11, "irq_issue", c"Interrupt Request Issue";
    LibraryNotFound = 12, "library_not_found", c"NVML Shared Library Not Found";
    FunctionNotFound = 13, "function_not_found", c"Function Not Found";
    CorruptedInforom = 14, "corrupted_inforom", c"Corrupted infoROM";
    GpuIsLost = 15, "gpu_is_lost", c"GPU is lost";
    ResetRequired = 16, "reset_required", c"GPU requires reset";
    OperatingSystem = 17, "operating_system", c"GPU access blocked by the operating system";
    LibRmVersionMismatch = 18, "lib_rm_version_mismatch", c"Driver/library version mismatch";
    InUse = 19, "in_use", c"In use by another client";
    Memory = 20, "memory", c"Insufficient Memory";
    NoData = 21, "no_data", c"No data";
    InsufficientResources = 23, "insufficient_resources", c"Insufficient resources";
    ArgumentVersionMismatch = 25, "argument_version_mismatch", c"Argument version mismatch";
    NotReady = 27, "not_ready", c"System is not ready";
    GpuNotFound = 28, "gpu_not_found", c"No GPUs were found";
    InvalidState = 29, "invalid_state", c"Resource not in correct state";
    Unknown = 999, "unknown", c"Unknown Error";
}

impl Code {
    /// The code of that name in a host file.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// The code of that number, if it is one that this library ever answers.
    #[must_use]
    pub fn numbered(number: nvmlReturn_t) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }
}
