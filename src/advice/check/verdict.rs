//! The one line on top.

use crate::model::Severity;

use super::flavors::{Attached, Flavor};
use super::{Seen, all_findings, asks};

/// Whether a VGPU flavor gets a GPU on this host.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// It does, now.
    pub lands: bool,
    /// It would, if not all were taken.
    pub full: bool,
    /// The whole sentence.
    pub text: String,
    /// Why not.
    pub(super) why: String,
}

impl Verdict {
    fn no(why: impl Into<String>) -> Verdict {
        let why = why.into();
        Verdict {
            lands: false,
            full: false,
            text: format!("No VGPU flavor gets a GPU on this host: {why}"),
            why,
        }
    }

    pub(super) fn remedy(&self) -> &'static str {
        "see the lines above: each says what to do"
    }
}

pub(super) fn verdict(seen: &Seen<'_>, flavors: &[Flavor]) -> Verdict {
    let Some((tree, decision)) = seen.decided() else {
        let why = first_failure(seen).unwrap_or_else(|| "Placement was not asked".to_owned());
        let text = format!("Whether a VGPU flavor gets a GPU on this host cannot be told: {why}");
        return Verdict { lands: false, full: false, text, why };
    };
    if !tree.is_compute_node() {
        return Verdict::no(format!("{} is not a compute node of Nova's", tree.root_name()));
    }
    let root = tree.providers.get(&tree.root.provider());
    if root.is_some_and(|root| root.traits.iter().any(|name| name.as_str() == "COMPUTE_STATUS_DISABLED")) {
        return Verdict::no("its compute service is disabled");
    }
    let named = |flavor: &&Flavor| flavor.name.is_some() && flavor.attached.is_yes();
    let open = flavors.iter().filter(named).filter(|flavor| flavor.free > 0);
    // The kind with the most room, and of equals the first.
    if let Some(best) = open.min_by_key(|flavor| (std::cmp::Reverse(flavor.free), &flavor.name)) {
        return yes(best);
    }
    if let Some(due) = flavors.iter().filter(named).find(|flavor| flavor.due > 0) {
        let which = due.name.as_ref().map(asks).unwrap_or_default();
        let count = due.due;
        return Verdict::no(format!(
            "not yet; when the agent has written what is due, one with {which} finds {count}"
        ));
    }
    if let Some(full) = flavors.iter().filter(named).find(|flavor| flavor.total > 0) {
        let which = full.name.as_ref().map(asks).unwrap_or_default();
        let text =
            format!("A flavor with {which} gets no GPU here now: all {} are taken or reserved", full.total);
        return Verdict { lands: false, full: true, why: text.clone(), text };
    }
    let mut why: Vec<_> = all_findings(seen);
    why.extend(seen.hardware.as_ref().err().cloned());
    why.retain(|finding| finding.code.severity() > Severity::Info);
    why.sort_by_key(|finding| std::cmp::Reverse(finding.code.severity()));
    let device = || {
        let device = decision.devices.iter().next()?;
        Some(format!("{}: {}", device.0, device.1.reason))
    };
    let first = why.first().map(|finding| match finding.subject.as_str() {
        name if name == tree.root_name() => finding.seen.clone(),
        name => format!("{name}: {}", finding.seen),
    });
    Verdict::no(first.or_else(device).unwrap_or_else(|| "it has no GPU".to_owned()))
}

fn yes(best: &Flavor) -> Verdict {
    let which = best.name.as_ref().map(asks).unwrap_or_default();
    let word = match best.attached {
        Attached::ByOthers => ", if something other than Nova attaches it, as own.attachable says",
        _ => "",
    };
    let text = format!("A flavor with {which} gets a GPU here: {} free{word}", best.free);
    Verdict { lands: true, full: false, text, why: String::new() }
}

/// What kept Placement from being asked.
fn first_failure(seen: &Seen<'_>) -> Option<String> {
    let failed = seen.credentials.as_ref().err();
    let failed = failed.or_else(|| seen.login.as_ref()?.as_ref().err());
    let failed = failed.or_else(|| seen.versions.as_ref()?.as_ref().err());
    let failed = failed.or_else(|| seen.root.as_ref()?.as_ref().err());
    let failed = failed.or_else(|| seen.placement.as_ref()?.as_ref().err());
    failed.map(|finding| finding.seen.lines().next().unwrap_or_default().to_owned())
}
