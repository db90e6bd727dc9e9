//! A compute node's providers, drawn.

use termtree::{GlyphPalette, Tree};

use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, NAME, painted};
use crate::model::{
    Claim, Guest, Guests, Identity, Inventory, ObservedProvider, ObservedTree, Owner, ResourceClass,
    TraitName,
};
use crate::report::words::{Grade, counted, in_order, keeper, plain_name, record, state_word};

/// The tree; `long` adds UUIDs, generations and the root's traits.
pub fn tree(tree: &ObservedTree, guests: &Guests, long: bool) -> String {
    let mut open: Vec<(usize, Tree<String>)> = Vec::new();
    for (depth, provider) in in_order(tree) {
        fold(&mut open, depth);
        // The library leads the lines below a branch down to its children, but not those below the root.
        let margin = if depth == 0 && tree.providers.len() > 1 { "│   " } else { "" };
        let mut lines = label(tree, provider, long);
        lines.extend(guests.get(&provider.uuid).into_iter().flatten().map(guest));
        let label = lines.join(&format!("\n{margin}"));
        open.push((depth, Tree::new(label).with_multiline(true).with_glyphs(GlyphPalette::new())));
    }
    fold(&mut open, 1);
    open.pop().map_or(String::new(), |(_, root)| root.to_string())
}

/// Hangs finished branches under their parents until the last open one is above `depth`.
fn fold(open: &mut Vec<(usize, Tree<String>)>, depth: usize) {
    while open.last().is_some_and(|(last, _)| *last >= depth.max(1)) {
        let child = open.pop();
        if let (Some((_, child)), Some((_, parent))) = (child, open.last_mut()) {
            parent.push(child);
        }
    }
}

/// The lines about one provider.
fn label(tree: &ObservedTree, provider: &ObservedProvider, long: bool) -> Vec<String> {
    let owner = tree.owner(provider);
    let mut lines = vec![match owner {
        Owner::Agent(identity) => our_head(identity, provider),
        _ => head(provider, keeper(owner)),
    }];
    if long {
        lines.push(painted(DIM, format!("{}  generation {}", provider.uuid, provider.generation)));
    }
    let width = provider.inventories.keys().map(|class| class.as_str().len()).max().unwrap_or(0);
    lines.extend(provider.inventories.iter().map(|(class, found)| inventory(provider, class, found, width)));
    if long || owner != Owner::Root {
        lines.extend(traits(provider));
    } else {
        lines.push(painted(DIM, counted(provider.traits.len(), "trait")));
    }
    lines
}

/// One of ours: what an operator looks for comes first, the name that Placement knows it by last.
fn our_head(identity: Identity, provider: &ObservedProvider) -> String {
    let state = state_word(provider);
    let style = match state {
        "serve" => GOOD,
        "reserved" => CHANGE,
        _ => DIM,
    };
    let (plain, state) = (painted(BOLD, plain_name(identity, provider)), painted(style, state));
    format!("{plain}  {}  {state}  {}", identity.address, painted(DIM, &provider.name))
}

fn head(provider: &ObservedProvider, owner: &str) -> String {
    format!("{}  {}", painted(BOLD, &provider.name), painted(DIM, owner))
}

/// `VGPU  1 of 2 used, 0 reserved`.
fn inventory(
    provider: &ObservedProvider,
    class: &ResourceClass,
    inventory: &Inventory,
    width: usize,
) -> String {
    let (grade, words) = record(provider, class, inventory);
    let text = format!("{class:<width$}  {words}");
    match grade {
        Grade::Bad => painted(BAD, text),
        Grade::Poor => painted(CHANGE, text),
        Grade::Good | Grade::Unknown => text,
    }
}

/// `guest web-1  ACTIVE  project 6f…  (0b7e…)`: by its name where Nova told it.
pub(super) fn guest(guest: &Guest) -> String {
    let units = if guest.units == 1 { String::new() } else { format!("  {} VGPU", guest.units) };
    let consumer = painted(DIM, guest.consumer);
    match &guest.server {
        Some(server) => {
            let name = painted(BOLD, &server.name);
            format!("guest {name}  {}{units}  project {}  {consumer}", server.status, server.project)
        }
        None => {
            let project = guest.project().map(|id| format!("  project {id}")).unwrap_or_default();
            format!("guest {}{units}{project}", guest.consumer)
        }
    }
}

/// Traits, one a line, those of our grammar with what they say.
fn traits(provider: &ObservedProvider) -> Vec<String> {
    let width = provider.traits.iter().map(|name| name.as_str().len()).max().unwrap_or(0);
    let line = |name: &TraitName| match Claim::decode(name) {
        Some(claim) => {
            format!("{}  {}", painted(NAME, format!("{name:<width$}")), painted(DIM, claim.plain()))
        }
        None => painted(DIM, name),
    };
    provider.traits.iter().map(line).collect()
}
