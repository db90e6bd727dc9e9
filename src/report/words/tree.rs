//! A compute node's providers: their order, and what is said of each.

use std::cmp::Reverse;

use super::Grade;
use crate::model::{Guest, Identity, Inventory, ObservedProvider, ObservedTree, Owner, ResourceClass};

/// The owner as a word.
pub(in crate::report) fn owner_word(owner: Owner) -> &'static str {
    match owner {
        Owner::Root => "root",
        Owner::Agent(_) => "agent",
        Owner::Nova => "nova",
        Owner::Cyborg => "cyborg",
        Owner::Unknown => "unknown",
    }
}

/// The state of a provider of ours, as far as Placement shows it.
pub(in crate::report) fn state_word(provider: &ObservedProvider) -> &'static str {
    match provider.vgpu() {
        None => "park",
        Some(inventory) if inventory.offered() == 0 => "reserved",
        Some(_) => "serve",
    }
}

/// The providers of a tree, parents before children, each with its depth; of children ours first, GPU by GPU,
/// then the others by name. A provider whose parent is not in the tree hangs under the root.
pub(in crate::report) fn in_order(tree: &ObservedTree) -> Vec<(usize, &ObservedProvider)> {
    let root = tree.root.provider();
    let parent =
        |p: &ObservedProvider| p.parent.filter(|uuid| tree.providers.contains_key(uuid)).unwrap_or(root);
    let mut out = Vec::new();
    let mut stack: Vec<(usize, &ObservedProvider)> =
        tree.providers.get(&root).map(|p| (0, p)).into_iter().collect();
    while let Some((depth, provider)) = stack.pop() {
        out.push((depth, provider));
        let children = tree.providers.values().filter(|p| p.uuid != root && parent(p) == provider.uuid);
        let mut children: Vec<_> = children.collect();
        children.sort_by_key(|child| {
            let identity = if let Owner::Agent(identity) = tree.owner(child) { Some(identity) } else { None };
            Reverse((identity.is_none(), identity, child.name.as_str()))
        });
        stack.extend(children.into_iter().map(|child| (depth + 1, child)));
    }
    out
}

/// Who keeps it, in a column that says so.
pub(in crate::report) fn keeper_word(owner: Owner) -> &'static str {
    match owner {
        Owner::Root => "Nova: the compute node",
        Owner::Agent(_) => "this agent",
        Owner::Nova => "Nova",
        Owner::Cyborg => "Cyborg",
        Owner::Unknown => "somebody else",
    }
}

/// Who keeps it, for people.
pub(in crate::report) fn keeper(owner: Owner) -> &'static str {
    match owner {
        Owner::Root => "compute node",
        Owner::Agent(_) => "kept by nvidia-placement-agent",
        Owner::Nova => "kept by Nova",
        Owner::Cyborg => "kept by Cyborg",
        Owner::Unknown => "kept by somebody else",
    }
}

/// What a provider of ours counts, by the name that its traits tell; else its kind: `mig-19`.
pub(in crate::report) fn plain_name(identity: Identity, provider: &ObservedProvider) -> String {
    identity.kind.claimed_name(&provider.traits).unwrap_or_else(|| identity.kind.to_string())
}

/// How much of a record is used, where that was asked.
pub(in crate::report) fn used(provider: &ObservedProvider, class: &ResourceClass) -> Option<u32> {
    let usages = provider.usages.as_ref()?;
    Some(usages.get(class).copied().unwrap_or(0))
}

/// `1 of 2 used, 0 reserved: full`. Other classes may be overcommitted, as VCPU is: only what this agent publishes
/// is judged.
pub(in crate::report) fn record(
    provider: &ObservedProvider,
    class: &ResourceClass,
    inventory: &Inventory,
) -> (Grade, String) {
    let used = used(provider, class);
    let count = used.map_or("?".to_owned(), |used| used.to_string());
    let text = format!("{count} of {} used, {} reserved", inventory.total, inventory.reserved);
    match used.filter(|_| class.as_str() == ResourceClass::VGPU) {
        Some(used) if used > inventory.total => (Grade::Bad, format!("{text}: more than there are")),
        Some(used) if inventory.offered() > 0 && used >= inventory.offered() => {
            (Grade::Poor, format!("{text}: full"))
        }
        _ => (Grade::Good, text),
    }
}

/// `guest web-1, ACTIVE, project 6f…, 0b7e…`: by its name where Nova told it.
pub(in crate::report) fn guest_words(guest: &Guest) -> String {
    let project = guest.project().map(|id| format!("project {id}"));
    let mut words = match &guest.server {
        Some(server) => vec![format!("guest {}", server.name), server.status.clone()],
        None => vec![format!("guest {}", guest.consumer)],
    };
    words.extend(project);
    words.extend(guest.server.is_some().then(|| guest.consumer.to_string()));
    words.extend((guest.units != 1).then(|| format!("{} VGPU", guest.units)));
    words.join(", ")
}
