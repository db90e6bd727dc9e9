//! What a purge would do, or what it has left.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::plan::words;
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, NAME, painted};
use super::tree::guest;
use crate::model::{
    Action, NovaProviderDecision, ProviderDecision, ProviderState, PurgeReason, Reason, StepOutcome,
    TraitName,
};
use crate::report::Purged;
use crate::report::words::counted;

/// Where what belongs to a provider begins: below its name.
const INDENT: usize = "  - withdraw  ".len();

/// Everything, provider by provider.
pub fn purge(purged: &Purged<'_>) -> String {
    let mut out = String::new();
    let decision = purged.decision;
    let _ = writeln!(out, "{}  {}", painted(BOLD, purged.tree.root_name()), painted(DIM, purged.tree.root));
    if !decision.providers.is_empty() || !decision.nova_providers.is_empty() {
        out.push('\n');
    }
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
    withdrawn(&mut out, purged);
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

/// Nova's providers, those together that lose the same.
fn withdrawn(out: &mut String, purged: &Purged<'_>) {
    let mut alike: BTreeMap<&BTreeSet<TraitName>, Vec<String>> = BTreeMap::new();
    for step in purged.decision.plan.groups.iter().flat_map(|group| &group.steps) {
        let novas = |nova: &&NovaProviderDecision| nova.uuid == step.provider;
        let (Some(nova), Action::SetTraits { removed, .. }) =
            (purged.decision.nova_providers.iter().find(novas), &step.action)
        else {
            continue;
        };
        alike.entry(removed).or_default().push(nova.function.to_string());
    }
    for (traits, functions) in alike {
        let whose = format!("{} of Nova's", counted(functions.len(), "function"));
        let mark = painted(CHANGE, "~ withdraw");
        let _ = writeln!(out, "  {mark}  {whose}: {}", painted(NAME, functions.join(", ")));
        let names: Vec<&str> = traits.iter().map(TraitName::as_str).collect();
        let _ = writeln!(out, "{}{}", " ".repeat(INDENT), painted(DIM, names.join(" ")));
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
        None if decision.providers.is_empty() && decision.nova_providers.is_empty() => {
            painted(GOOD, "Nothing of the agent's is here.")
        }
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
            let deleted = cycle
                .rounds
                .iter()
                .flat_map(|round| &round.steps)
                .any(|one| one.step.action == Action::Delete && one.outcome == StepOutcome::Done);
            let restart =
                if purged.restart && deleted { "\nNow restart nova-compute on that host." } else { "" };
            format!("{}{restart}", painted(style, format!("{word}: {written}.{left}")))
        }
    }
}

fn stay(count: usize) -> String {
    format!("{} {}", counted(count, "provider"), if count == 1 { "is" } else { "are" })
}

/// How to be rid of empty ones, where that was not asked for.
fn shared<'a>(mut providers: impl Iterator<Item = &'a ProviderDecision>) -> &'static str {
    let empty = Reason::Purge(PurgeReason::Empty);
    if providers.any(|provider| provider.reason == empty) { " (`--delete` takes them too)" } else { "" }
}
