//! Random states of a host with two A100.

use nvidia_placement_agent::model::*;

use super::lot::Lot;
use crate::hosts::{A, B, gpu, host};

/// Cuts that an A100 can hold: those of the planner's own walk, and more.
const CUTS: [&[(u32, u32)]; 12] = [
    &[],
    &[(0, 0)],
    &[(9, 0), (9, 4)],
    &[(5, 0), (9, 4)],
    &[(14, 0), (14, 2), (14, 4), (19, 6)],
    &[(19, 0), (19, 1), (19, 2), (19, 3), (19, 4), (19, 5), (19, 6)],
    &[(9, 4), (19, 0), (19, 1)],
    &[(14, 0), (19, 2), (19, 5)],
    &[(15, 0), (15, 2), (15, 4), (15, 6)],
    &[(9, 0), (15, 4), (15, 6)],
    &[(14, 0), (15, 2), (19, 4), (20, 5), (15, 6)],
    &[(5, 0), (14, 4), (20, 6)],
];

/// The next state, and how to call it.
pub(super) fn draw(lot: &mut Lot) -> (HostSnapshot, String) {
    let (a, b) = (draw_gpu(lot, A), draw_gpu(lot, B));
    let name = format!("A {}, B {}", a.1, b.1);
    let mut snapshot = host([a.0, b.0].into_iter().flatten());
    // A GPU that did not even tell its address: what is not seen may be this one.
    if lot.below(20) == 0 {
        let problem = DeviceProblem::Lost { call: "nvmlDeviceGetPciInfo_v3" };
        snapshot.problems.push(HostProblem { index: 2, problem });
        return (snapshot, name + ", one is lost");
    }
    (snapshot, name)
}

fn draw_gpu(lot: &mut Lot, address: &str) -> (Option<Gpu>, String) {
    let cut = *lot.one_of(&CUTS);
    let mut gpu = gpu(address, cut);
    let kind = match lot.below(20) {
        0 => return (None, "absent".to_owned()),
        1 => {
            gpu.problems.push(DeviceProblem::Lost { call: "nvmlDeviceGetGpuInstances" });
            "held"
        }
        2 => {
            // NVML tells profiles only where MIG is on.
            (gpu.mig, gpu.profiles, gpu.instances) =
                (mode(MigState::Off, MigState::Off), [].into(), [].into());
            "without MIG"
        }
        3 => {
            gpu.mig = mode(MigState::On, MigState::Off);
            "ending"
        }
        4 => {
            gpu.board = "20b2".parse().unwrap();
            "another board"
        }
        5 | 6 => {
            // Another driver, other names.
            gpu.profiles.values_mut().for_each(|profile| profile.name = profile.name.replace("gb", "99gb"));
            "renamed"
        }
        7 => {
            // The driver does not describe a profile that exists.
            let known = gpu.instances.values().next().map(|instance| (instance.id, instance.profile));
            if let Some((instance, profile)) = known {
                gpu.profiles.remove(&profile);
                gpu.problems.push(DeviceProblem::UnknownProfile { instance, profile });
            }
            "with an unknown profile"
        }
        _ => "cut",
    };
    (Some(gpu), format!("{kind} {cut:?}"))
}

fn mode(current: MigState, pending: MigState) -> MigMode {
    MigMode::Supported { current, pending }
}
