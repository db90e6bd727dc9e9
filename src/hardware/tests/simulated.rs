//! Hosts that work: what is on them is in the snapshot.

use std::fmt::Write as _;

use nvidia_ml::data::models;
use nvidia_ml::testing::SimulatedHost;

use super::{cut, gpu, scan_with};
use crate::model::{DeviceProblem, GpuInstanceId, MigMode, MigState, ProfileId, SlicePlacement, Slots};

const MIXED: &str = r#"
driver = "580.65.06"
privileged = true

[[gpu]]
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
instances = ["7x 1g.5gb"]

[[gpu]]
address = "0000:81:00.0"
model = "A100-40GB"
mig = "on"
instances = ["3g.20gb@4", "2g.10gb@0", "1g.5gb@2"]

[[gpu]]
address = "0000:a1:00.0"
model = "A100-80GB"
mig = "on"

[[gpu]]
address = "0000:c1:00.0"
model = "T4"
"#;

#[test]
fn a_mixed_host_is_seen_as_it_is() {
    let host = SimulatedHost::new(MIXED);
    let snapshot = scan_with(host.library()).unwrap();
    assert_eq!(snapshot.driver.as_deref(), Some("580.65.06"));
    assert_eq!((snapshot.gpus.len(), snapshot.problems.len()), (4, 0));
    let problems: Vec<_> = snapshot.gpus.values().flat_map(|gpu| &gpu.problems).collect();
    assert!(problems.is_empty(), "{problems:?}");

    let sevenfold = gpu(&snapshot, "0000:41:00.0");
    assert_eq!(sevenfold.product, "NVIDIA A100-SXM4-40GB");
    assert_eq!(sevenfold.board.to_string(), "20b0");
    assert_eq!(sevenfold.memory_mib, Some(40960));
    assert!(sevenfold.uuid.starts_with("GPU-"));
    assert_eq!(sevenfold.mig, MigMode::Supported { current: MigState::On, pending: MigState::On });
    assert_eq!(cut(sevenfold), [("1g.5gb".to_owned(), 7)]);
    let smallest = &sevenfold.profiles[&ProfileId::new(19)];
    assert_eq!((smallest.compute_slices, smallest.multiprocessors, smallest.memory_mib), (1, 14, 4864));
    assert_eq!((smallest.max_instances, smallest.placements.len()), (7, 7));

    let various = gpu(&snapshot, "0000:81:00.0");
    assert_eq!(cut(various), [("1g.5gb".into(), 1), ("2g.10gb".into(), 1), ("3g.20gb".into(), 1)]);
    let largest = various.instances.values().find(|one| one.profile == ProfileId::new(9)).unwrap();
    assert_eq!(largest.placement, SlicePlacement { start: Slots::new(4), size: Slots::new(4) });

    let uncut = gpu(&snapshot, "0000:a1:00.0");
    assert!(uncut.mig.is_on() && uncut.instances.is_empty() && !uncut.profiles.is_empty());
    let plain = gpu(&snapshot, "0000:c1:00.0");
    assert_eq!((plain.mig, plain.profiles.len()), (MigMode::Unsupported, 0));
}

#[test]
fn two_scans_of_a_host_are_equal_and_a_third_sees_the_new_cut() {
    let host = SimulatedHost::new(MIXED);
    let first = scan_with(host.library()).unwrap();
    assert_eq!(first, scan_with(host.library()).unwrap());
    host.rewrite(&MIXED.replace("7x 1g.5gb", "2x 3g.20gb"));
    let third = scan_with(host.library()).unwrap();
    assert_eq!(cut(gpu(&third, "0000:41:00.0")), [("3g.20gb".to_owned(), 2)]);
    assert_eq!(gpu(&third, "0000:81:00.0"), gpu(&first, "0000:81:00.0"));
}

#[test]
fn a_pending_mode_is_told_apart_from_the_mode_in_force() {
    let toml = |now, then| {
        format!(
            "privileged = true\n[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"A100-40GB\"\n\
             mig = \"{now}\"\nmig_pending = \"{then}\""
        )
    };
    let host = SimulatedHost::new(&toml("off", "on"));
    let snapshot = scan_with(host.library()).unwrap();
    let turning_on = gpu(&snapshot, "0000:41:00.0");
    assert_eq!(turning_on.mig, MigMode::Supported { current: MigState::Off, pending: MigState::On });
    assert!(turning_on.profiles.is_empty() && turning_on.problems.is_empty());
    host.rewrite(&toml("on", "off"));
    let snapshot = scan_with(host.library()).unwrap();
    assert!(gpu(&snapshot, "0000:41:00.0").mig.is_on());
}

#[test]
fn instances_without_compute_instances_count() {
    let host = SimulatedHost::new(&MIXED.replace("mig = \"on\"", "mig = \"on\"\ncompute_instances = false"));
    let with = SimulatedHost::new(MIXED);
    let mut with = scan_with(with.library()).unwrap();
    for instance in with.gpus.values_mut().flat_map(|gpu| gpu.instances.values_mut()) {
        assert_eq!(instance.compute.len(), 1);
        instance.compute.clear();
    }
    assert!(scan_with(host.library()).unwrap() == with);
}

#[test]
fn an_instance_of_a_profile_that_nobody_describes_is_named_and_hides_no_other() {
    let host = SimulatedHost::new(
        r#"
        privileged = true
        [[gpu]]
        address = "0000:41:00.0"
        model = "A100-40GB"
        mig = "on"
        instances = [{ profile_id = 99, start = 0, size = 1, id = 42 }, "2x 1g.5gb"]
        "#,
    );
    let snapshot = scan_with(host.library()).unwrap();
    let gpu = gpu(&snapshot, "0000:41:00.0");
    let (instance, profile) = (GpuInstanceId::new(42), ProfileId::new(99));
    assert_eq!(gpu.problems, [DeviceProblem::UnknownProfile { instance, profile }]);
    assert_eq!(cut(gpu), [("1g.5gb".to_owned(), 2), ("?".to_owned(), 1)]);
    assert!(gpu.blinded_by().is_none());
}

#[test]
fn no_gpu_is_an_empty_snapshot() {
    let host = SimulatedHost::new("driver = \"580.65.06\"");
    let snapshot = scan_with(host.library()).unwrap();
    assert_eq!((snapshot.driver.as_deref(), snapshot.gpus.len()), (Some("580.65.06"), 0));
    assert!(snapshot.problems.is_empty());
}

#[test]
fn every_model_is_seen_fully_cut_by_each_of_its_profiles() {
    let mut seen = 0;
    let host = SimulatedHost::new("");
    let longest = models().iter().map(|model| model.profiles.len()).max().unwrap();
    for nth in 0..longest {
        // One host with every model that has such a profile.
        let mut toml = "privileged = true\n".to_owned();
        let chosen: Vec<_> = models().iter().filter_map(|m| Some((m, m.profiles.get(nth)?))).collect();
        for (bus, (model, profile)) in (1..).zip(&chosen) {
            let (count, name) = (profile.max_instances, &profile.name);
            write!(toml, "[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\nmodel = \"{}\"\n", model.model)
                .unwrap();
            writeln!(toml, "mig = \"on\"\ninstances = [\"{count}x {name}\"]").unwrap();
        }
        host.rewrite(&toml);
        let snapshot = scan_with(host.library()).unwrap();
        for (bus, (model, profile)) in (1..).zip(&chosen) {
            let gpu = gpu(&snapshot, &format!("0000:{bus:02x}:00.0"));
            assert_eq!(cut(gpu), [(profile.name.clone(), profile.max_instances as usize)], "{}", model.model);
            assert!(gpu.problems.is_empty(), "{:?}", gpu.problems);
            assert_eq!(gpu.profiles.len(), model.profiles.len(), "{}", model.model);
            let placements = &gpu.profiles[&ProfileId::new(profile.profile_id)].placements;
            assert_eq!(placements.len(), profile.placements.len(), "{} {}", model.model, profile.name);
            seen += 1;
        }
    }
    assert_eq!(seen, models().iter().map(|model| model.profiles.len()).sum::<usize>());
}
