//! The providers of the compute node, as the last reading of Placement and what was written since leave them.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::cells::{guests, records, traits};
use super::{badge, id};
use crate::model::{
    Decision, Guests, Moment, ObservedProvider, ObservedTree, Owner, PciAddress, ProviderDecision,
    ProviderUuid, Status,
};
use crate::report::words::{Grade, counted, in_order, keeper_word, plain_name, state_word};

/// Up to so many providers are shown unfolded.
const FEW: usize = 12;

/// What is said of them beside what Placement holds.
struct Said<'a> {
    tree: &'a ObservedTree,
    guests: &'a Guests,
    ours: BTreeMap<ProviderUuid, &'a ProviderDecision>,
    /// Of Nova's, the GPU, and why they are to carry what they carry.
    novas: BTreeMap<ProviderUuid, (PciAddress, String)>,
}

/// The GPU that a provider stands for, none for the compute node and for others.
type Group = Option<PciAddress>;

pub(super) fn section(status: &Status, now: Moment) -> Markup {
    let Some(tree) = status.tree.as_deref() else {
        return html! {
            h2 id="providers-h" { "Providers in Placement" }
            p { "Placement has not been read since the agent started." }
        };
    };
    let decision = status.cycle.rounds.last().map(|round| &round.decision);
    let nobody = Guests::new();
    let guests = status.guests(now).unwrap_or(&nobody);
    let tree = &tree.held_by(guests);
    let said = Said::new(tree, guests, decision);
    let mut groups: BTreeMap<Group, Vec<(usize, &ObservedProvider)>> = BTreeMap::new();
    for (depth, provider) in in_order(tree) {
        groups.entry(said.group(provider)).or_default().push((depth, provider));
    }
    let few = tree.providers.len() <= FEW;
    let asked =
        tree.providers.values().all(|provider| provider.usages.is_some() || provider.inventories.is_empty());
    html! {
        h2 id="providers-h" { "Providers in Placement" }
        p class="dim" {
            (counted(tree.providers.len(), "provider")) " under " (tree.root_name()) " ("
            code { (tree.root) } ")."
            @if !asked { " “?”: not asked, because nothing rests on it now; " code { "tree" } " asks for all." }
        }
        @for (group, providers) in &groups {
            details id=(id("group", title(*group))) open[few || group.is_none()] {
                summary { (title(*group)) ": " (sum(providers)) }
                (table(&said, *group, providers))
            }
        }
    }
}

impl<'a> Said<'a> {
    fn new(tree: &'a ObservedTree, guests: &'a Guests, decision: Option<&'a Decision>) -> Self {
        let ours = decision.into_iter().flat_map(|decision| &decision.providers);
        let novas = decision.into_iter().flat_map(|decision| &decision.nova_providers);
        Said {
            tree,
            guests,
            ours: ours.map(|one| (one.uuid, one)).collect(),
            novas: novas.map(|one| (one.uuid, (one.device, one.reason.to_string()))).collect(),
        }
    }

    fn group(&self, provider: &ObservedProvider) -> Group {
        match self.tree.owner(provider) {
            Owner::Agent(identity) => Some(identity.address),
            _ => self.novas.get(&provider.uuid).map(|(device, _)| *device),
        }
    }

    /// State and reason of one of ours, the reason alone for one of Nova's.
    fn state(&self, provider: &ObservedProvider) -> Markup {
        let decided = self.ours.get(&provider.uuid);
        let reason = decided.map(|one| one.reason.to_string());
        let reason = reason.or_else(|| self.novas.get(&provider.uuid).map(|(_, reason)| reason.clone()));
        html! {
            @if let Owner::Agent(_) = self.tree.owner(provider) {
                @let word = decided.map_or_else(|| state_word(provider).to_owned(), |one| one.state.to_string());
                // One of which all is reserved serves nobody, whatever it is to do.
                @let offers = provider.vgpu().is_some_and(|record| record.offered() > 0);
                @let grade = match word.as_str() {
                    "serve" if offers => Grade::Good,
                    "serve" => Grade::Poor,
                    _ => Grade::Unknown,
                };
                (badge(grade, &word))
            }
            @if let Some(reason) = reason { " " span class="dim" { (reason) } }
        }
    }
}

fn title(group: Group) -> String {
    group.map_or_else(|| "Compute node and others".to_owned(), |address| address.to_string())
}

/// `3 providers, 2 of 14 VGPU used, 7 reserved`.
fn sum(providers: &[(usize, &ObservedProvider)]) -> String {
    let count = counted(providers.len(), "provider");
    let records: Vec<_> = providers.iter().filter_map(|(_, one)| Some((one, one.vgpu()?))).collect();
    if records.is_empty() {
        return count;
    }
    let total: u64 = records.iter().map(|(_, record)| u64::from(record.total)).sum();
    let reserved: u64 = records.iter().map(|(_, record)| u64::from(record.reserved)).sum();
    let known: Option<u64> = records.iter().map(|(one, _)| one.vgpu_used().map(u64::from)).sum();
    let used = known.map(|used| format!("{used} used, ")).unwrap_or_default();
    format!("{count}, {total} VGPU, {used}{reserved} reserved")
}

fn table(said: &Said<'_>, group: Group, providers: &[(usize, &ObservedProvider)]) -> Markup {
    html! {
        table class="providers" {
            caption class="hidden" { "Providers of " (title(group)) }
            thead {
                tr {
                    th scope="col" { "Provider" } th scope="col" { "Kept by" } th scope="col" { "State" }
                    th scope="col" { "Used, reserved, total" } th scope="col" { "Traits" }
                }
            }
            tbody { @for (depth, provider) in providers { (row(said, *depth, provider)) } }
        }
    }
}

fn row(said: &Said<'_>, depth: usize, provider: &ObservedProvider) -> Markup {
    let owner = said.tree.owner(provider);
    html! {
        tr {
            th scope="row" class=(format!("depth-{}", depth.min(4))) {
                @if let Owner::Agent(identity) = owner {
                    (plain_name(identity, provider)) br; span class="name" { (provider.name) }
                } @else { (provider.name) }
            }
            td data-label="Kept by" { (keeper_word(owner)) }
            td data-label="State" { (said.state(provider)) }
            td data-label="Used, reserved, total" {
                @if provider.inventories.is_empty() { span class="dim" { (without_inventory(owner)) } }
                @else { (records(provider)) }
                @if let Some(held) = said.guests.get(&provider.uuid) { (guests(provider, held)) }
            }
            td data-label="Traits" { (traits(provider)) }
        }
    }
}

/// Of others' providers only those of Nova's for PCI functions are read.
fn without_inventory(owner: Owner) -> &'static str {
    match owner {
        Owner::Agent(_) | Owner::Nova => "no inventory",
        Owner::Root | Owner::Cyborg | Owner::Unknown => "not read",
    }
}
