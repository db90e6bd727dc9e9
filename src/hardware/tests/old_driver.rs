//! Libraries that lack calls: what a driver older than the call looks like.

use nvidia_ml::testing::SimulatedHost;

use super::{cut, gpu, scan_with};
use crate::model::{Gpu, Vgpu};

fn without(missing: &[&str]) -> Gpu {
    let host = SimulatedHost::new(&format!(
        r#"
        missing = {missing:?}
        privileged = true
        [[gpu]]
        address = "0000:01:00.0"
        model = "A100-40GB"
        mig = "on"
        instances = ["3x 2g.10gb"]
        vgpu = {{ mode = "sriov", active = [{{ type = "GRID A100-2-10C", instance = 3 }}] }}
        "#
    ));
    gpu(&scan_with(host.library()).unwrap(), "0000:01:00.0").clone()
}

#[test]
fn what_only_newer_drivers_tell_is_absent_and_no_problem() {
    for (missing, absent) in [
        ("nvmlDeviceGetSerial", (|gpu| gpu.serial.is_none()) as fn(&Gpu) -> bool),
        ("nvmlDeviceGetGpuInstanceRemainingCapacity", |gpu| gpu.remaining.is_empty()),
        ("nvmlDeviceGetComputeInstanceId", |gpu| gpu.instances.values().all(|i| i.compute.is_empty())),
        ("nvmlGpuInstanceGetComputeInstanceById", |gpu| gpu.instances.values().all(|i| i.compute.is_empty())),
        ("nvmlDeviceGetHostVgpuMode", |gpu| gpu.vgpu.host_mode.is_none() && gpu.vgpu.types.len() == 6),
        ("nvmlDeviceGetSupportedVgpus", |gpu| gpu.vgpu.types.is_empty()),
        ("nvmlDeviceGetCreatableVgpus", |gpu| gpu.vgpu.creatable.is_empty()),
        ("nvmlDeviceGetActiveVgpus", |gpu| gpu.vgpu.active.is_empty()),
        ("nvmlVgpuTypeGetGpuInstanceProfileId", |gpu| gpu.vgpu.types.values().all(|t| t.profile.is_none())),
        ("nvmlVgpuTypeGetMaxInstancesPerGpuInstance", |gpu| {
            gpu.vgpu.types.values().all(|t| t.max_per_gpu_instance.is_none() && t.max_instances.is_some())
        }),
        ("nvmlVgpuInstanceGetMdevUUID", |gpu| gpu.vgpu.active.len() == 1),
        ("nvmlDeviceGetFieldValues", |gpu| gpu.health.recovery.is_none() && gpu.health.ecc == Some(true)),
    ] {
        let gpu = without(&[missing]);
        assert!(absent(&gpu), "{missing}: {gpu:#?}");
        assert_eq!(cut(&gpu), [("2g.10gb".to_owned(), 3)], "{missing}");
        // Where it hands out vGPUs for certain, it is not believed to have no types.
        assert_eq!(gpu.blinded_by().is_some(), missing == "nvmlDeviceGetSupportedVgpus", "{missing}");
        assert!(gpu.problems.len() <= 1, "{missing}: {:?}", gpu.problems);
    }
}

#[test]
fn a_driver_that_tells_no_names_and_only_the_first_form_of_memory_has_profiles_named_as_nvidia_does() {
    let host = SimulatedHost::new(
        r#"
        missing = ["nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetGpuInstanceProfileInfoV"]
        privileged = true
        [[gpu]]
        address = "0000:01:00.0"
        model = "A100-80GB"
        mig = "on"
        instances = ["3g.40gb", "1g.10gb"]
        "#,
    );
    let gpu = gpu(&scan_with(host.library()).unwrap(), "0000:01:00.0").clone();
    assert_eq!(gpu.memory_mib, Some(81_920));
    assert_eq!(cut(&gpu), [("1g.10gb".to_owned(), 1), ("3g.40gb".to_owned(), 1)]);
}

#[test]
fn a_driver_older_than_vgpus_inside_mig_and_health_is_read_as_far_as_it_goes() {
    let gpu = without(&[
        "nvmlDeviceGetHostVgpuMode",
        "nvmlDeviceGetSupportedVgpus",
        "nvmlDeviceGetFieldValues",
        "nvmlDeviceGetEccMode",
        "nvmlDeviceGetRemappedRows",
        "nvmlDeviceGetGpuInstanceProfileInfoV",
        "nvmlDeviceGetGpuInstanceProfileInfoByIdV",
    ]);
    assert_eq!((cut(&gpu), &gpu.vgpu), (vec![("2g.10gb".to_owned(), 3)], &Vgpu::default()));
    assert_eq!(gpu.health, crate::model::Health::default());
    assert!(gpu.blinded_by().is_none(), "{:?}", gpu.problems);
}
