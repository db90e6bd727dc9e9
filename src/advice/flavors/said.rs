//! What an operator should know about flavors.

use super::{Comparison, Proposal, SupplyWay, Verdict};
use crate::model::{Code, Finding, TraitName};

/// One finding for all that want the same.
pub(super) fn of_proposals(proposals: &[Proposal]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for (proposal, finding) in proposals.iter().filter_map(|one| Some((one, of_proposal(one)?))) {
        match findings.iter_mut().find(|other| (other.code, &other.seen) == (finding.code, &finding.seen)) {
            Some(other) => other.subject = format!("{}, {}", other.subject, proposal.name),
            None => findings.push(finding),
        }
    }
    findings
}

fn of_proposal(proposal: &Proposal) -> Option<Finding> {
    let subject = format!("flavor {}", proposal.name);
    if let Some(alias) = proposal.alias_missing() {
        return Some(Finding::new(
            Code::FlavorAliasUnknown,
            subject,
            format!("it asks by the alias {alias}, which Nova's configuration here does not have"),
            "add it to [pci]alias here and for nova-api: `nova-config` prints the line. Nova refuses the flavor's \
             servers without it",
        ));
    }
    let first = proposal.supplies.iter().find(|supply| !supply.way.attached())?;
    let (seen, remedy) = match first.way {
        SupplyWay::Mediated { .. } => (
            "Nova's configuration gives the default mdev type a mdev_class, and then reports VGPU and attaches nothing",
            "give the type device_addresses: `nova-config` prints them",
        ),
        _ => (
            "on a compute node nothing attaches it: it is published reserved, and the flavor finds no valid host",
            "let Nova report the GPU (`nova-config` prints what it takes); or set own.attachable = \"yes\" if something \
             other than Nova's libvirt driver attaches it",
        ),
    };
    Some(Finding::new(Code::FlavorUnattached, subject, seen, remedy))
}

pub(super) fn of_comparison(compared: &Comparison) -> Option<Finding> {
    let subject = format!("flavor {}", compared.name);
    let (code, seen, remedy) = match &compared.verdict {
        Verdict::Lands(_) | Verdict::NotHere { .. } => return None,
        Verdict::Nowhere { traits } => {
            let names: Vec<&str> = traits.iter().map(TraitName::as_str).collect();
            (
                Code::FlavorNowhere,
                format!("no provider of the cloud has {}: it can land nowhere", names.join(", ")),
                "correct its trait (`discover --profiles` and `discover --types` print those that this host could have), or cut a \
                 GPU so that there is one",
            )
        }
        Verdict::AnyKind(places) => {
            let mut kinds: Vec<&str> = places.iter().map(|place| place.plain.as_str()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            (
                Code::FlavorAnyKind,
                format!("no trait says which GPU it wants: here it gets any of {}", kinds.join(", ")),
                "add the trait of what it is to be: `openstack flavor set --property trait:CUSTOM_NVIDIA_…=required`, as \
                 in the commands above",
            )
        }
        Verdict::Unattached(_) => (
            Code::FlavorUnattached,
            "what it takes here in Placement is attached by nothing: its guests have no GPU, or find no valid host"
                .to_owned(),
            "take the flavor that is printed for this kind; passed-through functions are asked for by an alias alone",
        ),
        Verdict::UnknownAlias { alias } => (
            Code::FlavorAliasUnknown,
            format!("Nova's configuration here has no [pci]alias {alias}"),
            "add it here and for nova-api; if the alias is of another host's devices, it does not concern this one",
        ),
    };
    Some(Finding::new(code, subject, seen, remedy))
}
