//! The providers of compute nodes.

use maud::{Markup, html};

use super::fit;
use super::sheet::{LINE, Sheet};
use crate::model::{Claim, Guest, Guests, Inventory, ObservedProvider, ObservedTree, Owner, ResourceClass};
use crate::report::words::{
    Grade, counted, guest_words, in_order, keeper, plain_name, record, state_word, used,
};

/// How far a provider stands to the right of its parent.
const STEP: u32 = 24;
/// Pixels of a bar that shows how much of a record is used.
const BAR: u32 = 120;

/// One compute node, or several below each other, as a file; `long` adds UUIDs, generations and the roots' traits.
pub fn trees(trees: &[(ObservedTree, Guests)], long: bool) -> String {
    let mut sheet = Sheet::new();
    let mut words = Vec::new();
    for (number, (tree, guests)) in trees.iter().enumerate() {
        if number > 0 {
            sheet.rule();
        }
        one(&mut sheet, &mut words, tree, guests, long);
    }
    let names: Vec<&str> = trees.iter().map(|(tree, _)| tree.root_name()).collect();
    let title = match names.as_slice() {
        [name] => format!("Providers of {name}"),
        names => format!("Providers of {}", counted(names.len(), "compute node")),
    };
    sheet.gap(4);
    sheet.text(0, "tiny dim", "bars: solid is used, outlined at the right is reserved, the rest is free");
    sheet.finish(&title, &words)
}

fn one(sheet: &mut Sheet, words: &mut Vec<String>, tree: &ObservedTree, guests: &Guests, long: bool) {
    // Where the line down from each open parent begins.
    let mut parents: Vec<u32> = Vec::new();
    for (depth, provider) in in_order(tree) {
        parents.truncate(depth);
        let x = STEP * u32::try_from(depth).unwrap_or(u32::MAX).min(8);
        if let Some(top) = parents.last() {
            sheet.under(0, branch(x, *top, sheet.y));
        }
        parents.push(sheet.y + LINE);
        let held = guests.get(&provider.uuid).map_or(&[][..], Vec::as_slice);
        words.push(entry(sheet, x, tree, provider, held, long));
        sheet.gap(8);
    }
}

/// From the parent's node down, and to the right.
fn branch(x: u32, top: u32, here: u32) -> Markup {
    let path = format!("M{} {} V{} h{}", x.saturating_sub(STEP) + 6, top, here + 8, STEP - 8);
    html! { path class="branch" d=(path) {} }
}

/// Draws one provider, and gives it in words.
fn entry(
    sheet: &mut Sheet,
    x: u32,
    tree: &ObservedTree,
    provider: &ObservedProvider,
    guests: &[Guest],
    long: bool,
) -> String {
    let owner = tree.owner(provider);
    let (name, rest) = match owner {
        Owner::Agent(identity) => {
            let state = state_word(provider);
            (plain_name(identity, provider), format!("{}  {state}  kept by this agent", identity.address))
        }
        _ => (provider.name.clone(), keeper(owner).to_owned()),
    };
    let mut said = vec![format!("{name}: {rest}")];
    sheet.under(0, html! { circle class="node" cx=(x + 6) cy=(sheet.y + 8) r="4" {} });
    let text = x + 18;
    sheet.head(text, &name, &rest);
    if matches!(owner, Owner::Agent(_)) {
        sheet.text(text, "dim tiny", &provider.name);
    }
    if long {
        sheet.text(text, "dim tiny", &format!("{}  generation {}", provider.uuid, provider.generation));
    }
    for (class, inventory) in &provider.inventories {
        let (grade, words) = record(provider, class, inventory);
        let (drawn, words) = inventory_line(provider, class, inventory, grade, &words);
        sheet.place(text, LINE, drawn);
        said.push(words);
    }
    if long || owner != Owner::Root {
        let traits: Vec<String> = provider.traits.iter().map(ToString::to_string).collect();
        sheet.text(text, "tiny", &traits.join("  "));
        let claims = provider.traits.iter().filter_map(Claim::decode).filter(|claim| *claim != Claim::Marker);
        let claims: Vec<String> = claims.map(|claim| claim.plain().to_owned()).collect();
        said.extend((!traits.is_empty()).then(|| format!("traits {}", traits.join(" "))));
        said.extend((!claims.is_empty()).then(|| format!("which say {}", claims.join(", "))));
    } else {
        sheet.text(text, "dim tiny", &counted(provider.traits.len(), "trait"));
    }
    for guest in guests {
        let words = guest_words(guest);
        sheet.text(text, "", &words);
        said.push(words);
    }
    format!("{}.", said.join("; "))
}

/// The class, a bar, and the numbers.
fn inventory_line(
    provider: &ObservedProvider,
    class: &ResourceClass,
    inventory: &Inventory,
    grade: Grade,
    words: &str,
) -> (Markup, String) {
    let name = fit::cut(class.as_str(), 24);
    let left = fit::width(&name).max(fit::width("MEMORY_MB")) + 10;
    let share = |units: u32| {
        let part = u64::from(units.min(inventory.total)) * u64::from(BAR) / u64::from(inventory.total.max(1));
        u32::try_from(part).unwrap_or(BAR)
    };
    let (taken, kept) = (used(provider, class).map(share), share(inventory.reserved));
    let style = match grade {
        Grade::Bad => "bad",
        Grade::Poor => "poor",
        Grade::Good | Grade::Unknown => "",
    };
    let drawn = html! {
        text y="12" { (name) }
        rect class="free" x=(left) y="4" width=(BAR) height="9" {}
        @if let Some(taken) = taken.filter(|taken| *taken > 0) {
            rect class="held" x=(left) y="4" width=(taken) height="9" {}
        }
        @if kept > 0 {
            rect class="warns" x=(left + BAR - kept) y="6" width=(kept) height="5" {}
        }
        text class=(style) x=(left + BAR + 10) y="12" { (words) }
    };
    (drawn, format!("{class} {words}"))
}
