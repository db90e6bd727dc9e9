//! Each provider: where its identity comes from, how its figures came about, what its traits stand for.

use std::collections::BTreeSet;

use crate::model::{
    Account, Claim, Decision, NovaProviderDecision, ObservedProvider, ObservedTree, Plan, ProviderDecision,
    ProviderUuid, TraitName,
};

use super::{Fact, Known, Provider, Target, TraitLine};

pub(super) fn providers(known: Known<'_>, target: &Target) -> Vec<Provider> {
    let Ok((tree, decision)) = known.placement else { return Vec::new() };
    let ours = decision.providers.iter().filter(|one| match target {
        Target::Gpu(gpu) | Target::Function { gpu, .. } => one.identity.address == *gpu,
        Target::Provider { uuid, .. } => one.uuid == *uuid,
    });
    let novas = decision.nova_providers.iter().filter(|one| match target {
        Target::Gpu(gpu) => one.device == *gpu,
        Target::Function { function, .. } => one.function == *function,
        Target::Provider { uuid, .. } => one.uuid == *uuid,
    });
    let mut all: Vec<Provider> = ours.map(|one| of_ours(tree, decision, one)).collect();
    all.extend(novas.map(|one| of_novas(tree, decision, one)));
    // Nova's for passthrough, which nothing is decided about.
    let others = tree.nova_functions().filter(|(function, _, provider)| {
        let wanted = match target {
            Target::Gpu(gpu) | Target::Function { gpu, .. } => function.same_bus(*gpu),
            Target::Provider { uuid, .. } => provider.uuid == *uuid,
        };
        wanted && !decision.nova_providers.iter().any(|one| one.device.same_bus(*function))
    });
    let others: Vec<&ObservedProvider> = others.map(|(_, _, provider)| provider).collect();
    let reason = decision.devices.get(&target.gpu()).map(|device| device.reason.clone());
    all.extend(others.into_iter().filter_map(|provider| {
        let reason = reason.clone()?;
        let traits = provider.traits.iter().map(|name| TraitLine {
            now: true,
            then: true,
            why: stands_for(name),
            name: name.clone(),
        });
        Some(Provider {
            name: provider.name.clone(),
            uuid: provider.uuid,
            derived: "Nova's, by its name".to_owned(),
            novas: true,
            plain: "passthrough".to_owned(),
            exists: true,
            state: "verify".to_owned(),
            reason,
            fault: None,
            account: Vec::new(),
            from: provider.vgpu().cloned(),
            to: provider.vgpu().cloned(),
            used: provider.vgpu_used().unwrap_or(0),
            traits: traits.collect(),
            writes: Vec::new(),
        })
    }));
    all
}

fn of_ours(tree: &ObservedTree, decision: &Decision, one: &ProviderDecision) -> Provider {
    let existing = tree.providers.get(&one.uuid);
    let part = one.name.split_once(":nvidia:").map_or("", |(_, part)| part);
    Provider {
        name: one.name.clone(),
        uuid: one.uuid,
        derived: format!("UUID version 5 of this agent's namespace and {}:nvidia:{part}", tree.root),
        novas: false,
        plain: one.plain.clone(),
        exists: one.exists,
        state: one.state.to_string(),
        reason: one.reason.clone(),
        fault: None,
        account: account(one),
        from: one.from.clone(),
        to: one.to.clone(),
        used: existing.and_then(ObservedProvider::vgpu_used).unwrap_or(0),
        traits: traits(existing, &one.claims, one.exists),
        writes: writes(&decision.plan, one.uuid),
    }
}

fn of_novas(tree: &ObservedTree, decision: &Decision, one: &NovaProviderDecision) -> Provider {
    let existing = tree.providers.get(&one.uuid);
    let record = existing.and_then(ObservedProvider::vgpu).cloned();
    let mut account = vec![Fact::new("inventory", "Nova's, and never changed here")];
    if one.in_use {
        account.push(Fact::new("in use", "a guest has it, or may have: it keeps what it offers"));
    }
    Provider {
        name: one.name.clone(),
        uuid: one.uuid,
        derived: format!("Nova's, by its name: function {} of {}", one.function, one.device),
        novas: true,
        plain: one.plain.clone().unwrap_or_else(|| "no type that is known".to_owned()),
        exists: true,
        state: "decorate".to_owned(),
        reason: one.reason.clone(),
        fault: one.fault.clone(),
        account,
        from: record.clone(),
        to: record,
        used: existing.and_then(ObservedProvider::vgpu_used).unwrap_or(0),
        traits: traits(existing, &one.claims, true),
        writes: writes(&decision.plan, one.uuid),
    }
}

/// From what exists to what is published.
fn account(one: &ProviderDecision) -> Vec<Fact> {
    let (Some(Account { exist, used, allowed, ill, attachable }), Some(to)) = (&one.account, &one.to) else {
        return Vec::new();
    };
    let mut steps = vec![Fact::new("exist", format!("{exist} {}", one.plain))];
    if used > exist {
        steps.push(Fact::new("total", format!("{} since {used} are allocated, more than exist", to.total)));
    } else {
        steps.push(Fact::new("total", format!("{}, as many as exist; {used} allocated", to.total)));
    }
    let withheld = to.total.saturating_sub(*allowed);
    steps.push(Fact::new(
        "withheld",
        match withheld {
            0 => "0: all of them fit beside everything else on the GPU".to_owned(),
            some => {
                let fit = if *allowed == 1 { "fits" } else { "fit" };
                format!("{some}: beside what guests hold and other kinds have, {allowed} {fit}")
            }
        },
    ));
    steps.push(Fact::new(
        "not well",
        match ill {
            0 => "0".to_owned(),
            some => format!("{some}, in GPU instances that nothing new is put on"),
        },
    ));
    steps.push(Fact::new(
        "attachable",
        if *attachable {
            "yes: nothing is reserved for that"
        } else {
            "no: all are reserved, since Nova would not attach them (own.attachable)"
        },
    ));
    steps.push(Fact::new("reserved", format!("{} of {}", to.reserved, to.total)));
    steps
}

/// What it has, and is to have.
fn traits(existing: Option<&ObservedProvider>, claims: &BTreeSet<TraitName>, exists: bool) -> Vec<TraitLine> {
    let none = BTreeSet::new();
    let now = existing.filter(|_| exists).map_or(&none, |provider| &provider.traits);
    let line = |name: &TraitName| {
        let foreign = Claim::decode(name).is_none();
        let (now, then) = (now.contains(name), foreign || claims.contains(name));
        let why = match (now, then) {
            (true, false) => format!("{}; not true any more, to be taken away", stands_for(name)),
            (false, true) => format!("{}; to be added", stands_for(name)),
            _ => stands_for(name),
        };
        TraitLine { name: name.clone(), why, now, then }
    };
    now.union(claims).map(line).collect()
}

fn stands_for(name: &TraitName) -> String {
    match Claim::decode(name) {
        None => "somebody else's: left as it is".to_owned(),
        Some(Claim::Profile(plain)) => format!("profile {plain}: what its GPU instances are"),
        Some(Claim::VgpuType(plain)) => format!("vGPU type {plain}: what a guest gets"),
        Some(Claim::Hashed(_)) => "a name too long to be spelled out".to_owned(),
        Some(Claim::Board(plain)) => format!("board {plain}: NVML's product name"),
        Some(Claim::Mig) => "GPU instances: isolated by hardware".to_owned(),
        Some(Claim::TimeSliced) => "guests take turns on it".to_owned(),
        Some(Claim::Marker) => "kept by this agent".to_owned(),
    }
}

fn writes(plan: &Plan, uuid: ProviderUuid) -> Vec<String> {
    let steps = plan.groups.iter().flat_map(|group| &group.steps).filter(|step| step.provider == uuid);
    steps.map(|step| step.action.to_string()).collect()
}
