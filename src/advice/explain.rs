//! The chain from what the hardware is to what Placement holds, of one GPU, function or provider, with the reason of
//! every decision on the way. Reasons are those that the planner made; nothing is decided here.

mod facts;
mod find;
mod more;
mod providers;

use crate::model::{
    Decision, DeviceDecision, Finding, HostSnapshot, Inventory, Mode, NovaView, ObservedTree, Offer,
    PciAddress, ProviderUuid, Reason, TraitName,
};
use crate::planner::{self, Policy};

pub use find::{NothingThere, Target};

/// What there is to explain with.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The scan, or why there is none.
    pub hardware: Result<&'a HostSnapshot, &'a Finding>,
    /// What Nova is told.
    pub nova: &'a NovaView,
    /// What the operator wants.
    pub policy: &'a Policy,
    /// The whole tree with what was decided, or why it was not read.
    pub placement: Result<(&'a ObservedTree, &'a Decision), &'a Finding>,
}

impl<'a> Known<'a> {
    fn host(&self) -> Option<&'a HostSnapshot> {
        self.hardware.ok()
    }
}

/// The whole chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What it is about.
    pub target: Target,
    /// The root provider, where Placement was asked.
    pub root: Option<(ProviderUuid, String)>,
    /// What the hardware shows.
    pub hardware: Vec<Fact>,
    /// What Nova's configuration says of it.
    pub nova: Vec<Fact>,
    /// Who reports it.
    pub mode: Mode,
    /// Why.
    pub reason: Reason,
    /// What it could give, where it is this agent's to say.
    pub offers: Vec<Offer>,
    /// What becomes of each provider.
    pub providers: Vec<Provider>,
    /// What would have to change for more to be offered.
    pub more: Vec<String>,
    /// What the planner finds about it, and what kept the rest from being known.
    pub findings: Vec<Finding>,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What.
    pub what: &'static str,
    /// How it is.
    pub text: String,
}

impl Fact {
    fn new(what: &'static str, text: impl ToString) -> Fact {
        Fact { what, text: text.to_string() }
    }
}

/// One provider of the GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Its UUID.
    pub uuid: ProviderUuid,
    /// Where both come from.
    pub derived: String,
    /// Whether it is Nova's.
    pub novas: bool,
    /// What it stands for.
    pub plain: String,
    /// Whether Placement has it.
    pub exists: bool,
    /// `serve`, `drain`, …; of Nova's, what is decorated.
    pub state: String,
    /// Why.
    pub reason: Reason,
    /// Why Nova would attach nothing to a guest of it.
    pub fault: Option<Reason>,
    /// How its figures came about, step by step.
    pub account: Vec<Fact>,
    /// Its VGPU record now.
    pub from: Option<Inventory>,
    /// Its VGPU record to be; Nova's is nobody else's to change.
    pub to: Option<Inventory>,
    /// Units allocated.
    pub used: u32,
    /// Its traits, now and to be.
    pub traits: Vec<TraitLine>,
    /// What would be written.
    pub writes: Vec<String>,
}

/// One trait of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraitLine {
    /// The trait.
    pub name: TraitName,
    /// What it stands for, and why it is or is to be there.
    pub why: String,
    /// Whether Placement has it on the provider.
    pub now: bool,
    /// Whether it is to be there.
    pub then: bool,
}

/// Explains what that name stands for: a PCI address, a GPU's UUID, a provider's UUID or name.
///
/// # Errors
/// Nothing has that name; the error has what there is.
pub fn explain(known: Known<'_>, name: &str) -> Result<Explanation, NothingThere> {
    let target = find::find(known, name)?;
    let address = target.gpu();
    let device = decided(known, address);
    let gpu = known.host().and_then(|host| host.gpus.get(&address));
    let root = known.placement.ok().map(|(tree, _)| (tree.root.provider(), tree.root_name().to_owned()));
    let providers = providers::providers(known, &target);
    let more = more::more(&device, &providers, gpu);
    Ok(Explanation {
        root,
        hardware: facts::hardware(known, &target),
        nova: facts::nova(known, &target),
        mode: device.mode,
        reason: device.reason,
        offers: device.offers,
        providers,
        more,
        findings: findings(known, address),
        target,
    })
}

/// What was decided of the GPU; without Placement, what hardware and configuration alone lead to.
fn decided(known: Known<'_>, address: PciAddress) -> DeviceDecision {
    let from_placement =
        known.placement.ok().and_then(|(_, decision)| decision.devices.get(&address).cloned());
    let alone = || {
        let host = known.host()?;
        planner::prospects(host, known.nova, known.policy).remove(&address)
    };
    from_placement.or_else(alone).unwrap_or_else(|| {
        let problem = match known.hardware {
            Ok(_) => "no GPU of this host sits there".to_owned(),
            Err(finding) => finding.seen.clone(),
        };
        DeviceDecision { mode: Mode::Hold, reason: Reason::Blind { problem }, offers: Vec::new() }
    })
}

fn findings(known: Known<'_>, address: PciAddress) -> Vec<Finding> {
    let mut all: Vec<Finding> = known.hardware.err().cloned().into_iter().collect();
    all.extend(known.placement.err().cloned());
    let about = |finding: &Finding| {
        let names = |one: &str| one.parse::<PciAddress>().is_ok_and(|at| at.same_bus(address));
        names(finding.subject.split(' ').next().unwrap_or_default())
            || find::of_name(&finding.subject).is_some_and(|(gpu, _)| gpu.same_bus(address))
    };
    let planned = match known.placement {
        Ok((_, decision)) => decision.findings.clone(),
        Err(_) => known.host().map(|host| planner::hardware_findings(host, known.policy)).unwrap_or_default(),
    };
    all.extend(planned.into_iter().filter(about));
    all
}
