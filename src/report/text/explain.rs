//! The chain from a fact of the hardware to a value in Placement.

use std::fmt::Write;

use super::columns::{Cell, Columns};
use super::style::{BAD, BOLD, CHANGE, DIM, GOOD, NAME, PLAIN, harmless, painted};
use crate::advice::explain::{Explanation, Fact, Provider, TraitLine};
use crate::model::{Inventory, Mode};

/// Columns of the longest name of a fact.
const WHAT: usize = "attachable".len();

/// The explanation.
pub fn explain(explanation: &Explanation, width: Option<usize>) -> String {
    let mut out = String::new();
    section(&mut out, "Hardware", &explanation.hardware, width);
    section(&mut out, "Nova's configuration", &explanation.nova, width);
    let decided = [
        Fact { what: "mode", text: format!("{}: {}", explanation.mode, meaning(explanation.mode)) },
        Fact { what: "because", text: explanation.reason.to_string() },
    ];
    section(&mut out, "Who reports it", &decided, width);
    if !explanation.offers.is_empty() {
        let offers = explanation.offers.iter().map(|offer| Fact {
            what: "gives",
            text: format!("{} × {} ({})", offer.units, offer.plain, offer.rule),
        });
        section(&mut out, "What it can give", &offers.collect::<Vec<_>>(), width);
    }
    match &explanation.root {
        None => {
            let unknown = "Placement could not be asked: what follows from here on is not known";
            let _ = writeln!(out, "{}\n", painted(CHANGE, unknown));
        }
        Some((_, root)) if explanation.providers.is_empty() => {
            let _ = writeln!(
                out,
                "{}\n",
                painted(DIM, format!("Placement has no provider of it under {root}, and is to have none"))
            );
        }
        Some(_) => {}
    }
    for one in &explanation.providers {
        provider(&mut out, one, width);
    }
    if !explanation.more.is_empty() {
        let more = explanation.more.iter().map(|text| Fact { what: "→", text: text.clone() });
        section(&mut out, "For more to be offered", &more.collect::<Vec<_>>(), width);
    }
    harmless(out.trim_end_matches('\n')) + "\n"
}

fn section(out: &mut String, title: &str, facts: &[Fact], width: Option<usize>) {
    if facts.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", painted(BOLD, title));
    out.push_str(&lines(facts, width));
    out.push('\n');
}

/// A name is not said again on the line below.
fn lines(facts: &[Fact], width: Option<usize>) -> String {
    let mut columns = Columns::new(&["", ""]);
    let mut before = "";
    for fact in facts {
        let what = if fact.what == before && fact.what != "→" { "" } else { fact.what };
        before = fact.what;
        // All parts begin in one column.
        let what = if what == "→" { what.to_owned() } else { format!("{what:<WHAT$}") };
        columns.row([
            Cell::painted(if what.trim().is_empty() { PLAIN } else { DIM }, what),
            Cell::new(&fact.text),
        ]);
    }
    // The header is empty.
    columns.lines(2, width).split_once('\n').map_or(String::new(), |(_, rows)| rows.to_owned())
}

fn meaning(mode: Mode) -> &'static str {
    match mode {
        Mode::Own => "the agent's own providers",
        Mode::Decorate => "Nova's providers, with the agent's traits on them",
        Mode::Verify => "Nova's PCI provider; the agent only compares",
        Mode::Ignore => "the agent reports nothing of it",
        Mode::Hold => "everything stays as it is",
        Mode::Reserve => "everything of it is reserved",
        Mode::Gone => "what is left of it is drained and parked",
    }
}

fn provider(out: &mut String, one: &Provider, width: Option<usize>) {
    let style = if one.exists { BOLD } else { GOOD };
    let exists = if one.exists { "" } else { "  (to be created)" };
    let _ = writeln!(out, "{}{exists}", painted(style, format!("Provider {}", one.name)));
    let mut facts = vec![
        Fact { what: "UUID", text: one.uuid.to_string() },
        Fact { what: "derived", text: one.derived.clone() },
        Fact { what: "stands for", text: one.plain.clone() },
        Fact { what: "state", text: format!("{}: {}", one.state, one.reason) },
    ];
    facts.extend(
        one.fault
            .iter()
            .map(|fault| Fact { what: "beware", text: format!("its guest gets no GPU: {fault}") }),
    );
    facts.extend(one.account.iter().cloned());
    facts.push(Fact { what: "now", text: record(one.from.as_ref(), one.exists, Some(one.used)) });
    if one.from != one.to {
        facts.push(Fact { what: "to be", text: record(one.to.as_ref(), true, None) });
    }
    out.push_str(&lines(&facts, width));
    out.push_str(&traits(&one.traits, width));
    let mut writes: Vec<Fact> = Vec::new();
    writes.extend(one.writes.iter().map(|write| Fact { what: "writes", text: write.clone() }));
    if writes.is_empty() {
        writes.push(Fact { what: "writes", text: "nothing".to_owned() });
    }
    out.push_str(&lines(&writes, width));
    out.push('\n');
}

fn record(inventory: Option<&Inventory>, exists: bool, used: Option<u32>) -> String {
    match inventory {
        Some(i) => {
            let used = used.map(|used| format!(", {used} used")).unwrap_or_default();
            format!("{} VGPU, {} reserved{used}", i.total, i.reserved)
        }
        None if exists => "no VGPU inventory".to_owned(),
        None => "Placement does not have it".to_owned(),
    }
}

fn traits(all: &[TraitLine], width: Option<usize>) -> String {
    let mut columns = Columns::new(&["", "", ""]);
    for line in all {
        let (mark, style) = match (line.now, line.then) {
            (true, true) => ("=", PLAIN),
            (false, _) => ("+", GOOD),
            (true, false) => ("-", BAD),
        };
        columns.row([
            Cell::painted(style, mark),
            Cell::painted(NAME, &line.name),
            Cell::painted(DIM, &line.why),
        ]);
    }
    columns.lines(2, width).split_once('\n').map_or(String::new(), |(_, rows)| rows.to_owned())
}
