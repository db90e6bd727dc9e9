//! What a purge would do, or what it has left.

use std::fmt::Write;

use super::counted;
use super::plan::words;
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, NAME, painted};
use super::tree::guest;
use crate::model::{Action, NovaProviderDecision, ProviderDecision, ProviderState, Reason};
use crate::report::Purged;

/// Where what belongs to a provider begins: below its name.
const INDENT: usize = "  - withdraw  ".len();

/// Everything, provider by provider.
pub fn purge(purged: &Purged<'_>) -> String {
    let mut out = String::new();
    let decision = purged.decision;
    let _ = writeln!(out, "{}  {}", painted(BOLD, purged.tree.root_name()), painted(DIM, purged.tree.root));
    let name = decision.providers.iter().map(|provider| provider.plain.len()).max().unwrap_or(0);
    let before = decision.providers.iter().map(|provider| words(&provider.from).len()).max().unwrap_or(0);
    for provider in &decision.providers {
        let (mark, style) = mark(provider);
        let (mark, plain) = (painted(style, mark), painted(NAME, format!("{:<name$}", provider.plain)));
        let record = record(provider, before);
        let _ = writeln!(out, "  {mark}  {plain}  {}  {record}", provider.identity.address);
        for held in purged.guests.get(&provider.uuid).into_iter().flatten() {
            let _ = writeln!(out, "{}{}", " ".repeat(INDENT), guest(held));
        }
    }
    for nova in &decision.nova_providers {
        let mark = painted(CHANGE, "~ withdraw");
        let whose = painted(DIM, &nova.name);
        let _ = writeln!(out, "  {mark}  {}  {whose}", painted(NAME, nova.function));
        let _ = writeln!(out, "{}{}", " ".repeat(INDENT), painted(DIM, withdrawn(purged, nova)));
    }
    let _ = writeln!(out, "\n{}", summary(purged));
    out
}

fn mark(provider: &ProviderDecision) -> (&'static str, anstyle::Style) {
    match (provider.state, provider.writes) {
        (ProviderState::Drain, 0) => ("= drained ", DIM),
        (ProviderState::Drain, _) => ("- drain   ", CHANGE),
        (ProviderState::Delete, _) => ("- delete  ", CHANGE),
        (_, 0) => ("= parked  ", DIM),
        _ => ("- park    ", CHANGE),
    }
}

fn record(provider: &ProviderDecision, before: usize) -> String {
    let from = words(&provider.from);
    let used = provider.used.filter(|used| *used > 0).map_or(String::new(), |used| format!(" ({used} used)"));
    match provider.state {
        ProviderState::Delete => format!("{from:<before$} → gone"),
        _ if provider.from == provider.to => format!("{from}{used}"),
        _ => format!("{from:<before$} → {}{used}", words(&provider.to)),
    }
}

/// `-CUSTOM_NVIDIA_1G5GB -CUSTOM_NVIDIA_MIG …`, as the step has it.
fn withdrawn(purged: &Purged<'_>, nova: &NovaProviderDecision) -> String {
    let mut steps = purged.decision.plan.groups.iter().flat_map(|group| &group.steps);
    let action = steps.find(|step| step.provider == nova.uuid).map(|step| &step.action);
    match action {
        Some(action @ Action::SetTraits { .. }) => action.to_string(),
        _ => String::new(),
    }
}

fn summary(purged: &Purged<'_>) -> String {
    let decision = purged.decision;
    let count = |state| decision.providers.iter().filter(|provider| provider.state == state).count();
    let (used, kept) = (count(ProviderState::Drain), count(ProviderState::Park));
    let left = match (used, kept) {
        (0, 0) => String::new(),
        (0, kept) => format!(" {} left, empty{}.", stay(kept), shared(decision.providers.iter())),
        (used, 0) => format!(" {} left, in use.", stay(used)),
        (used, kept) => format!(" {} left: {used} in use, {kept} empty.", stay(used + kept)),
    };
    match purged.cycle {
        None if decision.plan.is_empty() => {
            painted(if used > 0 { CHANGE } else { GOOD }, format!("Nothing to do.{left}"))
        }
        None => format!(
            "{} to make. Nothing was written: `--yes` does it.",
            counted(decision.plan.len(), "write")
        ),
        Some(cycle) => {
            let written = counted(cycle.written(), "write");
            let done = cycle.failures().is_empty() && decision.plan.is_empty();
            let (style, word) = match (done, used) {
                (false, _) => (BAD, "Not finished"),
                (true, 0) => (GOOD, "Done"),
                (true, _) => (CHANGE, "Done as far as it goes"),
            };
            let restart = if purged.restart { "\nNow restart nova-compute on that host." } else { "" };
            format!("{}{restart}", painted(style, format!("{word}: {written}.{left}")))
        }
    }
}

fn stay(count: usize) -> String {
    format!("{} {}", counted(count, "provider"), if count == 1 { "is" } else { "are" })
}

/// How to be rid of empty ones, where that was not asked for.
fn shared<'a>(mut providers: impl Iterator<Item = &'a ProviderDecision>) -> &'static str {
    let empty = Reason::Purge(crate::model::PurgeReason::Empty);
    if providers.any(|provider| provider.reason == empty) { " (`--delete` takes them too)" } else { "" }
}
