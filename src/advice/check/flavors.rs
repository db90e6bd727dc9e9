//! What a flavor finds here, by the trait that it requires, and whether its guest gets a device.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Claim, Code, Decision, Finding, Inventory, NovaProviderDecision, NovaWay, ObservedProvider, ObservedTree,
    Owner, Reason, TraitName, nova_function,
};
use crate::planner::{Attachable, Policy};

use super::{Line, Seen, Subject, Verdict, asks, counted};

/// What a flavor with `resources:VGPU=1` and one trait finds on this host.
#[derive(Debug, Clone, PartialEq)]
pub struct Flavor {
    /// The trait that it requires; none for a flavor without one, which takes anything.
    pub name: Option<TraitName>,
    /// What the trait stands for.
    pub plain: String,
    /// Units that Placement has with it.
    pub total: u32,
    /// Units of them that could be allocated now.
    pub free: u32,
    /// Units that could be, when the agent has written what is due.
    pub due: u32,
    /// Whether its guest gets a device.
    pub attached: Attached,
}

/// Whether a device is attached for an allocation.
#[derive(Debug, Clone, PartialEq)]
pub enum Attached {
    /// Nova reported it, and would make it.
    ByNova,
    /// Something else does, as the operator says (`own.attachable`), or as there is no Nova here.
    ByOthers,
    /// It boots without.
    Without(String),
    /// It does not start.
    Fails(String),
    /// Nothing is offered, since it would not be.
    Reserved(String),
}

impl Attached {
    /// Whether a guest gets its device.
    pub fn is_yes(&self) -> bool {
        matches!(self, Attached::ByNova | Attached::ByOthers)
    }

    /// The worse, the later: what a flavor that may land on several kinds of providers has to reckon with.
    fn rank(&self) -> u8 {
        match self {
            Attached::Reserved(_) => 0,
            Attached::ByNova => 1,
            Attached::ByOthers => 2,
            Attached::Fails(_) => 3,
            Attached::Without(_) => 4,
        }
    }
}

/// One provider with VGPU.
struct Source<'a> {
    provider: &'a ObservedProvider,
    now: &'a BTreeSet<TraitName>,
    then: BTreeSet<TraitName>,
    total: u32,
    free: u32,
    due: u32,
    attached: Attached,
}

/// The rows, most specific first: profiles and types by name, then a flavor without a trait.
pub(super) fn flavors(seen: &Seen<'_>) -> Vec<Flavor> {
    let Some((tree, decision)) = seen.decided() else { return Vec::new() };
    let sources = sources(seen, tree, decision);
    let offers = |names: &BTreeSet<TraitName>| -> Vec<(TraitName, String)> {
        let named = names.iter().filter_map(|name| Some((name.clone(), Claim::decode(name)?)));
        named
            .filter(|(_, claim)| claim.is_offer())
            .map(|(name, claim)| (name, claim.plain().to_owned()))
            .collect()
    };
    let mut names: BTreeMap<TraitName, String> = BTreeMap::new();
    for source in &sources {
        names.extend(offers(source.now).into_iter().chain(offers(&source.then)));
    }
    let mut rows: Vec<Flavor> = names
        .into_iter()
        .map(|(name, plain)| {
            let now = |source: &Source<'_>| source.now.contains(&name);
            let then = |source: &Source<'_>| source.then.contains(&name);
            row(&sources, Some(name.clone()), plain, now, then)
        })
        .collect();
    if sources.iter().any(|source| source.total > 0) {
        rows.push(row(&sources, None, "any".to_owned(), |_| true, |_| true));
    }
    rows
}

fn row(
    sources: &[Source<'_>],
    name: Option<TraitName>,
    plain: String,
    now: impl Fn(&Source<'_>) -> bool,
    then: impl Fn(&Source<'_>) -> bool,
) -> Flavor {
    let sum = |figures: &mut dyn Iterator<Item = u32>| figures.fold(0, u32::saturating_add);
    let here: Vec<&Source<'_>> = sources.iter().filter(|source| now(source)).collect();
    let concerned: Vec<&Source<'_>> = sources.iter().filter(|one| now(one) || then(one)).collect();
    // Where something is free counts; where nothing is, what would be.
    let open = concerned.iter().filter(|one| one.free > 0);
    let worst = open.max_by_key(|one| one.attached.rank());
    let worst = worst.or_else(|| concerned.iter().max_by_key(|one| one.attached.rank()));
    Flavor {
        name,
        plain,
        total: sum(&mut here.iter().map(|one| one.total)),
        free: sum(&mut here.iter().map(|one| one.free)),
        due: sum(&mut sources.iter().filter(|one| then(one)).map(|one| one.due)),
        attached: worst.map_or(Attached::Reserved(String::new()), |one| one.attached.clone()),
    }
}

fn free(inventory: Option<&Inventory>, used: u32) -> u32 {
    inventory.map_or(0, Inventory::offered).saturating_sub(used)
}

fn sources<'a>(seen: &Seen<'_>, tree: &'a ObservedTree, decision: &Decision) -> Vec<Source<'a>> {
    static NONE: BTreeSet<TraitName> = BTreeSet::new();
    let mut sources = Vec::new();
    for provider in tree.providers.values().filter(|one| one.uuid != tree.root.provider()) {
        let used = provider.vgpu_used().unwrap_or(0);
        let ours = decision.providers.iter().find(|one| one.uuid == provider.uuid);
        let novas = decision.nova_providers.iter().find(|one| one.uuid == provider.uuid);
        let Some(vgpu) = provider.vgpu().or(ours.and_then(|one| one.to.as_ref())) else { continue };
        let free_now = free(provider.vgpu(), used);
        let due = ours.map_or(free_now, |one| free(one.to.as_ref(), used));
        let then = match (ours, novas) {
            (Some(one), _) => one.claims.clone(),
            (_, Some(one)) => one.claims.clone(),
            _ => provider.traits.clone(),
        };
        let attached = now(attached(seen, tree, provider, novas), free_now);
        let total = provider.vgpu().map_or(0, |_| vgpu.total);
        sources.push(Source { provider, now: &provider.traits, then, total, free: free_now, due, attached });
    }
    // What is to be made.
    let root = tree.providers.get(&tree.root.provider());
    for one in decision.providers.iter().filter(|one| !one.exists && one.to.is_some()) {
        let Some(root) = root else { continue };
        let attached = ours(seen.policy, tree.is_compute_node());
        let (then, due) = (one.claims.clone(), free(one.to.as_ref(), 0));
        sources.push(Source { provider: root, now: &NONE, then, total: 0, free: 0, due, attached });
    }
    sources
}

/// What is not to be offered, and is offered still: a guest lands there now.
fn now(attached: Attached, free: u32) -> Attached {
    match attached {
        Attached::Reserved(_) if free > 0 => Attached::Without(
            "Nova attaches nothing that this agent owns, and it is not reserved yet".to_owned(),
        ),
        other => other,
    }
}

/// What this agent owns.
fn ours(policy: &Policy, compute_node: bool) -> Attached {
    if policy.attachable.permits(compute_node) {
        Attached::ByOthers
    } else {
        let why = match policy.attachable {
            Attachable::No => "own.attachable is \"no\"",
            Attachable::Auto | Attachable::Yes => "Nova attaches nothing that this agent owns",
        };
        Attached::Reserved(format!("reserved: {why}"))
    }
}

fn attached(
    seen: &Seen<'_>,
    tree: &ObservedTree,
    provider: &ObservedProvider,
    novas: Option<&NovaProviderDecision>,
) -> Attached {
    match (tree.owner(provider), novas) {
        (Owner::Agent(_), _) => ours(seen.policy, tree.is_compute_node()),
        (_, Some(one)) => match &one.fault {
            None => Attached::ByNova,
            Some(fault @ Reason::NovaCannotMake { .. }) => Attached::Fails(fault.to_string()),
            Some(fault) => Attached::Without(fault.to_string()),
        },
        _ if !tree.is_compute_node() => Attached::ByOthers,
        _ => stranger(seen, tree, provider),
    }
}

/// A provider with VGPU that is neither ours nor one of Nova's for mediated devices.
fn stranger(seen: &Seen<'_>, tree: &ObservedTree, provider: &ObservedProvider) -> Attached {
    let name = &provider.name;
    if let Some((_, NovaWay::Pci)) = nova_function(tree.root_name(), name) {
        return Attached::Without(format!(
            "{name} is for passthrough, and a VGPU flavor asks for no PCI device"
        ));
    }
    let types = &seen.nova.mdev_types;
    if types.iter().any(|setting| setting.class == "VGPU") {
        Attached::Fails(format!("{name} is not one that Nova made, so it finds no device for it"))
    } else {
        Attached::Without(format!("{name} is not one that Nova made, and Nova is told to make none"))
    }
}

pub(super) fn subject(seen: &Seen<'_>, flavors: &[Flavor], verdict: &Verdict) -> Subject {
    let mut lines = Vec::new();
    if let Some((tree, decision)) = seen.decided() {
        let sources = sources(seen, tree, decision);
        if tree.is_compute_node() {
            lines.extend(dangers(&sources));
            lines.extend(word(seen, flavors, tree));
        }
        if !verdict.lands && !verdict.full {
            let finding = Finding::new(Code::NoFlavorLands, tree.root_name(), &verdict.why, verdict.remedy());
            lines.push(Line::found("flavors", finding));
        }
    }
    Subject::new("Flavors", lines)
}

fn word(seen: &Seen<'_>, flavors: &[Flavor], tree: &ObservedTree) -> Option<Line> {
    let by_word = |flavor: &&Flavor| flavor.attached == Attached::ByOthers && flavor.total > 0;
    let shown = flavors.iter().filter(by_word).find_map(|flavor| flavor.name.as_ref())?;
    let finding = Finding::new(
        Code::AttachedOnWord,
        tree.root_name(),
        format!(
            "own.attachable is {:?}: a flavor with {} finds what Nova's libvirt driver would not attach",
            format!("{:?}", seen.policy.attachable).to_lowercase(),
            asks(shown)
        ),
        "nothing, if something else attaches it; otherwise take own.attachable out, or guests boot without a GPU",
    );
    Some(Line::found("flavors", finding))
}

/// Where a guest would end without its GPU.
fn dangers(sources: &[Source<'_>]) -> Vec<Line> {
    let open: Vec<&Source<'_>> = sources.iter().filter(|source| source.free > 0).collect();
    let mut lines = Vec::new();
    let mut say = |code, happens: &str, why: &dyn Fn(&Attached) -> Option<String>| {
        let mut by_reason: BTreeMap<String, Vec<&Source<'_>>> = BTreeMap::new();
        for source in &open {
            if let Some(reason) = why(&source.attached) {
                by_reason.entry(reason).or_default().push(source);
            }
        }
        for (reason, which) in by_reason {
            let units: u32 = which.iter().map(|source| source.free).sum();
            let Some(first) = which.first() else { continue };
            let subject = first.provider.name.as_str();
            let others = which.len().saturating_sub(1);
            let more = if others == 0 {
                String::new()
            } else {
                format!(", on {} more", counted(others, "provider"))
            };
            let seen = format!(
                "a flavor with resources:VGPU=1 finds {units} VGPU here{more}, and {happens}: {reason}"
            );
            let remedy = format!(
                "keep guests away at once: `openstack compute service set --disable <host> nova-compute`, or, where the \
                 provider is not Nova's own, `openstack resource provider inventory set {} --amend --resource \
                 VGPU:reserved={}`; then remove the cause",
                first.provider.uuid, first.total
            );
            lines.push(Line::found("flavors", Finding::new(code, subject, seen, remedy)));
        }
    };
    say(Code::BootsWithoutGpu, "its guest boots without a GPU, silently", &|attached| match attached {
        Attached::Without(why) => Some(why.clone()),
        _ => None,
    });
    say(Code::GuestFails, "its guest does not start", &|attached| match attached {
        Attached::Fails(why) => Some(why.clone()),
        _ => None,
    });
    lines
}
