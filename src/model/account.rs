//! How the figures of a provider of ours came about: made where they are counted, shown by `explain`.

use std::fmt;

/// By which rule it was counted how much of one kind a GPU can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// In MIG mode, no vGPU type is chosen for the profile: its GPU instances.
    Instances,
    /// In MIG mode, a vGPU type that lives in GPU instances.
    InInstances {
        /// GPU instances of its profile.
        instances: u32,
        /// How many of it one of them can have.
        each: u32,
        /// How many of it the GPU can have, where the driver tells.
        most: Option<u32>,
        /// Whether functions without a type count for it, since it was named or is made as mediated devices.
        open: bool,
    },
    /// Out of MIG mode, a vGPU type of the whole GPU.
    WholeGpu {
        /// How many of it the GPU can have, where the driver tells.
        most: Option<u32>,
        /// As above.
        open: bool,
    },
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (most, open) = match self {
            Rule::Instances => {
                return f
                    .write_str("MIG is on, and no vGPU type is chosen for the profile: its GPU instances");
            }
            Rule::InInstances { instances, each, most, open } => {
                write!(f, "MIG is on: {instances} × {each} in GPU instances of the type's profile")?;
                (most, open)
            }
            Rule::WholeGpu { most, open } => {
                f.write_str("MIG is off: vGPUs take turns on the whole GPU")?;
                (most, open)
            }
        };
        if let Some(most) = most {
            write!(f, ", at most {most} on the GPU")?;
        }
        f.write_str(if *open {
            ", at most the functions that have the type or could have it"
        } else {
            ", at most the functions that have the type"
        })
    }
}

/// The steps from what exists to what is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Units that the hardware has.
    pub exist: u32,
    /// Units allocated; they count where more is allocated than exists.
    pub used: u32,
    /// Units that may be allocated beside everything else on the GPU.
    pub allowed: u32,
    /// Units in GPU instances that are not well.
    pub ill: u32,
    /// Whether anything attaches what is allocated here.
    pub attachable: bool,
}
