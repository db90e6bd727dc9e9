//! Flavors, as commands: what is said about them stands in comments, so that a shell takes all of it.

use std::fmt::Write;

use super::columns::{Cell, Columns};
use super::nova_config::comment;
use crate::advice::{Comparison, Flavors, Place, Proposal, Shares, Supply, SupplyWay, Verdict};

/// One command for each flavor, and what those of the cloud get here.
pub fn flavors(flavors: &Flavors) -> String {
    let mut out = String::new();
    for (number, proposal) in flavors.proposals.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        one(proposal, &mut out);
    }
    if flavors.proposals.is_empty() {
        out.push_str("# This host gives nothing that a flavor could ask for.\n");
    }
    if let Some(compared) = &flavors.compared {
        out.push('\n');
        out.push_str(&comparison(compared));
    }
    out
}

fn one(proposal: &Proposal, out: &mut String) {
    let mut products: Vec<&str> = proposal.supplies.iter().map(|supply| supply.product.as_str()).collect();
    products.dedup();
    let _ = writeln!(
        out,
        "# {} of {}: {}",
        comment(&proposal.plain),
        comment(&products.join(", ")),
        share(&proposal.shares())
    );
    let _ = writeln!(out, "# {}", comment(&there(&proposal.supplies)));
    if let Some(remark) = remark(proposal) {
        let _ = writeln!(out, "# {remark}");
    }
    let command = command(proposal);
    match proposal.exists_as.as_slice() {
        [] => drop(writeln!(out, "{command}")),
        names => drop(writeln!(out, "# The cloud has it: {}\n# {command}", comment(&names.join(", ")))),
    }
}

/// The command that makes a flavor.
pub(in crate::report) fn command(proposal: &Proposal) -> String {
    let size = proposal.size;
    let mut out = format!(
        "openstack flavor create --ram {} --vcpus {} --disk {}",
        size.ram_mib, size.vcpus, size.disk_gib
    );
    for (name, value) in &proposal.properties {
        let _ = write!(out, " --property {}", quoted(&format!("{name}={value}")));
    }
    let _ = write!(out, " {}", quoted(&proposal.name));
    out
}

fn share(shares: &Shares) -> String {
    let mut parts = Vec::new();
    if let Some(compute) = shares.compute {
        let sms = shares.multiprocessors.map(|count| format!(" ({count})")).unwrap_or_default();
        parts.push(format!("{compute} of the SMs{sms}"));
    } else {
        parts.push("all SMs".to_owned());
    }
    if let Some(turns) = shares.turns {
        let last = parts.pop().unwrap_or_default();
        parts.push(format!("{last} in turns with up to {} others", turns.saturating_sub(1)));
    }
    let mib = shares.memory_mib.map(|mib| format!("{mib} MiB"));
    match (shares.memory, mib) {
        (Some(memory), Some(mib)) => parts.push(format!("{memory} of the memory ({mib})")),
        (Some(memory), None) => parts.push(format!("{memory} of the memory")),
        (None, Some(mib)) => parts.push(format!("{mib} of its memory")),
        (None, None) => {}
    }
    parts.join(", ")
}

fn there(supplies: &[Supply]) -> String {
    let total: u32 = supplies.iter().map(|supply| supply.units).sum();
    let each: Vec<String> =
        supplies.iter().map(|supply| format!("{} on {}", supply.units, supply.gpu)).collect();
    let who = supplies.first().map(|supply| who(&supply.way)).unwrap_or_default();
    match supplies {
        [one] => format!("This host has {total}, on {}. {who}", one.gpu),
        _ => format!("This host has {total}: {}. {who}", each.join(", ")),
    }
}

fn who(way: &SupplyWay) -> &'static str {
    match way {
        SupplyWay::Own { .. } => "Published by this agent.",
        SupplyWay::Mediated { .. } => "Handed out by Nova as mediated devices.",
        SupplyWay::Passed { .. } => "Handed out by Nova's PCI passthrough.",
    }
}

/// What must not be overlooked.
fn remark(proposal: &Proposal) -> Option<String> {
    if let Some(alias) = proposal.alias_missing() {
        return Some(format!(
            "FIRST: Nova's configuration here has no [pci]alias {}; `nova-config` prints it.",
            comment(alias)
        ));
    }
    (!proposal.attached()).then(|| {
        "NOTHING ATTACHES IT: the flavor can be made, and finds no valid host. See below, and `nova-config`.".to_owned()
    })
}

fn comparison(compared: &[Comparison]) -> String {
    if compared.is_empty() {
        return "# No flavor of the cloud asks for a GPU.\n".to_owned();
    }
    let mut table = Columns::new(&["FLAVOR", "HERE", ""]);
    for one in compared {
        let (word, what) = verdict(&one.verdict);
        table.row([Cell::new(comment(&one.name)), Cell::new(word), Cell::new(comment(&what))]);
    }
    // Comments of a script: nothing of it has a colour.
    let lines = anstream::adapter::strip_str(&table.lines(2, None)).to_string();
    let lines: Vec<String> = lines.lines().map(|line| format!("#{line}\n")).collect();
    format!("# What the cloud's flavors get on this host:\n{}", lines.concat())
}

/// A verdict in a word, and what is to be said with it.
pub(in crate::report) fn verdict(verdict: &Verdict) -> (&'static str, String) {
    match verdict {
        Verdict::Lands(places) => ("yes", listed(places)),
        Verdict::AnyKind(places) => ("any", format!("no trait says which: {}", listed(places))),
        Verdict::Unattached(places) => ("empty", format!("nothing attaches it: {}", listed(places))),
        Verdict::NotHere { lacks } => ("no", lacks.clone()),
        Verdict::Nowhere { traits } => {
            let names: Vec<&str> = traits.iter().map(crate::model::TraitName::as_str).collect();
            ("nowhere", format!("no provider of the cloud has {}", names.join(", ")))
        }
        Verdict::UnknownAlias { alias } => {
            ("unknown", format!("Nova's configuration here has no [pci]alias {alias}"))
        }
    }
}

fn listed(places: &[Place]) -> String {
    let one = |place: &Place| format!("{} × {} on {}", place.units, place.plain, place.gpu);
    places.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A word of a command, as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:=,/+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", comment(word).replace('\'', "'\\''"))
}
