//! vGPU hosts, through the real dlopen path.

use nvidia_ml::testing::SimulatedHost;

use super::{gpu, scan_with};
use crate::model::{
    Gpu, GpuInstanceId, HostSnapshot, HostVgpuMode, ProfileId, Vgpu, VgpuInstanceId, VgpuType, VgpuTypeId,
};

/// A GPU with MIG-backed vGPUs, one with time-sliced ones, one with both at once, one without any.
const HOST: &str = r#"
privileged = true

[[gpu]]
address = "0000:01:00.0"
model = "A100-40GB"
mig = "on"
instances = ["1g.5gb@0", "1g.5gb@1", "3g.20gb@4"]
compute_instances = false
[gpu.vgpu]
mode = "sriov"
active = [{ type = "GRID A100-1-5C", instance = 7, id = 3251634213, vm = "11111111-2222-3333-4444-555555555555", uuid = "aaaaaaaa-2222-3333-4444-555555555555" }]

[[gpu]]
address = "0000:02:00.0"
model = "A40"
[gpu.vgpu]
mode = "sriov"
heterogeneous = true
active = [{ type = "NVIDIA A40-8Q", mdev = "bbbbbbbb-2222-3333-4444-555555555555", vm = "7", vm_is_domain = true }]

[[gpu]]
address = "0000:03:00.0"
model = "RTX-PRO-6000-Blackwell-96GB"
mig = "on"
instances = ["2x 1g.24gb+gfx"]
[gpu.vgpu]
mode = "sriov"
types = [
  { id = 9001, name = "NVIDIA RTX Pro 6000 Blackwell DC-1-24Q", class = "Quadro", framebuffer_mib = 24576, max_instances = 4, profile_id = 47 },
  { id = 9002, name = "NVIDIA RTX Pro 6000 Blackwell DC-1-2Q", class = "Quadro", framebuffer_mib = 2048, max_instances = 48, max_per_gpu_instance = 12, profile_id = 47 },
]
active = [
  { type = "NVIDIA RTX Pro 6000 Blackwell DC-1-2Q", instance = 3 },
  { type = "NVIDIA RTX Pro 6000 Blackwell DC-1-2Q", instance = 3 },
]

[[gpu]]
address = "0000:04:00.0"
model = "T4"
"#;

fn read(toml: &str) -> HostSnapshot {
    let host = SimulatedHost::new(toml);
    let first = scan_with(host.library()).unwrap();
    assert!(first == scan_with(host.library()).unwrap(), "two scans of it are equal");
    first
}

fn named<'a>(gpu: &'a Gpu, name: &str) -> &'a VgpuType {
    gpu.vgpu.types.values().find(|one| one.name == name).unwrap_or_else(|| panic!("{:?}", gpu.vgpu.types))
}

#[test]
fn types_that_live_in_mig_are_told_with_their_profile() {
    let snapshot = read(HOST);
    let gpu = gpu(&snapshot, "0000:01:00.0");
    assert!(gpu.problems.is_empty(), "{:?}", gpu.problems);
    assert_eq!((gpu.vgpu.host_mode, gpu.vgpu.heterogeneous), (Some(HostVgpuMode::Sriov), None));
    let expected = VgpuType {
        id: VgpuTypeId::new(474),
        name: "GRID A100-1-5C".to_owned(),
        class: Some("Compute".to_owned()),
        framebuffer_mib: Some(5120),
        max_instances: Some(7),
        max_per_gpu_instance: Some(1),
        max_per_vm: Some(1),
        profile: Some(ProfileId::new(19)),
    };
    assert_eq!(named(gpu, "GRID A100-1-5C"), &expected);
    assert_eq!(gpu.vgpu.types.len(), 6);
    // One 1g.5gb is free, the 3g.20gb too; of the other profiles there is none.
    assert_eq!(gpu.vgpu.creatable, [474, 476].map(VgpuTypeId::new).into());

    let (id, active) = gpu.vgpu.active.first_key_value().unwrap();
    assert_eq!((id, active.vgpu_type), (&VgpuInstanceId::new(3_251_634_213), VgpuTypeId::new(474)));
    assert_eq!(active.vm.as_deref(), Some("11111111-2222-3333-4444-555555555555"));
    assert_eq!(active.uuid, "aaaaaaaa-2222-3333-4444-555555555555");
    assert_eq!((active.instance, active.mdev), (Some(GpuInstanceId::new(7)), None));
}

#[test]
fn time_sliced_types_are_those_of_the_whole_gpu() {
    let snapshot = read(HOST);
    let gpu = gpu(&snapshot, "0000:02:00.0");
    assert!(gpu.problems.is_empty(), "{:?}", gpu.problems);
    assert_eq!((gpu.vgpu.types.len(), gpu.vgpu.heterogeneous), (29, Some(true)));
    let smallest = named(gpu, "NVIDIA A40-1B");
    assert_eq!(
        (smallest.profile, smallest.max_instances, smallest.max_per_gpu_instance),
        (None, Some(32), None)
    );
    let active = gpu.vgpu.active.values().next().unwrap();
    assert_eq!(active.mdev.unwrap().to_string(), "bbbbbbbb-2222-3333-4444-555555555555");
    assert_eq!((active.vm.as_deref(), active.instance), (Some("7"), None));
    assert!(!gpu.vgpu.creatable.contains(&named(gpu, "NVIDIA A40-48Q").id));
}

#[test]
fn one_profile_can_carry_several_types_and_one_instance_several_vgpus() {
    let snapshot = read(HOST);
    let gpu = gpu(&snapshot, "0000:03:00.0");
    assert!(gpu.problems.is_empty(), "{:?}", gpu.problems);
    let shared = named(gpu, "NVIDIA RTX Pro 6000 Blackwell DC-1-2Q");
    assert_eq!((shared.max_instances, shared.max_per_gpu_instance), (Some(48), Some(12)));
    assert_eq!(shared.profile, named(gpu, "NVIDIA RTX Pro 6000 Blackwell DC-1-24Q").profile);
    let homes: Vec<_> = gpu.vgpu.active.values().map(|active| active.instance).collect();
    assert_eq!(homes, [Some(GpuInstanceId::new(3)); 2]);
}

#[test]
fn a_gpu_without_vgpus_is_asked_once() {
    let host = SimulatedHost::new(&format!("count_calls = \"calls.log\"\n{HOST}"));
    let snapshot = scan_with(host.library()).unwrap();
    let plain = gpu(&snapshot, "0000:04:00.0");
    assert_eq!((&plain.vgpu, plain.problems.len()), (&Vgpu::default(), 0));
    let asked = host.calls().iter().filter(|line| line.ends_with("04:00.0") && line.contains("gpu")).count();
    assert_eq!(asked, 1, "{:?}", host.calls());
}

/// One error of one call, for the GPU of the whole-GPU types.
fn with(call: &str, answer: &str) -> Gpu {
    let toml = format!("[errors]\n{call} = \"{answer}\"\n{}", HOST.replacen("privileged", "#", 1));
    let toml = format!("privileged = true\n{toml}");
    let host = SimulatedHost::new(&toml);
    gpu(&scan_with(host.library()).unwrap(), "0000:02:00.0").clone()
}

#[test]
fn what_a_type_is_must_be_known_and_what_else_it_has_need_not() {
    for call in ["nvmlDeviceGetSupportedVgpus", "nvmlVgpuTypeGetName", "nvmlVgpuTypeGetGpuInstanceProfileId"]
    {
        assert!(with(call, "unknown").blinded_by().is_some(), "{call}");
    }
    for call in [
        "nvmlDeviceGetHostVgpuMode",
        "nvmlDeviceGetCreatableVgpus",
        "nvmlDeviceGetActiveVgpus",
        "nvmlDeviceGetVgpuHeterogeneousMode",
        "nvmlVgpuTypeGetClass",
        "nvmlVgpuTypeGetFramebufferSize",
        "nvmlVgpuTypeGetMaxInstances",
        "nvmlVgpuTypeGetMaxInstancesPerVm",
        "nvmlVgpuInstanceGetType",
        "nvmlVgpuInstanceGetUUID",
        "nvmlVgpuInstanceGetVmID",
        "nvmlVgpuInstanceGetMdevUUID",
        "nvmlVgpuInstanceGetGpuInstanceId",
    ] {
        let gpu = with(call, "unknown");
        assert!(gpu.blinded_by().is_none() && gpu.problems.len() == 1, "{call}: {:?}", gpu.problems);
        assert_eq!(gpu.vgpu.types.len(), 29, "{call}");
    }
}

#[test]
fn a_vgpu_that_ends_meanwhile_is_none() {
    let gpu = with("nvmlVgpuInstanceGetType", "not_found");
    assert!(gpu.vgpu.active.is_empty() && gpu.problems.is_empty(), "{:?}", gpu.problems);
}

#[test]
fn on_a_vgpu_host_no_list_of_types_is_not_believed_to_be_an_empty_one() {
    for answer in ["not_supported", "no_permission", "huge_count", "never_enough"] {
        assert!(with("nvmlDeviceGetSupportedVgpus", answer).blinded_by().is_some(), "{answer}");
    }
    assert_eq!(with("nvmlDeviceGetSupportedVgpus", "growing_count").vgpu.types.len(), 29);
}

#[test]
fn a_gpu_that_tells_a_mode_and_is_on_no_vgpu_host_has_no_vgpus() {
    let toml = "privileged = true\n[[gpu]]\naddress = \"0000:02:00.0\"\nmodel = \"A40\"\n\
                vgpu = { mode = \"non-sriov\", host = false }\n";
    for (answer, problems) in [("", 0), ("errors = { nvmlDeviceGetVirtualizationMode = \"unknown\" }", 1)] {
        let snapshot = read(&format!("{toml}{answer}"));
        let gpu = gpu(&snapshot, "0000:02:00.0");
        assert_eq!(gpu.problems.len(), problems, "{answer}: {:?}", gpu.problems);
        assert_eq!(gpu.blinded_by().is_some(), problems > 0, "in doubt, it is one");
        assert_eq!(gpu.vgpu == Vgpu::default(), problems == 0);
    }
}

#[test]
fn names_that_are_none_are_not_offered() {
    for answer in ["not_utf8", "unterminated", "empty"] {
        let gpu = with("nvmlVgpuTypeGetName", answer);
        assert!(gpu.vgpu.types.is_empty() && gpu.blinded_by().is_some(), "{answer}");
    }
    assert_eq!(with("nvmlVgpuTypeGetName", "very_long").vgpu.types.len(), 29);
    for answer in ["not_utf8", "unterminated"] {
        let gpu = with("nvmlVgpuInstanceGetUUID", answer);
        assert!(gpu.blinded_by().is_none() && gpu.vgpu.active.len() == 1, "{:?}", gpu.problems);
    }
}
