//! What an audit of the guests found: of each what Placement gave it, what libvirt attached, and what the GPU runs.

use std::fmt;

use uuid::Uuid;

use super::{Finding, Kind, MediatedDevice, PciAddress, ProviderUuid, VgpuTypeId};

/// The consumers of a host's GPU providers, each with the units that it holds there.
pub type Holders = std::collections::BTreeMap<ProviderUuid, std::collections::BTreeMap<Uuid, u32>>;

/// All guests that have to do with a GPU of the host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// Guests, and consumers that are none.
    pub guests: Vec<AuditedGuest>,
    /// Mediated devices that no domain is given.
    pub unused: Vec<MediatedDevice>,
    /// What an operator should know.
    pub findings: Vec<Finding>,
}

/// One guest, or one consumer of an allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedGuest {
    /// The UUID that server, domain and consumer share.
    pub id: Uuid,
    /// Its name, as the domain or Nova has it.
    pub name: Option<String>,
    /// Its status, where Nova tells it.
    pub status: Option<String>,
    /// What libvirt has of it.
    pub domain: DomainState,
    /// What Placement has allocated to it.
    pub allocated: Vec<Allocated>,
    /// What its domain is given.
    pub attached: Vec<GpuPart>,
    /// What the GPUs run for it.
    pub runs: Vec<GpuPart>,
    /// Whether these go together.
    pub verdict: Verdict,
}

/// What libvirt has of a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainState {
    /// It runs.
    Running,
    /// It is defined, and does not run.
    Stopped,
    /// Nothing.
    Absent,
    /// libvirt's files could not be read.
    Unknown,
}

impl fmt::Display for DomainState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            DomainState::Running => "running",
            DomainState::Stopped => "stopped",
            DomainState::Absent => "absent",
            DomainState::Unknown => "unknown",
        })
    }
}

/// Units of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocated {
    /// The provider.
    pub provider: String,
    /// Units.
    pub units: u32,
    /// The GPU that it stands for.
    pub gpu: PciAddress,
    /// The PCI function, where the provider stands for one alone.
    pub function: Option<PciAddress>,
    /// What it counts, for a provider of this agent.
    pub kind: Option<Kind>,
    /// The same for people, where its traits tell it.
    pub plain: Option<String>,
}

/// A part of a GPU that a guest is given, or that runs for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuPart {
    /// The mediated device, the PCI function, or NVML's vGPU.
    pub device: String,
    /// The GPU; none for a device that is not there.
    pub gpu: Option<PciAddress>,
    /// The PCI function, where it is known.
    pub function: Option<PciAddress>,
    /// The vGPU type, where it has one.
    pub vgpu_type: Option<VgpuTypeId>,
    /// The same for people.
    pub plain: Option<String>,
}

/// Whether what a guest was allocated, given and runs goes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It does.
    Good,
    /// It does not run, and keeps its allocation, as it should.
    Stopped,
    /// It is on its way: being built, or moved.
    Moving,
    /// It runs, has an allocation, and no GPU, or fewer than it should have.
    WithoutGpu,
    /// It has another GPU, function, or type than was allocated.
    AnotherGpu,
    /// It is given a vGPU, and the GPU runs none for it.
    NotRun,
    /// It uses a GPU without an allocation.
    Unallocated,
    /// It uses a GPU that nobody reports to Placement.
    Unreported,
    /// Nothing of it is on this host, and its allocation is.
    NoDomain,
    /// Nova has it on another host.
    Elsewhere,
    /// Nova does not know it any more.
    Leaked,
    /// Not all was told that a verdict needs.
    Unclear,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Good => "good",
            Verdict::Stopped => "stopped",
            Verdict::Moving => "moving",
            Verdict::WithoutGpu => "without-gpu",
            Verdict::AnotherGpu => "another-gpu",
            Verdict::NotRun => "not-run",
            Verdict::Unallocated => "unallocated",
            Verdict::Unreported => "unreported",
            Verdict::NoDomain => "no-domain",
            Verdict::Elsewhere => "elsewhere",
            Verdict::Leaked => "leaked",
            Verdict::Unclear => "unclear",
        })
    }
}
