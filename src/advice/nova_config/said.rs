//! What an operator should know about a configuration for Nova.

use std::fmt;

use super::{By, Part, Way};
use crate::model::{Code, Finding, Gpu, HostSnapshot, VgpuType};
use crate::planner::VgpuRule;

/// Most vGPU types that a finding lists: an RTX PRO 6000 has dozens.
const MOST_CHOICES: usize = 8;

/// Why a GPU is not in it.
#[derive(Debug)]
pub(super) enum Left {
    /// The operator's word.
    Ignored(&'static str),
    /// It cannot be read.
    Blind(String),
    /// No function of it hands vGPUs out.
    NoFunctions {
        /// Whether it could, by its driver.
        types: bool,
        /// What makes it so.
        remedy: String,
    },
    /// MIG is on, and nothing is cut.
    NothingCut,
    /// Something is to be chosen.
    Undecided(&'static str),
}

impl Left {
    pub(super) fn without_functions(gpu: &Gpu) -> Self {
        let types = !gpu.vgpu.types.is_empty();
        let remedy = match gpu.sriov {
            Some(sriov) if types && sriov.enabled == 0 => {
                format!("enable its virtual functions: `/usr/lib/nvidia/sriov-manage -e {}`", gpu.address)
            }
            _ if types => "see in the kernel log why its functions hand no vGPUs out; at boot, wait".to_owned(),
            _ => "install NVIDIA's vGPU host driver if guests are to get parts of it: Nova attaches mediated devices \
                  and PCI functions, and no GPU instance without one"
                .to_owned(),
        };
        Left::NoFunctions { types, remedy }
    }

    pub(super) fn finding(&self, gpu: &Gpu) -> Option<Finding> {
        let remedy = match self {
            Left::NoFunctions { remedy, .. } => remedy.clone(),
            Left::NothingCut => {
                format!("cut it first: `nvidia-smi mig -i {} -lgip` lists the profiles", gpu.address)
            }
            Left::Ignored(_) | Left::Blind(_) | Left::Undecided(_) => return None,
        };
        Some(Finding::new(Code::NothingForNova, gpu.address, self, remedy))
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Left::Ignored(why) => f.write_str(why),
            Left::Blind(problem) => write!(f, "it cannot be read: {problem}"),
            Left::NoFunctions { types: true, .. } => f.write_str("no function of it hands vGPUs out yet"),
            Left::NoFunctions { types: false, .. } => f.write_str("its driver offers no vGPU types"),
            Left::NothingCut => f.write_str("MIG is on and no GPU instance exists"),
            Left::Undecided(what) => f.write_str(what),
        }
    }
}

/// What has to be chosen.
#[derive(Debug)]
pub(super) enum Asked {
    /// One of these types; those of the whole GPU, where there is no home.
    AnyOf { home: Option<String>, names: Vec<String> },
    /// No type lives in GPU instances of that profile.
    NoType { home: Option<String> },
    /// Nova can report only one of these.
    OneOf(Vec<String>),
}

impl Asked {
    pub(super) fn what(&self) -> &'static str {
        match self {
            Asked::AnyOf { .. } => "no vGPU type is chosen for it",
            Asked::NoType { .. } => "its driver has no vGPU type for its GPU instances",
            Asked::OneOf(_) => "it has several vGPU types, and Nova can report one",
        }
    }

    pub(super) fn finding(&self, gpu: &Gpu) -> Finding {
        let at = gpu.address;
        let instances = |home: &str| format!("its GPU instances {home}");
        let (code, seen, remedy) = match self {
            Asked::AnyOf { home, names } => {
                let of = home.as_deref().map_or_else(|| "it".to_owned(), instances);
                let where_ = home.as_deref().map_or_else(|| at.to_string(), |home| format!("{at} {home}"));
                let remedy = format!(
                    "choose: `--type '{where_}={}'`, or devices.vgpu_types for good. There are {}",
                    names.first().map_or("TYPE", String::as_str),
                    listed(names)
                );
                (Code::NoTypeForNova, format!("no vGPU type is chosen for {of}"), remedy)
            }
            Asked::NoType { home } => {
                let of = home.as_deref().map_or_else(|| "it".to_owned(), instances);
                let remedy = "cut it into profiles that have types: `discover --types` lists them";
                (Code::NothingForNova, format!("the driver has no vGPU type for {of}"), remedy.to_owned())
            }
            Asked::OneOf(names) => (
                Code::OneTypeForNova,
                format!(
                    "it has several vGPU types ({}), and Nova reports all functions of one GPU alike",
                    names.join(", ")
                ),
                format!(
                    "choose the one that Nova is to hand out: `--type '{at}={}'`; or give the GPU one type, cut it into \
                     one profile",
                    names.first().map_or("TYPE", String::as_str)
                ),
            ),
        };
        Finding::new(code, at, seen, remedy)
    }
}

/// What is not as it should be of what is reported.
pub(super) fn of_part(gpu: &Gpu, part: &Part, room: Option<u32>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |code, seen: String, remedy: String| {
        findings.push(Finding::new(code, gpu.address, seen, remedy));
    };
    if !part.untyped.is_empty() {
        let (count, first) = (part.untyped.len(), part.untyped.first());
        let first = first.map(ToString::to_string).unwrap_or_default();
        say(
            Code::FunctionsWithoutType,
            format!(
                "{count} of the {} functions that are to be passed through are no {} yet",
                part.units, part.plain
            ),
            format!(
                "before nova-compute starts, at each boot: write {} to their nvidia/current_vgpu_type \
                 (/sys/bus/pci/devices/{first}/…). A guest would get a function without a GPU behind it",
                part.vgpu_type
            ),
        );
    }
    let possible = room.unwrap_or(part.units);
    if part.units < possible {
        let remedy = match (part.way, part.by) {
            (Way::Passed, By::Functions) => format!(
                "nothing, or give more functions the type: write {} to their nvidia/current_vgpu_type",
                part.vgpu_type
            ),
            _ => format!(
                "enable more functions: `/usr/lib/nvidia/sriov-manage -e {}`; or nothing, if others have them",
                gpu.address
            ),
        };
        say(
            Code::FewerFunctions,
            format!("it could give {possible} × {}, and has functions for {}", part.plain, part.units),
            remedy,
        );
    }
    findings
}

/// Rules of the command line that choose nothing here.
pub(super) fn unused(typed: &[VgpuRule], snapshot: &HostSnapshot) -> Vec<Finding> {
    let fits = |rule: &VgpuRule| {
        let rule = std::slice::from_ref(rule);
        snapshot.gpus.values().any(|gpu| {
            let profiles = gpu.profiles.keys().copied().map(Some).chain([None]);
            profiles.into_iter().any(|profile| VgpuRule::choose(rule, gpu, profile).is_some())
        })
    };
    let finding = |rule: &VgpuRule| {
        Finding::new(
            Code::TypeUnknown,
            "--type",
            format!("{:?} names no vGPU type of a GPU here, as it is cut now", rule.to_string()),
            format!("`discover --types` lists them{}", examples(snapshot)),
        )
    };
    typed.iter().filter(|rule| !fits(rule)).map(finding).collect()
}

fn examples(snapshot: &HostSnapshot) -> String {
    let mut types = snapshot.gpus.values().flat_map(|gpu| gpu.vgpu.types.values().map(move |one| (gpu, one)));
    let example =
        |(gpu, one): (&Gpu, &VgpuType)| format!(", for example `--type '{}={}'`", gpu.address, one.name);
    types.next().map(example).unwrap_or_default()
}

/// Whether a finding is about what a GPU lacks by the agent's own policy.
pub(in crate::advice) fn is_lack(code: Code) -> bool {
    matches!(
        code,
        Code::NoVgpuType | Code::NoVgpuFunction | Code::NothingCut | Code::NotMig | Code::UnusableVgpuType
    )
}

fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_CHOICES).map(String::as_str).collect();
    let more = names.len().saturating_sub(MOST_CHOICES);
    let more = if more == 0 { String::new() } else { format!(" and {more} more: `discover --types`") };
    format!("{}{more}", shown.join(", "))
}
