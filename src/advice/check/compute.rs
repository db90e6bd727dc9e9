//! The compute node's root provider: found, readable, and one that Nova's scheduler chooses.

use crate::model::{Code, Decision, Finding, ObservedTree, TraitName};

use super::{Findings, Line, Seen, Subject, counted};

/// nova-compute sets it while its service is disabled.
const DISABLED: &str = "COMPUTE_STATUS_DISABLED";

pub(super) fn subject(seen: &Seen<'_>, findings: &mut Findings) -> Subject {
    let mut lines = Vec::new();
    match &seen.root {
        Some(Ok((uuid, how))) => {
            // The tree says by name what the UUID leads to.
            let name = seen.tree().map_or(String::new(), |tree| format!(" {}", tree.root_name()));
            lines.push(Line::good("root", format!("{how}:{name} {uuid}")));
        }
        Some(Err(finding)) => lines.push(Line::found("root", finding.clone())),
        None => lines.push(Line::unseen("root", "Placement cannot be asked")),
    }
    match &seen.placement {
        Some(Ok((tree, decision))) => {
            lines.push(Line::good("role", format!("its {} may be read", providers(tree))));
            lines.extend(scheduled(tree));
            lines.extend(behind(tree, decision));
            let mine = |finding: &Finding| finding.subject == tree.root_name();
            lines.extend(findings.take(mine).into_iter().map(|finding| Line::found("finding", finding)));
        }
        Some(Err(finding)) => lines.push(Line::found("role", finding.clone())),
        None if seen.root.as_ref().is_some_and(Result::is_ok) => {
            lines.push(Line::unseen("role", "the tree was not read"));
        }
        None => {}
    }
    Subject::new("Compute node", lines)
}

fn providers(tree: &ObservedTree) -> String {
    counted(tree.providers.len(), "provider")
}

/// Whether Nova's scheduler chooses this host at all.
fn scheduled(tree: &ObservedTree) -> Vec<Line> {
    if !tree.is_compute_node() {
        let seen = "the root does not carry COMPUTE_NODE: Nova's scheduler puts no guest here";
        let remedy = "start nova-compute on this host: it sets the trait. If it runs, this is not its root: see \
                      root.uuid and root.name, and `openstack hypervisor list`";
        let finding = Finding::new(Code::NotComputeNode, tree.root_name(), seen, remedy);
        return vec![Line::found("COMPUTE_NODE", finding)];
    }
    if carries(tree, DISABLED) {
        let seen = format!("the root carries {DISABLED}: Nova's scheduler puts no guest here");
        let remedy = "if it is to take guests: `openstack compute service set --enable <host> nova-compute`";
        let finding = Finding::new(Code::ComputeDisabled, tree.root_name(), seen, remedy);
        return vec![Line::found("COMPUTE_NODE", finding)];
    }
    vec![Line::good("COMPUTE_NODE", "the root carries it, and is not disabled")]
}

fn carries(tree: &ObservedTree, name: &str) -> bool {
    let root = tree.providers.get(&tree.root.provider());
    root.is_some_and(|root| root.traits.iter().map(TraitName::as_str).any(|one| one == name))
}

/// What the agent would write.
fn behind(tree: &ObservedTree, decision: &Decision) -> Option<Line> {
    if decision.plan.is_empty() {
        return Some(Line::good("in line", "Placement says what the hardware is"));
    }
    let novas = decision.nova_providers.iter().filter(|provider| provider.writes > 0).count();
    let ours = decision.providers.iter().filter(|provider| provider.writes > 0).count();
    let mut which = Vec::new();
    if novas > 0 {
        which.push(format!("traits on {} of Nova's", counted(novas, "provider")));
    }
    if ours > 0 {
        which.push(format!("{} of this agent's", counted(ours, "provider")));
    }
    let due = counted(decision.plan.len(), "write");
    let seen = format!("{due} to Placement {} due: {}", is(decision.plan.len()), which.join(", "));
    let remedy =
        "start the agent (`systemctl start nvidia-placement-agent`), or run `apply` once; `plan` shows each";
    Some(Line::found("in line", Finding::new(Code::PlacementBehind, tree.root_name(), seen, remedy)))
}

fn is(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
