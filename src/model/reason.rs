//! Why something was decided, as a value that is made where the decision is made.

use std::fmt;
use std::time::Duration;

use super::{Lapse, MigMode, PurgeReason};

/// Why something was decided.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// The GPU has that many GPU instances of the profile.
    Cut {
        /// How many.
        units: u32,
        /// The plain name.
        plain: String,
    },
    /// The GPU can have that many vGPUs of the type.
    Given {
        /// How many.
        units: u32,
        /// The type's name.
        plain: String,
    },
    /// As [`Reason::Given`], but other kinds of the GPU are offered from the same room.
    Shared {
        /// Units that could be there alone.
        units: u32,
        /// Units that may be allocated.
        allowed: u32,
    },
    /// As [`Reason::Cut`], but guests of a kind that no longer exists still hold slots of the GPU.
    Withheld {
        /// Units that exist.
        units: u32,
        /// Units that may be allocated until those guests are gone.
        allowed: u32,
    },
    /// More is allocated than exists.
    OverPromised {
        /// Units allocated.
        used: u32,
        /// Units that exist.
        units: u32,
    },
    /// Nova does not attach what this agent owns, so everything is reserved.
    NotAttachable,
    /// No GPU instance of the profile exists any more.
    NotCut {
        /// Guests that still hold one.
        used: u32,
    },
    /// The GPU has no vGPU of the type to give any more.
    NotGiven {
        /// Guests that still hold one.
        used: u32,
    },
    /// vGPUs could be had, but none has a type and policy names none.
    NoType {
        /// The types to choose from.
        choices: Vec<String>,
    },
    /// A vGPU type is chosen, and no PCI function can carry it now.
    NoFunction {
        /// The type's name.
        plain: String,
    },
    /// PCI functions have a vGPU type that the GPU cannot give as it is.
    UnusableType {
        /// How many of them.
        functions: u32,
        /// The type's name, or its number where the driver does not describe it.
        plain: String,
        /// Whether the driver describes it: then it is one for the other MIG mode.
        known: bool,
    },
    /// The GPU is in MIG mode and nothing is cut from it yet.
    NothingCut,
    /// MIG mode is off or not supported, and no vGPU type is in use.
    NotMig(MigMode),
    /// MIG is on, but will be off after the next GPU reset.
    MigEnding,
    /// Nobody else reports the GPU.
    NobodyElse,
    /// Somebody else reports it already.
    ReportedElsewhere {
        /// `Nova` or `Cyborg`.
        by: &'static str,
        /// The name of their provider.
        provider: String,
    },
    /// The configuration says so.
    Policy,
    /// The operator chose the mode.
    Pinned,
    /// Nova's libvirt driver reports functions of the GPU as mediated devices, or will.
    NovaMdev {
        /// What shows it: a provider's name, or a place in the configuration.
        by: String,
    },
    /// Nova's PCI tracker has functions of the GPU.
    NovaPci {
        /// What shows it.
        by: String,
    },
    /// The function can be given a vGPU of the type, and its provider says so.
    Carries {
        /// The type.
        plain: String,
    },
    /// Other functions have all that the GPU can give of the type.
    BeyondBudget {
        /// The type.
        plain: String,
    },
    /// Nova is told to make no mediated devices, so a VGPU allocation brings no device.
    NovaMakesNone,
    /// Nova looks for allocations of other classes than VGPU alone.
    NovaLooksElsewhere {
        /// What it looks for.
        classes: String,
    },
    /// Nova would not find a function that can make what it is told to make.
    NovaCannotMake {
        /// What is wrong with the function.
        why: String,
    },
    /// Nothing is decided about it.
    LeftAlone,
    /// A complete scan does not find the GPU any more.
    Absent,
    /// The GPU is not well.
    Ill {
        /// What is wrong with it.
        what: String,
    },
    /// Some GPU instances of the profile are not well.
    PartlyIll {
        /// Units that exist.
        units: u32,
        /// Units that nothing new is put on.
        ill: u32,
        /// What is wrong with the first of them.
        what: String,
    },
    /// The GPU could not be read.
    Blind {
        /// What happened.
        problem: String,
    },
    /// It is there, but only just: growth waits until the hardware has looked the same for a while.
    Settling {
        /// For how long it has to.
        span: Duration,
    },
    /// It is gone, but only just: reserved, and parked when that has lasted.
    Leaving {
        /// How long it has to.
        span: Duration,
    },
    /// Somebody keeps undoing what is written here.
    Contested {
        /// How often in a row.
        times: u32,
        /// For how long nothing is written.
        pause: Duration,
    },
    /// A provider of ours vanished: perhaps the whole tree is being deleted.
    TreeLeaving,
    /// The root provider was renamed.
    RootRenamed,
    /// A person wants the agent's things gone.
    Purge(PurgeReason),
    /// Somebody else has the name or the UUID.
    Taken {
        /// Who or what.
        by: String,
    },
    /// The name would be longer than Placement allows.
    NameTooLong {
        /// Its length in characters.
        length: usize,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |n: u32| if n == 1 { "" } else { "s" };
        match self {
            Reason::Cut { units, plain } => {
                write!(f, "{units} GPU instance{} {plain} {}", s(*units), exist(*units))
            }
            Reason::Given { units, plain } => write!(f, "it can give {units} vGPU{} {plain}", s(*units)),
            Reason::Shared { units, allowed } => {
                write!(
                    f,
                    "{units} could be there, but other kinds share the room: {allowed} may be allocated"
                )
            }
            Reason::Withheld { units, allowed } => {
                let exist = exist(*units);
                write!(
                    f,
                    "{units} {exist}, but guests of an earlier cut still hold slots: {allowed} may be allocated"
                )
            }
            Reason::OverPromised { used, units } => {
                write!(f, "{used} are allocated, but only {units} {}", exist(*units))
            }
            Reason::NotAttachable => f.write_str("reserved: Nova would not attach it (own.attachable)"),
            Reason::NotCut { used: 0 } => {
                f.write_str("no GPU instance of it exists any more, and nothing is allocated")
            }
            Reason::NotCut { used } => {
                write!(f, "no GPU instance of it exists any more; {used} still allocated")
            }
            Reason::NotGiven { used: 0 } => {
                f.write_str("the GPU gives no vGPU of it any more, and nothing is allocated")
            }
            Reason::NotGiven { used } => {
                write!(f, "the GPU gives no vGPU of it any more; {used} still allocated")
            }
            Reason::NoType { .. } => f.write_str("no vGPU type is chosen for it"),
            Reason::NoFunction { plain } => write!(f, "no PCI function of it can carry a {plain} now"),
            Reason::UnusableType { functions, plain, known } => {
                let why = if *known {
                    "which needs the other MIG mode"
                } else {
                    "which the driver does not describe"
                };
                let have = if *functions == 1 { "has" } else { "have" };
                write!(f, "{functions} PCI function{} {have} vGPU type {plain}, {why}", s(*functions))
            }
            Reason::NothingCut => f.write_str("MIG is on and no GPU instance exists"),
            Reason::NotMig(mode) => write!(f, "MIG is {mode}, and no vGPU type is in use"),
            Reason::MigEnding => f.write_str("MIG mode ends at the next GPU reset: no new guests"),
            Reason::NobodyElse => f.write_str("nobody else reports it"),
            Reason::ReportedElsewhere { by, provider } => write!(f, "{by} reports it as {provider}"),
            Reason::Policy => f.write_str("devices.ignore names it"),
            Reason::Pinned => f.write_str("devices.modes says so"),
            Reason::NovaMdev { by } => write!(f, "Nova's libvirt driver reports it: {by}"),
            Reason::NovaPci { by } => write!(f, "Nova's PCI tracker reports it: {by}"),
            Reason::Carries { plain } => write!(f, "{plain} can be had here"),
            Reason::BeyondBudget { plain } => {
                write!(f, "other functions have all that the GPU can give of {plain}")
            }
            Reason::NovaMakesNone => {
                f.write_str("Nova is told to make no mediated devices, and attaches none")
            }
            Reason::NovaLooksElsewhere { classes } => {
                write!(f, "Nova attaches a device for {classes} alone, not for VGPU")
            }
            Reason::NovaCannotMake { why } => write!(f, "Nova could not make a device on it: {why}"),
            Reason::LeftAlone => f.write_str("left as it is"),
            Reason::Absent => f.write_str("the GPU is not on this host any more"),
            Reason::Ill { what } => write!(f, "the GPU is not well: {what}"),
            Reason::PartlyIll { units, ill, what } => {
                let which = match (units, ill) {
                    (1, _) => "reserved".to_owned(),
                    (units, ill) if units == ill => "all reserved".to_owned(),
                    (_, ill) => format!("{ill} of them reserved"),
                };
                write!(f, "{units} {}, {which} because not well: {what}", exist(*units))
            }
            Reason::Blind { problem } => write!(f, "cannot be seen now: {problem}"),
            Reason::Settling { span } => {
                write!(f, "seen, and offered when it has looked the same for {}", Lapse::new(*span))
            }
            Reason::Leaving { span } => {
                write!(f, "not seen any more: reserved, parked after {}", Lapse::new(*span))
            }
            Reason::Contested { times, pause } => {
                write!(
                    f,
                    "somebody undid it {times} times in a row: nothing is written for {}",
                    Lapse::new(*pause)
                )
            }
            Reason::TreeLeaving => {
                f.write_str("a provider of ours was deleted: nothing is made here for a minute")
            }
            Reason::RootRenamed => f.write_str("the root provider was renamed"),
            Reason::Purge(why) => why.fmt(f),
            Reason::Taken { by } => write!(f, "taken by {by}"),
            Reason::NameTooLong { length } => {
                write!(f, "its name would have {length} characters, Placement allows 200")
            }
        }
    }
}

fn exist(units: u32) -> &'static str {
    if units == 1 { "exists" } else { "exist" }
}
