//! What would change, for each provider, and why.

use std::fmt::Write;

use super::counted;
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, NAME, painted};
use crate::model::{
    Decision, HostSnapshot, Inventory, ObservedTree, PciAddress, ProviderDecision, ProviderState,
};

/// The decision, GPU by GPU.
pub fn plan(host: &HostSnapshot, tree: &ObservedTree, decision: &Decision) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}  {}", painted(BOLD, tree.root_name()), painted(DIM, tree.root));
    for (address, device) in &decision.devices {
        let product = host.gpus.get(address).map_or("(not on this host)", |gpu| gpu.product.as_str());
        let why = painted(DIM, &device.reason);
        let _ = writeln!(out, "\n{}  {product}  {}: {why}", painted(BOLD, address), device.mode);
        for provider in of_device(decision, *address) {
            let _ = writeln!(out, "{}", provider_line(provider));
        }
    }
    let _ = writeln!(out, "\n{}", summary(decision));
    out
}

fn of_device(decision: &Decision, address: PciAddress) -> impl Iterator<Item = &ProviderDecision> {
    decision.providers.iter().filter(move |provider| provider.identity.address == address)
}

fn provider_line(provider: &ProviderDecision) -> String {
    let (mark, verb, style) = match (provider.state, provider.writes, provider.exists) {
        (ProviderState::Blocked, ..) => ("!", "blocked", BAD),
        (ProviderState::Hold, ..) => ("=", "hold", DIM),
        (_, 0, _) => ("=", "unchanged", DIM),
        (_, _, false) => ("+", "create", GOOD),
        (ProviderState::Drain, ..) => ("-", "drain", CHANGE),
        (ProviderState::Reserve, ..) => ("-", "reserve", CHANGE),
        (ProviderState::Park, ..) => ("-", "park", CHANGE),
        (ProviderState::Serve, ..) => ("~", "change", CHANGE),
    };
    let verb = painted(style, format!("{mark} {verb:<9}"));
    let plain = painted(NAME, format!("{:<12}", provider.plain));
    let record = record(provider);
    format!("  {verb} {plain} {record:<44} {}", painted(DIM, &provider.reason))
}

/// `2 VGPU, 0 reserved → 1 VGPU, 1 reserved`.
fn record(provider: &ProviderDecision) -> String {
    let words = |inventory: &Option<Inventory>| match inventory {
        Some(i) => format!("{} VGPU, {} reserved", i.total, i.reserved),
        None => "nothing".to_owned(),
    };
    let (from, to) = (words(&provider.from), words(&provider.to));
    if from == to || !provider.exists { to } else { format!("{from} → {to}") }
}

fn summary(decision: &Decision) -> String {
    let plan = &decision.plan;
    if plan.is_empty() {
        return painted(GOOD, "Nothing to do: Placement says what the hardware is.");
    }
    let count =
        |wanted: &dyn Fn(&ProviderDecision) -> bool| decision.providers.iter().filter(|p| wanted(p)).count();
    let create = count(&|p| !p.exists && p.writes > 0);
    let change = count(&|p| p.exists && p.writes > 0);
    let same = count(&|p| p.exists && p.writes == 0);
    format!(
        "{} to create, {change} to change, {same} unchanged; {} to create; {} in all. `apply` does it.",
        counted(create, "provider"),
        counted(plan.traits.len(), "trait"),
        counted(plan.len(), "write"),
    )
}
