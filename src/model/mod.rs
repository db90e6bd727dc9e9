//! Values that every room speaks in: identifiers, what the hardware is, what Placement holds, what was
//! decided and what was done. No behaviour beyond parsing, printing and comparing.
//!
//! Nothing here does IO, reads a clock or draws a random number. Collections are B-trees, so that two
//! equal hosts are equal values.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod account;
mod audit;
mod cycle;
mod decision;
mod domain;
mod figures;
mod finding;
mod flavor;
mod function;
mod guest;
mod hardware_ids;
mod health;
mod identity;
mod kind;
mod lapse;
mod moment;
mod named;
mod nova_name;
mod nova_view;
mod parse;
mod pci_pattern;
mod placement_ids;
mod plan;
mod problem;
mod purge;
mod reason;
mod samples;
mod snapshot;
mod status;
mod trait_grammar;
mod tree;
mod vgpu;

pub use account::{Account, Rule};
pub use audit::{Allocated, Audit, AuditedGuest, DomainState, GpuPart, Holders, Verdict};
pub use cycle::{Cycle, Round, StepOutcome, StepRecord};
pub use decision::{
    Decision, DeviceDecision, Mode, NovaProviderDecision, Offer, ProviderDecision, ProviderState,
};
pub use domain::{Domain, Domains};
pub use figures::{Figures, GpuProcess};
pub use finding::{Code, Finding, Severity};
pub use flavor::Flavor;
pub use function::{HiddenGpu, MdevType, MediatedDevice, Sriov, VgpuInterface, VirtualFunction};
pub use guest::{Consumer, Guest, GuestServer, Guests, Held, NovaTold};
pub use hardware_ids::{
    GpuInstanceId, PciAddress, PciDeviceId, ProfileId, Slots, VgpuInstanceId, VgpuTypeId,
};
pub use health::{Health, PageRetirement, RecoveryAction, RowRemapping, Xid, XidRecord};
pub use identity::{Identity, NAME_LIMIT, NameTooLong};
pub use kind::Kind;
pub use lapse::Lapse;
pub use moment::Moment;
pub use named::Named;
pub use nova_name::{NovaWay, nova_function};
pub use nova_view::{DeviceSpec, MdevSetting, NovaView, PciAlias};
pub use parse::ParseError;
pub use pci_pattern::PciPattern;
pub use placement_ids::{Generation, ProviderName, ProviderUuid, ResourceClass, RootUuid, TraitName};
pub use plan::{Action, Group, Plan, Step};
pub use problem::{DeviceProblem, FileProblem, HostProblem};
pub use purge::PurgeReason;
pub use reason::Reason;
pub use samples::{Activity, GpuSample, InstanceSample, Samples, VgpuSample, VgpuUse};
pub use snapshot::{
    ComputeInstance, Engines, Gpu, GpuInstance, GpuInstanceProfile, HostSnapshot, MigMode, MigState,
    SlicePlacement,
};
pub use status::{CycleNote, Hardware, Outcome, Status, Wake, XidTally};
pub use trait_grammar::{Claim, marker};
pub use tree::{AllocationRatio, Inventory, ObservedProvider, ObservedTree, Owner};
pub use vgpu::{ActiveVgpu, HostVgpuMode, Vgpu, VgpuType};

#[cfg(test)]
mod tests;
