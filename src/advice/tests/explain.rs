//! From the hardware to Placement, and what has which name.

use super::scene::*;
use crate::advice::explain::{Explanation, Known, NothingThere, Target, explain};
use crate::model::*;
use crate::planner::Attachable;
use crate::planner::tests::build::*;

fn tell(world: &World, snapshot: &HostSnapshot, name: &str) -> Result<Explanation, NothingThere> {
    let decision = world.decide(snapshot);
    explain(
        Known {
            hardware: Ok(snapshot),
            nova: &world.nova,
            policy: &world.policy,
            placement: Ok((&world.tree, &decision)),
        },
        name,
    )
}

/// A `1g.5gb` is used, and the GPU was cut anew into two `3g.20gb`.
fn recut() -> (World, HostSnapshot) {
    let mut world = World::new();
    world.policy.attachable = Attachable::Yes;
    world.cycle(&host([gpu(A, &[(19, 0), (19, 1)])]));
    let uuid = world.ours(A, "mig-19").unwrap().uuid;
    assert!(world.allocate(uuid));
    (world, host([gpu(A, &[(9, 0), (9, 4)])]))
}

fn text(facts: &[crate::advice::explain::Fact]) -> String {
    facts.iter().map(|fact| format!("{}: {}\n", fact.what, fact.text)).collect()
}

#[test]
fn the_chain_of_a_gpu_that_was_cut_anew() {
    let (world, snapshot) = recut();
    let all = tell(&world, &snapshot, A).unwrap();
    assert_eq!(all.mode, Mode::Own);
    assert!(
        text(&all.hardware).contains("cut: 2 × 3g.20gb (profile 9), slots 0-3, 4-7"),
        "{}",
        text(&all.hardware)
    );
    assert_eq!(all.offers[0].rule, Rule::Instances);
    let [drained, made] = [19, 9].map(|profile| {
        let name = format!("mig-{profile}");
        all.providers.iter().find(|one| one.name.ends_with(&name)).unwrap()
    });
    assert_eq!(drained.state, "drain");
    assert!(
        drained.writes.iter().any(|write| write == "inventory 2 VGPU, 2 reserved"),
        "{:?}",
        drained.writes
    );
    assert!(!made.exists && made.writes.len() == 3, "{made:?}");
    let account = text(&made.account);
    assert!(account.contains("exist: 2 3g.20gb"), "{account}");
    assert!(
        account.contains("withheld: 1: beside what guests hold and other kinds have, 1 fits"),
        "{account}"
    );
    assert!(account.contains("reserved: 1 of 2"), "{account}");
    assert!(made.traits.iter().all(|line| !line.now && line.then && line.why.ends_with("to be added")));
    assert!(made.derived.ends_with(":nvidia:0000:41:00.0:20b0:mig-9"), "{}", made.derived);
    assert!(all.more.iter().any(|one| one.contains("guests of the earlier cut")), "{:?}", all.more);
    assert!(all.findings.iter().any(|one| one.code == Code::Withheld), "{:?}", all.findings);
}

#[test]
fn names_lead_to_what_has_them() {
    let (world, snapshot) = recut();
    let target = |name: &str| tell(&world, &snapshot, name).map(|found| found.target);
    let gpu: PciAddress = A.parse().unwrap();
    let ours = world.ours(A, "mig-19").unwrap();
    assert_eq!(target("00000000:41:00.0"), Ok(Target::Gpu(gpu)));
    assert_eq!(target(&format!("GPU-{A}")), Ok(Target::Gpu(gpu)));
    assert_eq!(target("GPU-0000:41:"), Ok(Target::Gpu(gpu)), "how its UUID begins");
    let one = Target::Provider { gpu, uuid: ours.uuid };
    assert_eq!(target(&ours.name), Ok(one.clone()));
    assert_eq!(target(&ours.uuid.to_string()), Ok(one));
    let to_be = format!("{}mig-9", ours.name.strip_suffix("mig-19").unwrap());
    assert!(matches!(target(&to_be), Ok(Target::Provider { .. })), "one that does not exist yet");

    let nothing = target("0000:42:00.0").unwrap_err();
    assert!(nothing.seen.contains("no GPU and no function sits at 0000:42:00.0"), "{nothing:?}");
    assert!(nothing.gpus[0].starts_with(A) && nothing.providers.contains(&ours.name), "{nothing:?}");
    assert!(nothing.providers.contains(&to_be), "{nothing:?}");
    assert!(target("cmp1").unwrap_err().seen.contains("it is the compute node itself"));
    assert!(target("GPU-").is_err() && target("").is_err());
}

#[test]
fn a_function_and_its_provider_of_novas() {
    let Scene { world, hardware, .. } = good();
    let snapshot = hardware.unwrap();
    let all = tell(&world, &snapshot, "0000:41:00.3").unwrap();
    assert!(matches!(all.target, Target::Function { .. }));
    let hardware = text(&all.hardware);
    assert!(
        hardware.contains("0000:41:00.3  virtfn3") && hardware.contains("mediated devices"),
        "{hardware}"
    );
    let nova = text(&all.nova);
    assert!(
        nova.contains("nvidia-474 is made on 1 of its functions, as VGPU (/etc/nova/nova.conf:2)"),
        "{nova}"
    );
    assert!(matches!(&all.reason, Reason::NovaMdev { .. }));
    let [one] = all.providers.as_slice() else { panic!("{:?}", all.providers) };
    assert_eq!((one.name.as_str(), one.novas), ("cmp1_pci_0000_41_00_3", true));
    assert!(one.writes.is_empty() && one.from == one.to);
    let foreign = one.traits.iter().find(|line| line.name.as_str() == "OWNER_NOVA").unwrap();
    assert!(foreign.now && foreign.then && foreign.why.contains("somebody else's"));
    assert_eq!(tell(&world, &snapshot, &one.name).unwrap().providers, std::slice::from_ref(one));
    assert_eq!(tell(&world, &snapshot, A).unwrap().providers.len(), 7);
}

#[test]
fn a_provider_that_nova_would_attach_nothing_for_says_so() {
    let Scene { mut world, hardware, .. } = good();
    world.nova = told(Vec::new());
    let all = tell(&world, &hardware.unwrap(), "0000:41:00.3").unwrap();
    assert_eq!(all.providers[0].fault, Some(Reason::NovaMakesNone));
    assert!(all.more.iter().any(|one| one.contains("enable a type")), "{:?}", all.more);
    let gone: Vec<&TraitName> =
        all.providers[0].traits.iter().filter(|line| line.now && !line.then).map(|line| &line.name).collect();
    assert!(gone.iter().any(|name| name.as_str() == PROFILE), "{gone:?}");
}

#[test]
fn without_placement_the_hardware_is_explained_and_names_lead_there() {
    let (world, snapshot) = recut();
    let away = Finding::new(Code::Unreachable, "Placement", "cannot reach it", "look");
    let known =
        Known { hardware: Ok(&snapshot), nova: &world.nova, policy: &world.policy, placement: Err(&away) };
    for name in [A, "cmp1:nvidia:0000:41:00.0:20b0:mig-19"] {
        let all = explain(known, name).unwrap();
        assert_eq!((all.mode, all.root, all.providers.len()), (Mode::Own, None, 0));
        assert_eq!(all.offers[0].units, 2);
        assert_eq!(all.findings, std::slice::from_ref(&away));
    }
    let broken = Finding::new(Code::DriverNotReady, "NVML", "nvmlInit failed", "load it");
    let decision = world.decide(&HostSnapshot { failed: Some("x".to_owned()), ..HostSnapshot::default() });
    let known = Known { hardware: Err(&broken), placement: Ok((&world.tree, &decision)), ..known };
    let all = explain(known, A).unwrap();
    assert_eq!(all.mode, Mode::Hold);
    assert_eq!(all.providers.len(), 1);
    assert!(all.findings.contains(&broken));
}
