//! Hosts on which a flavor gets its GPU, or finds the others there before it.

use super::scene::*;
use crate::advice::check::Attached;
use crate::model::*;
use crate::planner::Attachable;
use crate::planner::tests::build::*;

#[test]
fn on_a_good_host_the_flavor_gets_its_gpu_and_nothing_is_found() {
    let report = good().report();
    assert_eq!(
        report.verdict.text,
        "A flavor with resources:VGPU=1 and trait:CUSTOM_NVIDIA_1G5GB=required gets a GPU here: 7 free"
    );
    assert!(report.verdict.lands);
    assert_eq!(report.findings(), []);
    assert_eq!(report.worst(), None);
    let flavor = &report.flavors[0];
    assert_eq!((flavor.plain.as_str(), flavor.total, flavor.free), ("1g.5gb", 7, 7));
    assert!(report.flavors.iter().all(|flavor| flavor.attached == Attached::ByNova));
    assert_eq!(report.flavors.last().unwrap().name, None, "and one without a trait");
}

#[test]
fn guests_are_subtracted_and_a_full_host_is_nobodys_fault() {
    let mut scene = good();
    let novas: Vec<ProviderUuid> =
        scene.world.tree.providers.values().filter(|one| one.vgpu().is_some()).map(|one| one.uuid).collect();
    scene.world.usages.insert(novas[0], 1);
    assert!(scene.report().verdict.text.ends_with("6 free"));
    scene.world.usages.extend(novas.iter().map(|uuid| (*uuid, 1)));
    let report = scene.report();
    assert!(!report.verdict.lands && report.verdict.full, "{}", report.verdict.text);
    assert!(report.verdict.text.contains("all 7 are taken"), "{}", report.verdict.text);
    assert_eq!(report.findings(), []);
}

#[test]
fn before_the_agent_ran_the_traits_are_missing() {
    let scene = Scene::new(decorated(told(vec![setting("nvidia-474", &[], "VGPU")])), mdev_host(7));
    let report = scene.report();
    assert!(report.verdict.text.contains("not yet"), "{}", report.verdict.text);
    assert!(
        scene.said(Code::PlacementBehind).contains("traits on 7 providers of Nova's"),
        "{:?}",
        scene.codes()
    );
    let row =
        report.flavors.iter().find(|row| row.name.as_ref().is_some_and(|name| name.as_str() == PROFILE));
    assert_eq!(row.map(|row| (row.free, row.due)), Some((0, 7)));
    assert_eq!(scene.codes(), [Code::NoFlavorLands, Code::PlacementBehind]);
}

#[test]
fn what_is_owned_is_reserved_under_nova_and_offered_on_the_operators_word() {
    let mut world = World::new();
    world.policy.attachable = Attachable::Auto;
    let mut scene = Scene::new(world, host([gpu(A, &[(19, 0), (19, 1)])])).applied();
    scene.world.nova = told(Vec::new());
    let report = scene.report();
    assert!(report.verdict.text.contains("attaches nothing that this agent owns"), "{}", report.verdict.text);
    assert!(matches!(report.flavors[0].attached, Attached::Reserved(_)));
    assert_eq!(scene.codes(), [Code::NotAttachable, Code::NoFlavorLands]);

    scene.world.policy.attachable = Attachable::Yes;
    let scene = scene.applied();
    assert!(
        scene.report().verdict.text.contains("2 free, if something other"),
        "{}",
        scene.report().verdict.text
    );
    let mut withdrawn = Scene::new(scene.world.clone(), host([gpu(A, &[(19, 0), (19, 1)])]));
    withdrawn.world.policy.attachable = Attachable::Auto;
    assert!(withdrawn.said(Code::BootsWithoutGpu).contains("not reserved yet"), "{:?}", withdrawn.codes());
    assert_eq!(scene.codes(), [Code::AttachedOnWord]);
    assert_eq!(scene.report().worst(), Some(Severity::Info));
}

#[test]
fn with_placement_down_hardware_and_nova_are_looked_at_all_the_same() {
    let refused = |code| Finding::new(code, "Keystone", "no", "do");
    let mut scene = good();
    scene.login = Some(Err(refused(Code::Unreachable)));
    scene.world.nova = told(vec![setting("nvidia-999", &[], "VGPU")]);
    let report = scene.report();
    assert!(report.verdict.text.contains("cannot be told: no"), "{}", report.verdict.text);
    assert_eq!(
        scene.codes(),
        [Code::Unreachable, Code::MdevTypeUnmade, Code::LayoutMismatch]
            .into_iter()
            .filter(|code| scene.codes().contains(code))
            .collect::<Vec<_>>()
    );
    assert!(report.flavors.is_empty());
    let gpu = report.subjects.iter().find(|subject| subject.name.starts_with(A)).unwrap();
    assert!(gpu.lines.iter().any(|line| line.what == "mode"), "{gpu:?}");
    assert_eq!(report.worst(), Some(Severity::Error));
}

#[test]
fn without_gpus_credentials_are_looked_at_all_the_same() {
    let mut scene = good();
    scene.hardware = Err(Finding::new(Code::DriverNotReady, "NVML", "nvmlInit failed", "load it"));
    let report = scene.report();
    let service = &report.subjects[0];
    assert!(service.lines.iter().all(|line| line.finding.is_none()), "{service:?}");
    assert!(scene.codes().contains(&Code::DriverNotReady), "{:?}", scene.codes());
    assert_eq!(report.worst(), Some(Severity::Error));
}
