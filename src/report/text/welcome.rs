//! What somebody sees who types the program's name and nothing else.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::style::{BAD, BOLD, CHANGE, DIM, NAME, harmless, painted};
use crate::config::{Credentials, Settings};
use crate::model::{Finding, HostSnapshot};
use crate::report::words::short;

/// What was found on this host without asking anybody else.
#[derive(Debug)]
pub struct Welcome {
    /// The configuration.
    pub settings: Result<Settings, Finding>,
    /// The GPUs.
    pub gpus: Result<HostSnapshot, Finding>,
    /// Which provider is the root, in words.
    pub root: String,
    /// What the running agent is at, if one runs.
    pub agent: Option<String>,
}

/// What it is, what it found, and what to type next.
pub fn welcome(found: &Welcome) -> String {
    let mut out = format!(
        "{}\nKeeps OpenStack Placement true about what this host's NVIDIA GPUs can give to guests.\n\n",
        painted(BOLD, format!("nvidia-placement-agent {}", env!("CARGO_PKG_VERSION")))
    );
    let mut line = |name: &str, text: String| {
        let _ = writeln!(out, "{:<6} {text}", name);
    };
    line("GPUs", gpus(&found.gpus));
    line("login", login(&found.settings));
    line("root", found.root.clone());
    line("agent", found.agent.clone().unwrap_or_else(|| painted(DIM, "does not run here")));
    let (command, why) = next(found);
    let _ = write!(
        out,
        "\nnext   {}\n       {why}\n\n{}\n",
        painted(NAME, format!("nvidia-placement-agent {command}")),
        painted(
            DIM,
            "`nvidia-placement-agent --help` has every command. Nothing was asked of Placement, and nothing written."
        )
    );
    harmless(&out)
}

fn failed(finding: &Finding) -> String {
    let first = finding.seen.lines().next().unwrap_or_default();
    painted(BAD, format!("{}: {first}", finding.code))
}

fn gpus(found: &Result<HostSnapshot, Finding>) -> String {
    let snapshot = match found {
        Ok(snapshot) => snapshot,
        Err(finding) => return failed(finding),
    };
    let mut counted: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for gpu in snapshot.gpus.values() {
        *counted.entry((short(&gpu.product), gpu.mig.is_on())).or_default() += 1;
    }
    let kinds = counted.iter().map(|((product, mig), count)| {
        format!("{count} × {product}{}", if *mig { " in MIG mode" } else { "" })
    });
    match snapshot.gpus.len() {
        0 => painted(CHANGE, "none that NVML shows"),
        _ => kinds.collect::<Vec<_>>().join(", "),
    }
}

fn login(settings: &Result<Settings, Finding>) -> String {
    let settings = match settings {
        Ok(settings) => settings,
        Err(finding) => return failed(finding),
    };
    match &settings.placement.credentials {
        Credentials::Noauth { endpoint } => format!("none, Placement at {endpoint} wants no authentication"),
        Credentials::Keystone(keystone) => format!("{}, from {}", keystone.method, keystone.source),
        Credentials::Missing { .. } => {
            painted(CHANGE, "no credentials were found, neither nova.conf's nor others")
        }
    }
}

/// The one command that is worth most now.
fn next(found: &Welcome) -> (&'static str, &'static str) {
    let credentials = found.settings.as_ref().map(|settings| &settings.placement.credentials);
    match (&found.agent, credentials, &found.gpus) {
        (Some(_), ..) => ("status", "shows what the running agent does and waits for"),
        (None, Err(_), _) => ("config check", "says what is wrong with the configuration, and where"),
        (None, _, Err(_)) => ("discover", "says why no GPU can be read, and what to do"),
        (None, _, Ok(snapshot)) if snapshot.gpus.is_empty() => {
            ("discover", "shows what is on the bus, and why NVML does not have it")
        }
        (None, Ok(Credentials::Missing { .. }), _) => {
            ("config show", "shows where credentials are looked for, and what each place lacks")
        }
        (None, Ok(_), Ok(_)) => {
            ("plan", "asks Placement, and shows what would be written and why; it writes nothing")
        }
    }
}
