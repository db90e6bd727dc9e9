//! Everything that keeps a guest from its GPU, one at a time.

use super::scene::*;
use crate::advice::check::AgentSeen;
use crate::model::*;
use crate::planner::tests::build::*;

fn failing(code: Code) -> Finding {
    Finding::new(code, "Keystone", "no", "do")
}

fn with(nova: NovaView) -> Scene {
    Scene::new(decorated(nova), mdev_host(7)).applied()
}

#[test]
fn credentials_login_root_and_role_are_a_line_each() {
    let mut scene = good();
    scene.credentials = Err(failing(Code::CredentialsMissing));
    scene.login = None;
    scene.root = None;
    assert_eq!(scene.codes(), [Code::CredentialsMissing]);

    let mut scene = good();
    scene.login = Some(Err(failing(Code::Unauthorized)));
    assert_eq!(scene.codes(), [Code::Unauthorized]);

    let mut scene = good();
    scene.root = Some(Err(failing(Code::RootMissing)));
    assert_eq!(scene.codes(), [Code::RootMissing]);

    let mut scene = good();
    scene.refused = Some(failing(Code::Forbidden));
    assert_eq!(scene.codes(), [Code::Forbidden]);
    assert!(scene.report().verdict.text.contains("cannot be told: no"));
}

#[test]
fn a_root_that_nova_does_not_schedule_on() {
    let mut scene = good();
    let root = scene.world.tree.root.provider();
    scene
        .world
        .tree
        .providers
        .get_mut(&root)
        .unwrap()
        .traits
        .insert("COMPUTE_STATUS_DISABLED".parse().unwrap());
    assert_eq!(scene.codes(), [Code::NoFlavorLands, Code::ComputeDisabled]);
    scene.world.tree.providers.get_mut(&root).unwrap().traits.clear();
    assert_eq!(scene.codes(), [Code::NoFlavorLands, Code::NotComputeNode]);
    assert!(scene.report().verdict.text.contains("is not a compute node"));
}

/// A defect of Nova's: reported as VGPU, attached for the custom class alone.
#[test]
fn a_default_type_with_a_custom_class_boots_guests_without_a_gpu() {
    let scene = with(told(vec![setting("nvidia-474", &[], "CUSTOM_GPU")]));
    let codes = scene.codes();
    assert_eq!(codes, [Code::NovaAttachesNothing, Code::BootsWithoutGpu, Code::NoFlavorLands]);
    let danger = scene.said(Code::BootsWithoutGpu);
    assert!(danger.contains("7 VGPU here, on 6 providers more"), "{codes:?}");
    assert!(!danger.contains("<uuid>") && danger.contains("--resource VGPU:reserved=1`"), "{danger}");
    assert!(scene.said(Code::NovaAttachesNothing).contains("[mdev_nvidia-474]: "));
    assert_eq!(scene.report().worst(), Some(Severity::Error));
}

#[test]
fn providers_of_types_that_are_not_enabled_any_more() {
    let scene = with(told(Vec::new()));
    let codes = scene.codes();
    for code in [Code::NovaAttachesNothing, Code::BootsWithoutGpu, Code::LayoutMismatch, Code::NoFlavorLands]
    {
        assert!(codes.contains(&code), "{code} of {codes:?}");
    }
    assert!(scene.said(Code::LayoutMismatch).contains("told to make none"));
}

#[test]
fn functions_with_a_custom_class_are_not_found_by_vgpu_flavors() {
    let mut world = World::new();
    world.policy = Default::default();
    let all: Vec<String> = (1..=7).map(|n| format!("0000:41:00.{n}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    world.nova = told(vec![setting("nvidia-474", &all, "CUSTOM_GPU")]);
    let uuid = world.foreign("cmp1_pci_0000_41_00_1", &["OWNER_NOVA"]);
    let inventories = &mut world.tree.providers.get_mut(&uuid).unwrap().inventories;
    inventories.insert("CUSTOM_GPU".parse().unwrap(), record(1));
    let scene = Scene::new(world, mdev_host(7)).applied();
    assert_eq!(scene.codes(), [Code::NoFlavorLands, Code::MdevClassOther]);
    assert!(scene.said(Code::MdevClassOther).contains("resources:CUSTOM_GPU=1"));
}

#[test]
fn a_bound_for_the_whole_host_and_functions_beyond_what_there_is() {
    let mut bounded = setting("nvidia-474", &[], "VGPU");
    bounded.max_instances = Some(7);
    let cut: Vec<(u32, u32)> = (0..7).map(|slot| (19, slot)).collect();
    let mut scene = good();
    scene.world.nova = told(vec![bounded]);
    scene.hardware = Ok(host([mdev_gpu(A, &cut), mdev_gpu(B, &cut)]));
    assert_eq!(scene.codes(), [Code::MdevUnbounded]);
    assert!(
        scene.said(Code::MdevUnbounded).contains("max_instances = 7 holds for the whole host, and 2 GPUs")
    );

    let scene = Scene::new(decorated(told(vec![setting("nvidia-474", &[], "VGPU")])), mdev_host(3)).applied();
    assert_eq!(scene.codes(), [Code::MdevUnbounded]);
    assert!(scene.said(Code::MdevUnbounded).contains("Nova offers 7 functions of it, and it can give 3"));
    assert!(scene.report().verdict.text.ends_with("3 free"));
}

#[test]
fn types_and_addresses_that_are_not_here() {
    let scene = Scene::new(World::new(), mdev_host(7));
    let mut scene = Scene { world: World { policy: Default::default(), ..scene.world }, ..scene };
    scene.world.nova = told(vec![setting("nvidia-470", &[], "VGPU")]);
    let said = scene.said(Code::MdevTypeUnmade);
    assert!(said.contains("nvidia-470 (GRID A100-10C)") && said.contains("nova.conf:2"), "{said}");

    scene.world.nova = told(vec![setting("nvidia-474", &["0000:41:00.1", "0000:c1:00.4"], "VGPU")]);
    let said = scene.said(Code::MdevAddressUnknown);
    assert!(said.contains("1 of 2 in device_addresses") && said.contains("0000:c1:00.4"), "{said}");
    // Somebody else's type is not ours to judge.
    scene.world.nova =
        told(vec![setting("nvidia-474", &[], "VGPU"), setting("i915-GVTg_V5_4", &[A], "VGPU")]);
    assert!(!scene.codes().contains(&Code::MdevTypeUnmade));
}

#[test]
fn a_layout_that_nova_is_not_told_of() {
    let vendor = with_vgpus(gpu(A, &[(19, 0)]), &A100_TYPES, 3);
    let mut world = World::new();
    world.policy = Default::default();
    world.nova = told(vec![setting("nvidia-474", &[], "VGPU")]);
    let mut scene = Scene::new(world, host([vendor]));
    let said = scene.said(Code::LayoutMismatch);
    assert!(said.contains("enabled_mdev_types in /etc/nova/nova.conf:2 does nothing"), "{said}");
    scene.world.nova = told(Vec::new());
    assert!(scene.said(Code::LayoutMismatch).contains("no [pci]device_spec"));

    let mut nova = told(Vec::new());
    nova.device_specs.push(spec());
    scene.world.nova = nova;
    assert!(!scene.codes().contains(&Code::LayoutMismatch), "{:?}", scene.codes());
    scene.hardware = Ok(mdev_host(1));
    assert!(scene.said(Code::LayoutMismatch).contains("a bare function without a vGPU"));
}

fn spec() -> DeviceSpec {
    DeviceSpec {
        vendor: Some(0x10de),
        product: Some(0x20b0),
        address: PciPattern::glob("0000:41:*").unwrap(),
        class: Some("CUSTOM_GPU".to_owned()),
        traits: Vec::new(),
        managed: false,
        place: "/etc/nova/nova.conf:7".to_owned(),
    }
}

/// What the planner says of functions that are passed through is part of the report.
#[test]
fn passed_through_functions_without_a_type_and_as_vgpu() {
    let vendor = with_vgpus(gpu(A, &[(19, 0)]), &A100_TYPES, 3);
    let mut world = World::new();
    world.policy = Default::default();
    let mut nova = told(Vec::new());
    nova.device_specs.push(DeviceSpec { class: Some("VGPU".to_owned()), ..spec() });
    nova.pci_in_placement = true;
    world.nova = nova;
    offers(&mut world, "cmp1_0000:41:00.0");
    let scene = Scene::new(world, host([vendor]));
    let codes = scene.codes();
    for code in [Code::PassedWithoutType, Code::PassedAsVgpu, Code::BootsWithoutGpu] {
        assert!(codes.contains(&code), "{code} of {codes:?}");
    }
    assert!(scene.said(Code::BootsWithoutGpu).contains("is for passthrough"));
}

#[test]
fn functions_that_another_driver_has() {
    let mut scene = good();
    let mut gpu = mdev_gpu(A, &[(19, 0)]);
    let function = gpu.functions.values_mut().next().unwrap();
    (function.interface, function.driver) = (VgpuInterface::None, Some("vfio-pci".to_owned()));
    scene.hardware = Ok(host([gpu]));
    let said = scene.said(Code::FunctionDriver);
    assert!(
        said.contains("1 of 7 functions") && said.contains("vfio-pci") && said.contains("0000:41:00.1"),
        "{said}"
    );
}

#[test]
fn mig_that_is_pending_and_nothing_cut() {
    let mut scene = good();
    scene.hardware = Ok(mdev_host(0));
    let codes = scene.applied();
    assert!(
        codes.said(Code::NothingBehind).contains("GRID A100-1-5C on 7 functions of it, and it can give none")
    );
    let mut gpu = gpu(A, &[(19, 0)]);
    gpu.mig = MigMode::Supported { current: MigState::On, pending: MigState::Off };
    let mut world = World::new();
    world.policy = Default::default();
    let scene = Scene::new(world, host([gpu]));
    assert!(scene.said(Code::MigPending).contains("nvidia-smi --gpu-reset"));
    let mut world = World::new();
    world.policy = Default::default();
    let scene = Scene::new(world, host([crate::planner::tests::build::gpu(A, &[])]));
    assert!(scene.said(Code::NothingCut).contains("-cgi 19"));
}

#[test]
fn hardware_that_cannot_be_read() {
    for code in [Code::LibraryMissing, Code::DriverNotReady, Code::NoPermission] {
        let mut scene = good();
        scene.hardware = Err(failing(code));
        assert!(scene.codes().contains(&code), "{code}: {:?}", scene.codes());
    }
    let mut scene = good();
    let mut gpu = mdev_gpu(A, &[]);
    gpu.problems.push(DeviceProblem::NoPermission { call: "nvmlDeviceGetGpuInstances" });
    scene.hardware = Ok(host([gpu]));
    assert!(scene.said(Code::NoPermission).contains("CAP_SYS_ADMIN"));
}

#[test]
fn novas_providers_of_a_gpu_that_is_gone() {
    let mut scene = good();
    scene.hardware = Ok(host([gpu(B, &[(19, 0)])]));
    assert!(scene.said(Code::NovaCannotMake).contains("its GPU is not on this host"), "{:?}", scene.codes());
    assert!(scene.said(Code::GuestFails).contains("its guest does not start"));
    assert!(scene.report().subjects.iter().any(|subject| subject.name.starts_with(A)));
}

#[test]
fn more_allocated_than_there_is() {
    let mut world = World::new();
    world.policy.attachable = crate::planner::Attachable::Yes;
    let two = host([gpu(A, &[(19, 0), (19, 1)])]);
    let mut scene = Scene::new(world, two).applied();
    let uuid = scene.world.ours(A, "mig-19").unwrap().uuid;
    assert!(scene.world.allocate(uuid) && scene.world.allocate(uuid));
    scene.hardware = Ok(host([gpu(A, &[(19, 0)])]));
    assert!(scene.said(Code::OverPromised).contains("2 are allocated, but only 1 exist"));
}

#[test]
fn a_nova_conf_that_cannot_be_read_or_found() {
    let mut scene = good();
    let unreadable =
        Finding::new(Code::NovaUnreadable, "Nova's configuration", "nova.conf: Permission denied", "let it");
    scene.world.nova.problems.push(unreadable);
    let report = scene.report();
    let nova = report.subjects.iter().find(|subject| subject.name == "Nova's configuration").unwrap();
    assert!(nova.lines.iter().any(|line| line.seen.contains("Permission denied")), "{nova:?}");
    assert_eq!(scene.codes(), [Code::NovaUnreadable]);
    scene.world.nova = NovaView::default();
    assert!(scene.codes().contains(&Code::NovaNotFound));
}

#[test]
fn an_agent_that_does_not_run_or_does_not_get_on() {
    let mut scene = good();
    scene.agent = AgentSeen::Silent("no agent listens on /run/agent.sock".to_owned());
    assert_eq!(scene.codes(), [Code::NoAgentRuns]);
    assert_eq!(scene.report().worst(), Some(Severity::Warning));
    let AgentSeen::Answered { version, cycles, waiting, .. } = answered() else { panic!() };
    let agent = |failures, released, stuck: Option<&str>, findings| AgentSeen::Answered {
        version: version.clone(),
        cycles,
        failures,
        released,
        stuck: stuck.map(|call| (call.to_owned(), 130)),
        waiting: waiting.clone(),
        findings,
    };
    scene.agent = agent(0, true, None, Vec::new());
    assert_eq!(scene.codes(), [Code::AgentReleased]);
    scene.agent = agent(4, false, None, Vec::new());
    assert!(scene.said(Code::AgentFailing).contains("4 cycles in a row"));
    scene.agent = agent(0, false, Some("nvmlInit_v2"), Vec::new());
    assert!(scene.said(Code::AgentFailing).contains("nvmlInit_v2 has not returned for 130 s"));
    let contested = Finding::new(Code::Contested, "cmp1_pci_0000_41_00_1", "undone", "find it");
    scene.agent = agent(0, false, None, vec![contested]);
    assert_eq!(scene.codes(), [Code::Contested]);
}

#[test]
fn a_provider_that_somebody_else_made() {
    let mut scene = good();
    offers(&mut scene.world, "cmp1_other");
    assert!(scene.said(Code::GuestFails).contains("cmp1_other is not one that Nova made"));
    scene.world.nova = told(Vec::new());
    assert!(scene.said(Code::BootsWithoutGpu).contains("cmp1_other"));
}
