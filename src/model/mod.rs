//! Values that every room speaks in: identifiers, what the hardware is, what Placement holds, what was
//! decided and what was done. No behaviour beyond parsing, printing and comparing.
//!
//! Nothing here does IO, reads a clock or draws a random number. Collections are B-trees, so that two
//! equal hosts are equal values.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod cycle;
mod decision;
mod finding;
mod guest;
mod hardware_ids;
mod identity;
mod kind;
mod moment;
mod parse;
mod placement_ids;
mod plan;
mod snapshot;
mod status;
mod trait_grammar;
mod tree;

pub use cycle::{Cycle, Round, StepOutcome, StepRecord};
pub use decision::{Decision, DeviceDecision, Mode, Offer, ProviderDecision, ProviderState, Reason};
pub use finding::{Code, Finding, Severity};
pub use guest::{Guest, GuestServer, Guests};
pub use hardware_ids::{GpuInstanceId, PciAddress, PciDeviceId, ProfileId, Slots, VgpuTypeId};
pub use identity::{Identity, NAME_LIMIT, NameTooLong};
pub use kind::Kind;
pub use moment::Moment;
pub use parse::ParseError;
pub use placement_ids::{Generation, ProviderName, ProviderUuid, ResourceClass, RootUuid, TraitName};
pub use plan::{Action, Group, Plan, Step};
pub use snapshot::{
    DeviceProblem, Gpu, GpuInstance, GpuInstanceProfile, HostProblem, HostSnapshot, MigMode, MigState,
    SlicePlacement,
};
pub use status::{Status, Wake};
pub use trait_grammar::{Claim, marker};
pub use tree::{AllocationRatio, Inventory, ObservedProvider, ObservedTree, Owner};

#[cfg(test)]
mod tests;
