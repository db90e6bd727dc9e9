//! A compute node's providers, drawn.

use termtree::{GlyphPalette, Tree};

use super::style::{BOLD, CHANGE, DIM, GOOD, NAME, painted};
use crate::model::{Claim, Inventory, ObservedProvider, ObservedTree, Owner, ResourceClass, TraitName};
use crate::report::json::tree_words::{in_order, owner_word, state_word};

/// The tree; `long` adds UUIDs and generations.
pub fn tree(tree: &ObservedTree, long: bool) -> String {
    let mut open: Vec<(usize, Tree<String>)> = Vec::new();
    for (depth, provider) in in_order(tree) {
        fold(&mut open, depth);
        open.push((
            depth,
            Tree::new(label(tree, provider, long)).with_multiline(true).with_glyphs(GlyphPalette::new()),
        ));
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

fn label(tree: &ObservedTree, provider: &ObservedProvider, long: bool) -> String {
    let owner = tree.owner(provider);
    let mut head = painted(BOLD, &provider.name);
    let word = match owner {
        Owner::Root => "compute node's root".to_owned(),
        Owner::Agent(_) => format!("own · {}", state_word(provider)),
        other => format!("owner {}", owner_word(other)),
    };
    let style = if matches!(owner, Owner::Agent(_)) { GOOD } else { DIM };
    head.push_str(&format!("  {}", painted(style, word)));
    if long {
        let id = format!("{} generation {}", provider.uuid, provider.generation);
        head.push_str(&format!("\n{}", painted(DIM, id)));
    }
    for (class, inventory) in &provider.inventories {
        head.push_str(&format!("\n{}", record(provider, class, inventory)));
    }
    let traits = traits(provider, long || owner != Owner::Root);
    if !traits.is_empty() {
        head.push_str(&format!("\n{traits}"));
    }
    head
}

fn record(provider: &ObservedProvider, class: &ResourceClass, inventory: &Inventory) -> String {
    let used = provider.usages.as_ref().and_then(|usages| usages.get(class)).copied().unwrap_or(0);
    let text = format!("{class:<10} used {used}  reserved {}  total {}", inventory.reserved, inventory.total);
    let full = inventory.offered() <= used && class == &ResourceClass::vgpu();
    if full { painted(CHANGE, text) } else { text }
}

/// Traits, those of our grammar with their plain names, one a line; a root's are only counted.
fn traits(provider: &ObservedProvider, each: bool) -> String {
    if !each {
        return painted(DIM, super::counted(provider.traits.len(), "trait"));
    }
    let line = |name: &TraitName| match Claim::decode(name) {
        Some(claim) => format!("{}  {}", painted(NAME, name), painted(DIM, claim.plain())),
        None => painted(DIM, name),
    };
    provider.traits.iter().map(line).collect::<Vec<_>>().join("\n")
}
