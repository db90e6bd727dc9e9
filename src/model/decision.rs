//! What was decided, with a reason each. Rendered alike by `plan`, `tree`, logs and pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Finding, Identity, Inventory, Moment, PciAddress, Plan, ProviderUuid, Reason, TraitName};

/// The outcome of one decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Every GPU seen or remembered by a provider of ours.
    pub devices: BTreeMap<PciAddress, DeviceDecision>,
    /// Every provider of ours, existing or to be.
    pub providers: Vec<ProviderDecision>,
    /// Every provider of Nova's for mediated devices, and what it is to carry.
    pub nova_providers: Vec<NovaProviderDecision>,
    /// What an operator should know.
    pub findings: Vec<Finding>,
    /// What is to be written.
    pub plan: Plan,
    /// When time alone may lead to another decision: something settles, or a pause ends.
    pub next: Option<Moment>,
}

/// What is reported of one GPU, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceDecision {
    /// Who reports it.
    pub mode: Mode,
    /// Why.
    pub reason: Reason,
    /// What it has to offer.
    pub offers: Vec<Offer>,
}

/// Who reports a GPU, and so what this agent may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Nobody else reports it: provider, traits and inventory are ours.
    Own,
    /// Nova's libvirt driver reports it: Nova's providers get the traits that the hardware justifies.
    Decorate,
    /// Nova's PCI tracker reports it, traits too: nothing is written, differences are findings.
    Verify,
    /// Nothing new is written; what is left of ours is drained and parked.
    Ignore,
    /// It cannot be read now: everything stays as it is.
    Hold,
    /// It has not been readable, or not there, for several scans: everything is reserved until it is.
    Reserve,
    /// It is not there any more: what is left of ours is drained and parked.
    Gone,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Mode::Own => "own",
            Mode::Decorate => "decorate",
            Mode::Verify => "verify",
            Mode::Ignore => "ignore",
            Mode::Hold => "hold",
            Mode::Reserve => "reserve",
            Mode::Gone => "gone",
        })
    }
}

/// One kind of capacity of one GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What it is.
    pub identity: Identity,
    /// Its plain name: `1g.5gb`.
    pub plain: String,
    /// How many of it exist.
    pub units: u32,
    /// The claims that the hardware justifies.
    pub claims: BTreeSet<TraitName>,
}

/// What becomes of one provider of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderDecision {
    /// Its UUID.
    pub uuid: ProviderUuid,
    /// Its name (to be), even where Placement would not allow it.
    pub name: String,
    /// What it stands for.
    pub identity: Identity,
    /// Its plain name: `1g.5gb`; the id where no name is known any more.
    pub plain: String,
    /// Whether Placement has it already.
    pub exists: bool,
    /// What it is to do.
    pub state: ProviderState,
    /// Why.
    pub reason: Reason,
    /// Its VGPU record now.
    pub from: Option<Inventory>,
    /// Its VGPU record to be.
    pub to: Option<Inventory>,
    /// Allocated units, where that had to be read.
    pub used: Option<u32>,
    /// How many of the plan's steps are about it.
    pub writes: usize,
}

/// What becomes of one provider of Nova's.
#[derive(Debug, Clone, PartialEq)]
pub struct NovaProviderDecision {
    /// Its UUID; another one whenever Nova makes it anew.
    pub uuid: ProviderUuid,
    /// Its name.
    pub name: String,
    /// The GPU.
    pub device: PciAddress,
    /// The function of it that the provider stands for.
    pub function: PciAddress,
    /// The vGPU type that Nova makes there, by name, where that is known.
    pub plain: Option<String>,
    /// Whether a guest has it, or may have.
    pub in_use: bool,
    /// The claims in our grammar that it is to carry.
    pub claims: BTreeSet<TraitName>,
    /// Why.
    pub reason: Reason,
    /// How many of the plan's steps are about it.
    pub writes: usize,
}

/// The lifecycle of a provider of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderState {
    /// Its inventory follows the hardware.
    Serve,
    /// Everything reserved; guests on it stay.
    Drain,
    /// Everything reserved, until the hardware can be read again or its absence has settled.
    Reserve,
    /// No inventory and no claims; kept, because nova-compute fails on a provider that vanishes.
    Park,
    /// Deleted, by a person's `purge` alone.
    Delete,
    /// Left exactly as it is: the hardware could not be read, or it is too early.
    Hold,
    /// It cannot be made.
    Blocked,
}

impl fmt::Display for ProviderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            ProviderState::Serve => "serve",
            ProviderState::Drain => "drain",
            ProviderState::Reserve => "reserve",
            ProviderState::Park => "park",
            ProviderState::Delete => "delete",
            ProviderState::Hold => "hold",
            ProviderState::Blocked => "blocked",
        })
    }
}
