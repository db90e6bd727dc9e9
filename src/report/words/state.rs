//! How the agent and its host are, in a sentence.

use std::collections::BTreeMap;

use super::{Grade, ago, counted};
use crate::geometry::Board;
use crate::model::{Decision, Gpu, HostSnapshot, Mode, Moment, Severity, Status};

/// How it is at that time, as far as a sentence says it.
pub(in crate::report) fn state(status: &Status, now: Moment) -> (Grade, String) {
    let findings = status.all_findings();
    let errors = findings.iter().filter(|finding| finding.code.severity() == Severity::Error).count();
    let warnings = findings.iter().filter(|finding| finding.code.severity() == Severity::Warning).count();
    if status.released {
        return (Grade::Poor, "Released: NVML is closed on request, and nothing is looked at".to_owned());
    }
    if status.cycles == 0 {
        return (Grade::Unknown, "Starting: the first cycle has not ended".to_owned());
    }
    let age = status.succeeded.map(|at| now.since(at));
    let stale = age.is_none_or(|age| age > status.fresh_for);
    if let Some(stopped_by) = &status.cycle.stopped_by {
        let since = age.map_or("has not been since the start".to_owned(), |age| format!("was {}", ago(age)));
        return (
            Grade::Bad,
            format!("Stopped by {}; the last cycle that reached its end {since}", stopped_by.code),
        );
    }
    if let Some((call, _)) = &status.stuck {
        return (Grade::Bad, format!("A call into the driver does not return: {call}"));
    }
    if stale {
        let since = age.map_or("none since the start".to_owned(), |age| format!("the last one {}", ago(age)));
        return (Grade::Bad, format!("No cycle has reached its end in time: {since}"));
    }
    match (errors, warnings, status.cycle.converged() && status.findings.is_empty()) {
        (0, 0, true) => (Grade::Good, "Placement says what the hardware is".to_owned()),
        (0, warnings, true) => {
            let said = counted(warnings, "warning");
            (Grade::Poor, format!("Placement says what the hardware is, with {said}"))
        }
        (errors, ..) => (Grade::Bad, format!("Not as it should be: {}", counted(errors, "error"))),
    }
}

/// `4 GPUs (3 own, 1 hold), 9 GPU instances, 2 vGPUs in guests, 9 of 24 slots free`.
pub(in crate::report) fn host_facts(host: &HostSnapshot, decision: Option<&Decision>) -> String {
    let mut modes: BTreeMap<Mode, usize> = BTreeMap::new();
    for device in decision.into_iter().flat_map(|decision| decision.devices.values()) {
        *modes.entry(device.mode).or_default() += 1;
    }
    let modes: Vec<String> = modes.iter().map(|(mode, count)| format!("{count} {mode}")).collect();
    let modes = if modes.is_empty() { String::new() } else { format!(" ({})", modes.join(", ")) };
    let mut facts = vec![format!("{}{modes}", counted(host.gpus.len(), "GPU"))];
    let sum = |of: &dyn Fn(&Gpu) -> usize| host.gpus.values().map(of).sum::<usize>();
    let (instances, guests) = (sum(&|gpu| gpu.instances.len()), sum(&|gpu| gpu.vgpu.active.len()));
    facts.extend((instances > 0).then(|| counted(instances, "GPU instance")));
    facts.extend((guests > 0).then(|| format!("{} in guests", counted(guests, "vGPU"))));
    let slots = sum(&|gpu| Board::of_gpu(gpu).slots.get() as usize);
    let taken = sum(&|gpu| gpu.instances.values().map(|one| one.placement.size.get() as usize).sum());
    facts.extend((slots > 0).then(|| format!("{} of {slots} slots free", slots.saturating_sub(taken))));
    facts.join(", ")
}
