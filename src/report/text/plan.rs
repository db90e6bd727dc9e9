//! What would change, for each provider, and why.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, NAME, painted};
use crate::model::{
    Decision, HostSnapshot, Inventory, ObservedTree, PciAddress, ProviderDecision, ProviderState, Reason,
};
use crate::report::words::counted;

/// Where a reason begins: below the name of its provider.
const INDENT: usize = "  + unchanged  ".len();

/// The decision, GPU by GPU.
pub fn plan(host: &HostSnapshot, tree: &ObservedTree, decision: &Decision) -> String {
    let mut out = String::new();
    let widths = widths(decision);
    let _ = writeln!(out, "{}  {}", painted(BOLD, tree.root_name()), painted(DIM, tree.root));
    for (address, device) in &decision.devices {
        let product = host.gpus.get(address).map_or("(not on this host)", |gpu| gpu.product.as_str());
        let why = painted(DIM, &device.reason);
        let _ = writeln!(out, "\n{}  {product}  {}: {why}", painted(BOLD, address), device.mode);
        for provider in of_device(decision, *address) {
            let line = provider_line(provider, widths);
            let why = painted(DIM, &provider.reason);
            let _ = match &provider.reason {
                // What is true of the whole GPU stands above already.
                reason if *reason == device.reason => writeln!(out, "  {line}"),
                // Short, and what is expected; everything else has a line to itself.
                Reason::Cut { .. } | Reason::Given { .. } => writeln!(out, "  {line}  {why}"),
                _ => writeln!(out, "  {line}\n{}{why}", " ".repeat(INDENT)),
            };
        }
        novas(&mut out, decision, *address);
    }
    let _ = writeln!(out, "\n{}", summary(decision));
    out
}

/// Nova's providers: those that carry a type or change, each on a line; of the others how many there are, and why.
fn novas(out: &mut String, decision: &Decision, address: PciAddress) {
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for provider in decision.nova_providers.iter().filter(|provider| provider.device == address) {
        let carries = matches!(provider.reason, Reason::Carries { .. });
        if provider.writes == 0 && !carries {
            *others.entry(provider.reason.to_string()).or_default() += 1;
            continue;
        }
        let (mark, style) = if provider.writes == 0 { ("= unchanged", DIM) } else { ("~ tag      ", CHANGE) };
        let used = if provider.in_use { " (in use)" } else { "" };
        let plain = provider.plain.as_deref().filter(|_| carries).unwrap_or("-");
        let (mark, plain) = (painted(style, mark), painted(NAME, plain));
        let why = if carries { String::new() } else { format!("  {}", painted(DIM, &provider.reason)) };
        let _ = writeln!(out, "  {mark}  {}  {plain}{used}{why}", provider.function);
    }
    for (reason, count) in others {
        let whose = counted(count, "function");
        let _ = writeln!(out, "  {}", painted(DIM, format!("= unchanged  {whose} without: {reason}")));
    }
}

fn of_device(decision: &Decision, address: PciAddress) -> impl Iterator<Item = &ProviderDecision> {
    decision.providers.iter().filter(move |provider| provider.identity.address == address)
}

fn provider_line(provider: &ProviderDecision, widths: (usize, usize)) -> String {
    let (mark, verb, style) = match (provider.state, provider.writes, provider.exists) {
        (ProviderState::Blocked, ..) => ("!", "blocked", BAD),
        (ProviderState::Hold, ..) => ("=", "hold", DIM),
        (_, 0, _) => ("=", "unchanged", DIM),
        (_, _, false) => ("+", "create", GOOD),
        (ProviderState::Drain, ..) => ("-", "drain", CHANGE),
        (ProviderState::Reserve, ..) => ("-", "reserve", CHANGE),
        (ProviderState::Park, ..) => ("-", "park", CHANGE),
        (ProviderState::Delete, ..) => ("-", "delete", CHANGE),
        (ProviderState::Serve, ..) => ("~", "change", CHANGE),
    };
    let (name, before) = widths;
    let (verb, plain) = (painted(style, format!("{mark} {verb:<9}")), format!("{:<name$}", provider.plain));
    format!("{verb}  {}  {}", painted(NAME, plain), record(provider, before))
}

/// How wide the names and the records before are: the columns of the whole plan.
fn widths(decision: &Decision) -> (usize, usize) {
    let widest =
        |of: &dyn Fn(&ProviderDecision) -> usize| decision.providers.iter().map(of).max().unwrap_or(0);
    (widest(&|provider| provider.plain.len()), widest(&|provider| words(&provider.from).len()))
}

/// `2 VGPU, 0 reserved → 2 VGPU, 1 reserved (1 used)`.
fn record(provider: &ProviderDecision, before: usize) -> String {
    let (from, to) = (words(&provider.from), words(&provider.to));
    let used =
        provider.used.filter(|used| *used > 0).map(|used| format!(" ({used} used)")).unwrap_or_default();
    if from == to || !provider.exists {
        format!("{to}{used}")
    } else {
        format!("{from:<before$} → {to}{used}")
    }
}

pub(super) fn words(inventory: &Option<Inventory>) -> String {
    match inventory {
        Some(i) => format!("{} VGPU, {} reserved", i.total, i.reserved),
        None => "no inventory".to_owned(),
    }
}

fn summary(decision: &Decision) -> String {
    let plan = &decision.plan;
    if plan.is_empty() {
        return painted(GOOD, "Nothing to do: Placement says what the hardware is.");
    }
    let count =
        |wanted: &dyn Fn(&ProviderDecision) -> bool| decision.providers.iter().filter(|p| wanted(p)).count();
    let novas = |writes: bool| decision.nova_providers.iter().filter(|p| (p.writes > 0) == writes).count();
    let create = count(&|p| !p.exists && p.writes > 0);
    let change = count(&|p| p.exists && p.writes > 0) + novas(true);
    let same = count(&|p| p.exists && p.writes == 0) + novas(false);
    let blocked = count(&|p| p.state == ProviderState::Blocked);
    let blocked = if blocked == 0 { String::new() } else { format!(", {blocked} blocked") };
    format!(
        "{} to create, {change} to change, {same} unchanged{blocked}; {} to create; {} in all. `apply` does it.",
        counted(create, "provider"),
        counted(plan.traits.len(), "trait"),
        counted(plan.len(), "write"),
    )
}
