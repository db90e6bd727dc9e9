//! What an operator should know, each with a stable code.
//!
//! A code is an anchor in `docs/usage/messages.md` and, where it is an error, an exit code of its own.
//! Codes are never reused; a test holds the table and the documentation together.

use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Less is offered than could be, or something needs a look.
    Warning,
    /// Something that was asked for was not done.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $severity:ident, $exit:literal;)*) => {
        /// The stable code of every finding and error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them, for the documentation's test.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// `NPA0201`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)* }
            }

            /// How bad it is.
            pub const fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }

            /// The process's exit code when this is the worst that happened; 0 for what is no error.
            pub const fn exit_code(self) -> u8 {
                match self { $(Code::$name => $exit,)* }
            }
        }
    };
}

codes! {
    /// A configuration file, a variable or a value in it is not acceptable.
    ConfigInvalid = "NPA0101", Error, 10;
    /// A configuration file that was named cannot be read.
    ConfigUnreadable = "NPA0102", Error, 11;
    /// No credentials, or not enough of them.
    CredentialsMissing = "NPA0103", Error, 12;
    /// Another agent runs on this host.
    AlreadyRunning = "NPA0104", Error, 13;
    /// No agent runs, or it does not answer.
    NotRunning = "NPA0105", Error, 14;
    /// The running agent's hardware did not settle within the time that `wait-ready` was given.
    NotSettled = "NPA0106", Error, 15;
    /// The configuration is not good, and the running agent is asked all the same.
    ConfigPassedOver = "NPA0121", Warning, 0;

    /// There is no NVML library.
    LibraryMissing = "NPA0201", Error, 20;
    /// There is a library, but it is not NVML or lacks what is needed.
    LibraryBroken = "NPA0202", Error, 21;
    /// NVML does not start: driver not loaded, or of another version than the library.
    DriverNotReady = "NPA0203", Error, 22;
    /// NVML starts and knows no GPU.
    NoGpu = "NPA0204", Error, 23;
    /// NVML refuses to show GPU instances.
    NoPermission = "NPA0205", Error, 24;
    /// A GPU has fallen off the bus.
    GpuLost = "NPA0206", Error, 25;
    /// A call that is needed to know a GPU's instances failed.
    GpuUnreadable = "NPA0207", Error, 26;
    /// A GPU instance has a profile that the driver does not describe.
    UnknownProfile = "NPA0208", Error, 27;
    /// MIG is on and nothing is cut.
    NothingCut = "NPA0209", Info, 0;
    /// MIG is off or not supported: nothing to offer.
    NotMig = "NPA0210", Info, 0;
    /// MIG mode will change at the next GPU reset.
    MigPending = "NPA0211", Warning, 0;
    /// A GPU has not been readable for several scans: its providers are reserved.
    GpuReserved = "NPA0213", Warning, 0;
    /// A GPU, or a GPU instance of it, is not well: nothing new is put on it.
    GpuIll = "NPA0214", Warning, 0;
    /// A GPU has a condition that does not keep guests from it.
    GpuAilment = "NPA0215", Warning, 0;
    /// A GPU that has providers is not on this host any more.
    GpuAbsent = "NPA0212", Warning, 0;
    /// A file of sysfs cannot be read or makes no sense.
    FileUnreadable = "NPA0231", Warning, 0;
    /// A GPU is on the PCI bus and NVML does not show it.
    GpuHidden = "NPA0232", Warning, 0;

    /// vGPUs could be had, and no type is chosen.
    NoVgpuType = "NPA0221", Info, 0;
    /// A vGPU type is chosen, and no PCI function can carry it.
    NoVgpuFunction = "NPA0222", Warning, 0;
    /// PCI functions have a vGPU type that the GPU cannot give as it is.
    UnusableVgpuType = "NPA0223", Warning, 0;
    /// A recorded case cannot be read or written.
    CaseUnusable = "NPA0220", Error, 29;

    /// The compute node's root provider is not in Placement.
    RootMissing = "NPA0301", Error, 30;
    /// A provider's name would be longer than Placement allows.
    NameTooLong = "NPA0302", Error, 31;
    /// A provider's name or UUID is somebody else's.
    Taken = "NPA0303", Error, 32;

    /// Placement or Keystone cannot be reached.
    Unreachable = "NPA0401", Error, 40;
    /// Placement is too old.
    TooOld = "NPA0402", Error, 41;
    /// What answers is not Placement, or its answer makes no sense.
    Nonsense = "NPA0403", Error, 42;
    /// The role is missing.
    Forbidden = "NPA0404", Error, 43;
    /// The credentials are not accepted.
    Unauthorized = "NPA0405", Error, 44;
    /// Somebody else kept writing at the same time.
    Conflict = "NPA0406", Error, 45;
    /// Placement or Keystone answers that it is out of service.
    Unavailable = "NPA0407", Error, 46;
    /// Placement refused a request for a reason that this agent does not know.
    Refused = "NPA0408", Error, 47;

    /// Everything is reserved, because Nova would not attach it.
    NotAttachable = "NPA0501", Warning, 0;
    /// More is allocated than the hardware has.
    OverPromised = "NPA0502", Warning, 0;
    /// Less is offered than exists, because of guests of an earlier cut.
    Withheld = "NPA0503", Info, 0;
    /// A provider drains and still has guests.
    Draining = "NPA0504", Info, 0;
    /// Somebody keeps undoing what is written.
    Contested = "NPA0506", Warning, 0;
    /// Nova or Cyborg reports the GPU, so this agent does not.
    ReportedElsewhere = "NPA0505", Info, 0;
    /// A GPU that the operator gave to the agent is offered by Nova still.
    PinRefused = "NPA0507", Warning, 0;

    /// Nova's configuration cannot be read, or not exactly.
    NovaUnreadable = "NPA0601", Warning, 0;
    /// Nova's configuration has something that nova-compute refuses or ignores.
    NovaRefuses = "NPA0602", Warning, 0;
    /// Nova passes functions through that have no vGPU type.
    PassedWithoutType = "NPA0611", Warning, 0;
    /// Nova passes functions of one GPU through that are not alike.
    PassedMixed = "NPA0612", Warning, 0;
    /// Nova's PCI provider says something else of a GPU than the hardware is.
    ReportedOtherwise = "NPA0613", Warning, 0;
    /// Nova passes functions through without Placement.
    BehindPlacement = "NPA0614", Warning, 0;
    /// Passed-through functions are reported as VGPU.
    PassedAsVgpu = "NPA0615", Warning, 0;
    /// libvirt manages passed-through functions.
    PassedManaged = "NPA0616", Warning, 0;

    /// Nova offers VGPU that it would attach nothing for.
    NovaAttachesNothing = "NPA0701", Warning, 0;
    /// Nova offers VGPU on functions that it could not make a device on.
    NovaCannotMake = "NPA0702", Warning, 0;
    /// A flavor finds VGPU here, and its guest gets no GPU.
    BootsWithoutGpu = "NPA0703", Error, 56;
    /// A flavor finds VGPU here, and its guest does not start.
    GuestFails = "NPA0704", Warning, 0;
    /// No VGPU flavor gets a GPU on this host.
    NoFlavorLands = "NPA0705", Warning, 0;
    /// A type is enabled that no function can make.
    MdevTypeUnmade = "NPA0706", Warning, 0;
    /// Nova is told of functions that are not on this host.
    MdevAddressUnknown = "NPA0707", Warning, 0;
    /// Nova offers a type on more functions than the GPUs can give, or bounds it for the host instead of each GPU.
    MdevUnbounded = "NPA0708", Warning, 0;
    /// Nova reports mediated devices under another class than VGPU.
    MdevClassOther = "NPA0709", Info, 0;
    /// Nova's configuration does not fit the way in which the kernel hands vGPUs out.
    LayoutMismatch = "NPA0710", Warning, 0;
    /// Virtual functions are bound to a driver with which they hand out no vGPUs.
    FunctionDriver = "NPA0711", Warning, 0;
    /// Placement is not yet what the agent would make it.
    PlacementBehind = "NPA0712", Warning, 0;
    /// Nothing keeps Placement true: no agent runs on this host.
    NoAgentRuns = "NPA0713", Warning, 0;
    /// The running agent has released NVML.
    AgentReleased = "NPA0714", Warning, 0;
    /// The running agent does not reach the end of its cycles.
    AgentFailing = "NPA0715", Warning, 0;
    /// The root provider is not what Nova's scheduler takes for a compute node.
    NotComputeNode = "NPA0716", Warning, 0;
    /// Nova's scheduler puts nothing on this compute node, because it is disabled.
    ComputeDisabled = "NPA0717", Warning, 0;
    /// This is a compute node, and no configuration of Nova's is found.
    NovaNotFound = "NPA0718", Warning, 0;
    /// Nova offers functions of a GPU that can give none of them a vGPU.
    NothingBehind = "NPA0719", Warning, 0;
    /// That something attaches what is owned rests on the operator's word.
    AttachedOnWord = "NPA0720", Info, 0;
    /// A flavor can be made, and nothing would attach its GPU.
    FlavorUnattached = "NPA0801", Warning, 0;
    /// A flavor asks for a trait of a GPU that no provider of the cloud has.
    FlavorNowhere = "NPA0802", Warning, 0;
    /// A flavor takes a GPU of any kind.
    FlavorAnyKind = "NPA0803", Warning, 0;
    /// A flavor asks by an alias that Nova does not know here.
    FlavorAliasUnknown = "NPA0804", Warning, 0;
    /// Another flavor has the name already.
    FlavorNameTaken = "NPA0805", Warning, 0;
    /// Nova does not show its flavors.
    FlavorsUnread = "NPA0806", Error, 48;
    /// A GPU could hand vGPUs out, and it is not known which.
    NoTypeForNova = "NPA0811", Warning, 0;
    /// The command line names a vGPU type that no GPU has.
    TypeUnknown = "NPA0812", Error, 49;
    /// A GPU has several vGPU types, and Nova can report only one.
    OneTypeForNova = "NPA0813", Warning, 0;
    /// Functions that are to be passed through have not been given their vGPU type.
    FunctionsWithoutType = "NPA0814", Warning, 0;
    /// A GPU has fewer functions than it could give vGPUs.
    FewerFunctions = "NPA0815", Info, 0;
    /// Nova has no way to attach what a GPU gives.
    NothingForNova = "NPA0816", Info, 0;

    /// What is to be purged is still allocated.
    StillUsed = "NPA0901", Error, 50;
    /// Providers were to be deleted without a word about nova-compute.
    DeletingUnasked = "NPA0902", Error, 51;
    /// An agent runs on the host that is to be purged.
    AgentRuns = "NPA0903", Error, 52;
    /// An agent on a host elsewhere would undo a purge.
    AgentElsewhere = "NPA0904", Warning, 0;
    /// Nova has no compute node that belongs to the root.
    NoComputeNode = "NPA0905", Warning, 0;
    /// An allocation whose consumer Nova does not know.
    Leaked = "NPA0906", Warning, 0;
    /// Somebody else has something on a provider of ours.
    NotOursAlone = "NPA0907", Warning, 0;

    /// A guest runs, has an allocation, and no GPU.
    GuestWithoutGpu = "NPA0911", Error, 53;
    /// A guest has another GPU, function or type than was allocated to it.
    GuestOnAnother = "NPA0912", Error, 54;
    /// A guest is given a vGPU, and the GPU runs none for it.
    VgpuNotRun = "NPA0913", Warning, 0;
    /// Something is allocated to a guest that libvirt does not have here.
    NoDomain = "NPA0914", Warning, 0;
    /// Something is allocated to a guest that Nova has on another host.
    GuestElsewhere = "NPA0915", Warning, 0;
    /// A guest uses a GPU without an allocation.
    GuestUnallocated = "NPA0916", Warning, 0;
    /// A mediated device that no domain is given.
    DeviceUnused = "NPA0917", Info, 0;
    /// libvirt's domains cannot be read.
    DomainsUnreadable = "NPA0918", Warning, 0;

    /// The listener has no address to listen on.
    NoListener = "NPA1001", Warning, 0;
    /// The running agent was asked for what it has not seen yet.
    NotSeenYet = "NPA1002", Error, 55;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that an operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing; severity and exit code come with it.
    pub code: Code,
    /// The GPU, provider or service that it is about.
    pub subject: String,
    /// What was seen.
    pub seen: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// Puts one together. None is without a next step.
    pub fn new(
        code: Code,
        subject: impl fmt::Display,
        seen: impl fmt::Display,
        remedy: impl Into<String>,
    ) -> Self {
        let remedy = remedy.into();
        debug_assert!(!remedy.trim().is_empty(), "{code} about {subject} does not say what to do");
        Finding { code, subject: subject.to_string(), seen: seen.to_string(), remedy }
    }
}
