//! What Nova is to be told so that it reports this host's vGPUs as the hardware can give them.
//!
//! One function for each vGPU: Nova offers one on every function that it is told of, whatever the GPU holds, and
//! `max_instances` bounds the whole host, not each GPU. So the functions that are named are what bounds each GPU.

mod choose;
mod functions;
mod said;

use std::collections::{BTreeMap, BTreeSet};

use super::names::{plain_of, slug};
use crate::model::{
    Claim, Finding, Gpu, HostSnapshot, Mode, NovaView, PciAddress, PciDeviceId, ResourceClass, TraitName,
    VgpuInterface, VgpuType, VgpuTypeId, marker,
};
use crate::planner::{ModeRule, Policy, VgpuRule, hardware_findings, room, vgpu_claims};

pub use choose::By;
pub(super) use said::is_lack;

use choose::Choice;
use said::Left;

/// What Nova is to be told of this host's GPUs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NovaConfig {
    /// What each GPU gives, by address.
    pub parts: Vec<Part>,
    /// GPUs that are not in it, and why.
    pub left: BTreeMap<PciAddress, String>,
    /// What an operator should know.
    pub findings: Vec<Finding>,
}

/// vGPUs of one type on one GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The GPU.
    pub gpu: PciAddress,
    /// Its product name.
    pub product: String,
    /// Its model.
    pub board: PciDeviceId,
    /// The type's number.
    pub vgpu_type: VgpuTypeId,
    /// The type's name.
    pub plain: String,
    /// Who chose the type.
    pub by: By,
    /// How many there can be at once.
    pub units: u32,
    /// The functions that they are made on: one each, or the physical function for all of them.
    pub functions: Vec<PciAddress>,
    /// Those of them that have not been given the type; none with mediated devices, which need not be.
    pub untyped: Vec<PciAddress>,
    /// By which way Nova hands them out.
    pub way: Way,
    /// What Nova reports them as.
    pub class: ResourceClass,
    /// The traits that Nova's providers of it are to have. With mediated devices the agent adds them.
    pub traits: BTreeSet<TraitName>,
}

/// By which way Nova hands vGPUs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Mediated devices: `[devices]enabled_mdev_types`.
    Mediated,
    /// Virtual functions, passed through: `[pci]device_spec`.
    Passed,
}

/// A name for flavors, of what `[pci]device_spec` reports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alias {
    /// What flavors call it.
    pub name: String,
    /// The board: Nova asks for ids as long as `[filter_scheduler]pci_in_placement` is off.
    pub board: PciDeviceId,
    /// The class of its devices.
    pub class: ResourceClass,
    /// The trait of its devices.
    pub required: TraitName,
}

impl NovaConfig {
    /// For a host as it is. `typed` are rules that count more than anything else.
    pub fn of(snapshot: &HostSnapshot, nova: &NovaView, policy: &Policy, typed: &[VgpuRule]) -> Self {
        let mut config = NovaConfig::default();
        for gpu in snapshot.gpus.values() {
            config.add(gpu, nova, policy, typed);
        }
        config.findings.extend(said::unused(typed, snapshot));
        // What a GPU lacks is said above, with what is to be typed here.
        let lacks = |finding: &Finding| is_lack(finding.code);
        let told = hardware_findings(snapshot, policy);
        config.findings.extend(told.into_iter().filter(|finding| !lacks(finding)));
        config
    }

    /// The types of mediated devices, each with what gives it.
    pub fn mediated(&self) -> BTreeMap<VgpuTypeId, Vec<&Part>> {
        let mut types: BTreeMap<VgpuTypeId, Vec<&Part>> = BTreeMap::new();
        for part in self.parts.iter().filter(|part| part.way == Way::Mediated) {
            types.entry(part.vgpu_type).or_default().push(part);
        }
        types
    }

    /// The GPUs whose functions are passed through.
    pub fn passed(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.way == Way::Passed)
    }

    /// A name for each kind of function that is passed through.
    pub fn aliases(&self) -> BTreeSet<Alias> {
        let boards = |wanted: &Part| {
            let same = self.passed().filter(|part| part.class == wanted.class && part.plain == wanted.plain);
            same.map(|part| part.board).collect::<BTreeSet<_>>().len()
        };
        let alias = |part: &Part| Alias {
            name: alias_name(&part.plain, (boards(part) > 1).then_some(part.board)),
            board: part.board,
            class: part.class.clone(),
            required: Claim::trait_of_name(&part.plain),
        };
        self.passed().map(alias).collect()
    }

    fn add(&mut self, gpu: &Gpu, nova: &NovaView, policy: &Policy, typed: &[VgpuRule]) {
        if let Some(left) = left_alone(gpu, policy) {
            self.left.insert(gpu.address, left.to_string());
            return;
        }
        let Some(way) = way(gpu) else {
            let left = Left::without_functions(gpu);
            self.findings.extend(left.finding(gpu));
            self.left.insert(gpu.address, left.to_string());
            return;
        };
        let choice = Choice::of(gpu, nova, policy, typed, way);
        self.findings.extend(choice.asked.iter().map(|asked| asked.finding(gpu)));
        if choice.types.is_empty() {
            let left = choice.asked.first().map_or(Left::NothingCut, |asked| Left::Undecided(asked.what()));
            self.findings.extend(left.finding(gpu));
            self.left.insert(gpu.address, left.to_string());
        }
        let mut free = functions::Functions::of(gpu);
        for (one, by) in &choice.types {
            let part = part(gpu, nova, one, *by, way, &mut free);
            self.findings.extend(said::of_part(gpu, &part, room(gpu, one)));
            if part.functions.is_empty() {
                self.left
                    .entry(gpu.address)
                    .or_insert_with(|| format!("no function of it can carry a {}", part.plain));
            } else {
                self.parts.push(part);
            }
        }
    }
}

fn part(
    gpu: &Gpu,
    nova: &NovaView,
    one: &VgpuType,
    by: By,
    way: Way,
    free: &mut functions::Functions<'_>,
) -> Part {
    let most = room(gpu, one);
    let (functions, units) = free.take(one.id, way, by, most);
    let untyped = match way {
        Way::Mediated => Vec::new(),
        Way::Passed => {
            let has = |at: &PciAddress| gpu.functions.get(at).and_then(|function| gpu.type_of(function));
            functions.iter().filter(|at| has(at) != Some(one.id)).copied().collect()
        }
    };
    let (class, more) = match way {
        Way::Mediated => (mediated_class(nova, one.id), Vec::new()),
        Way::Passed => passed_class(gpu, nova, one, &functions),
    };
    let mut traits = vgpu_claims(gpu, one);
    // Of a provider that Nova keeps alone the agent does not say that it keeps it.
    traits.remove(&marker());
    traits.extend(more.into_iter().filter(|name| Claim::decode(name).is_none()));
    Part {
        gpu: gpu.address,
        product: gpu.product.clone(),
        board: gpu.board,
        vgpu_type: one.id,
        plain: one.name.clone(),
        by,
        units,
        functions,
        untyped,
        way,
        class,
        traits,
    }
}

/// What the operator calls them now, as long as that works.
fn mediated_class(nova: &NovaView, id: VgpuTypeId) -> ResourceClass {
    let setting = nova.mdev_types.iter().find(|setting| setting.vgpu_type() == Some(id));
    setting.and_then(|setting| setting.class.parse().ok()).unwrap_or_else(ResourceClass::vgpu)
}

/// The class that Nova reports functions as now, with the traits; a class of their own, where it is `VGPU`: a
/// flavor with `resources:VGPU` would take one in Placement and boot without it.
fn passed_class(
    gpu: &Gpu,
    nova: &NovaView,
    one: &VgpuType,
    functions: &[PciAddress],
) -> (ResourceClass, Vec<TraitName>) {
    let specs = functions.iter().filter_map(|at| nova.device_spec_of(*at, Some(gpu.address), gpu.board));
    let mut specs = specs.peekable();
    let class = specs.peek().and_then(|spec| spec.class.as_deref()?.to_ascii_uppercase().parse().ok());
    let own = || format!("{}", Claim::trait_of_name(&one.name)).parse().ok();
    let class = class.filter(|class: &ResourceClass| class.as_str().starts_with("CUSTOM_")).or_else(own);
    let traits =
        specs.flat_map(|spec| &spec.traits).filter_map(|name| name.to_ascii_uppercase().parse().ok());
    (class.unwrap_or_else(ResourceClass::vgpu), traits.collect())
}

/// The name of an alias that is not there yet.
pub(super) fn alias_name(plain: &str, board: Option<PciDeviceId>) -> String {
    let name = slug(&plain_of(plain));
    board.map_or_else(|| name.clone(), |board| format!("{name}-{board}"))
}

fn left_alone(gpu: &Gpu, policy: &Policy) -> Option<Left> {
    if policy.ignore.contains(&gpu.address) {
        return Some(Left::Ignored("devices.ignore names it"));
    }
    match ModeRule::choose(&policy.modes, gpu.address) {
        Some(Mode::Own) => Some(Left::Ignored("devices.modes gives it to this agent")),
        Some(Mode::Ignore) => Some(Left::Ignored("devices.modes says that nobody is to report it")),
        _ => gpu.blinded_by().map(|problem| Left::Blind(problem.to_string())),
    }
}

/// What its functions hand vGPUs out by. None do before they are enabled.
fn way(gpu: &Gpu) -> Option<Way> {
    let functions = gpu.functions.values().map(|function| &function.interface);
    functions.chain([&gpu.interface]).find_map(|interface| match interface {
        VgpuInterface::Mdev { .. } => Some(Way::Mediated),
        VgpuInterface::Vendor { .. } => Some(Way::Passed),
        VgpuInterface::None => None,
    })
}

#[cfg(test)]
mod tests;
