//! What is in a GPU instance, and what else a GPU tells of being cut.

use nvidia_ml::testing::SimulatedHost;

use super::{gpu, scan_with};
use crate::model::{ComputeInstance, Engines, GpuInstanceId, ProfileId};

const PARTS: &str = r#"
privileged = true
[[gpu]]
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
serial = "1564720004631"
instances = [
  { profile = "3g.20gb", start = 0, compute = [1, 2] },
  { profile = "2g.10gb", start = 4, compute = [] },
  "1g.5gb@6",
]
"#;

#[test]
fn compute_instances_are_told_with_their_place_and_need_not_be_there() {
    let host = SimulatedHost::new(PARTS);
    let snapshot = scan_with(host.library()).unwrap();
    let gpu = gpu(&snapshot, "0000:41:00.0");
    let inside = |id| {
        let compute = &gpu.instances[&GpuInstanceId::new(id)].compute;
        compute.iter().map(|one| (one.id, one.profile, one.start, one.size)).collect::<Vec<_>>()
    };
    assert_eq!(inside(1), [(0, 0, 0, 1), (1, 1, 1, 2)]);
    assert_eq!(inside(5), []);
    assert_eq!(inside(13), [(0, 0, 0, 1)]);
    assert!(gpu.problems.is_empty(), "{:?}", gpu.problems);
}

#[test]
fn serial_engines_and_remaining_capacity_are_told() {
    let host = SimulatedHost::new(PARTS);
    let snapshot = scan_with(host.library()).unwrap();
    let gpu = gpu(&snapshot, "0000:41:00.0");
    assert_eq!(gpu.serial.as_deref(), Some("1564720004631"));
    let engines = |id| gpu.profiles[&ProfileId::new(id)].engines;
    assert_eq!(engines(20), Engines { copy: 1, decoders: 1, encoders: 0, jpeg: 1, optical_flow: 1 });
    assert_eq!(engines(19), Engines { copy: 1, ..Engines::default() });
    // Slots 0 to 3, 4, 5 and 6 are taken, and 6 of 7 compute slices.
    let left = |id| gpu.remaining[&ProfileId::new(id)];
    assert_eq!([19, 14, 9, 0].map(left), [0, 0, 0, 0]);
    assert_eq!(gpu.remaining.len(), gpu.profiles.len());
}

#[test]
fn a_part_that_vanishes_or_fails_is_absent_and_hides_nothing() {
    for (answer, problems) in [("not_found", 0), ("not_supported", 0), ("unknown", 1)] {
        let call = "nvmlGpuInstanceGetComputeInstanceById";
        let host = SimulatedHost::new(&format!("{PARTS}errors = {{ {call} = \"{answer}\" }}"));
        let snapshot = scan_with(host.library()).unwrap();
        let gpu = gpu(&snapshot, "0000:41:00.0");
        assert!(gpu.instances.len() == 3 && gpu.blinded_by().is_none(), "{answer}: {:?}", gpu.problems);
        assert!(gpu.instances.values().all(|instance| instance.compute == [].into()));
        assert_eq!(gpu.problems.len(), problems, "{answer}: {:?}", gpu.problems);
    }
}

#[test]
fn capacity_that_is_not_told_is_absent_and_a_problem_only_where_it_failed() {
    for (answer, problems) in [("invalid_argument", 0), ("not_supported", 0), ("unknown", 1)] {
        let call = "nvmlDeviceGetGpuInstanceRemainingCapacity";
        let host = SimulatedHost::new(&format!("{PARTS}errors = {{ {call} = \"{answer}\" }}"));
        let snapshot = scan_with(host.library()).unwrap();
        let gpu = gpu(&snapshot, "0000:41:00.0");
        assert!(gpu.remaining.is_empty() && gpu.blinded_by().is_none(), "{answer}");
        assert_eq!(gpu.problems.len(), problems, "{answer}: {:?}", gpu.problems);
    }
}

#[test]
fn compute_instances_are_ordered_by_their_ids() {
    let one = |id, start| ComputeInstance { id, profile: 0, start, size: 1 };
    assert!(one(0, 5) < one(1, 0));
}
