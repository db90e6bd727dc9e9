//! Boot in stages: MIG mode, GPU instances, virtual functions and their types come back one after the other,
//! late, or never. What is not back is reserved; no kind takes another's place meanwhile; nothing thrashes.

use super::build::*;
use super::patience::Loop;
use crate::model::*;
use crate::planner::Memory;

const ONES: [(u32, u32); 3] = [(19, 0), (19, 1), (19, 2)];

fn vgpu_host(cut: &[(u32, u32)]) -> Gpu {
    with_vgpus(gpu(A, cut), &A100_TYPES, 7)
}

/// A GPU in MIG mode with three vGPUs in three instances, as it serves.
fn mig_backed() -> HostSnapshot {
    host([typed(vgpu_host(&ONES), &[474; 3])])
}

/// A GPU that takes turns, as it serves.
fn time_sliced() -> HostSnapshot {
    host([typed(uncut(vgpu_host(&[])), &[470; 4])])
}

/// A host without any virtual function yet.
fn without_functions(mut gpu: Gpu) -> Gpu {
    gpu.functions.clear();
    gpu.sriov = Some(Sriov { total: 16, enabled: 0 });
    gpu
}

/// Virtual functions that are there, and neither layout yet.
fn without_layout(mut gpu: Gpu) -> Gpu {
    gpu.functions.values_mut().for_each(|function| function.interface = VgpuInterface::None);
    gpu
}

/// MIG off → on → one instance after the other → virtual functions → their types.
fn stages() -> Vec<HostSnapshot> {
    let instances = (0..=ONES.len()).map(|count| without_functions(vgpu_host(&ONES[..count])));
    let types = (0..=3).map(|count| typed(vgpu_host(&ONES), &[474; 3][..count]));
    let off = [uncut(without_functions(vgpu_host(&[])))];
    let bare = [without_layout(vgpu_host(&ONES))];
    off.into_iter().chain(instances).chain(bare).chain(types).map(|gpu| host([gpu])).collect()
}

/// A loop that has served this for long, and a host that was then started anew.
fn served(before: &HostSnapshot) -> Loop {
    let mut run = Loop::new();
    run.cycle(before, 0);
    run.cycle(before, 10);
    run.memory = Memory::default();
    run
}

/// The providers of the GPU that have an inventory.
fn offering(run: &Loop) -> Vec<String> {
    let ours = run.world.tree.ours().filter(|(_, provider)| provider.vgpu().is_some());
    ours.map(|(identity, provider)| format!("{} {}", identity.kind, run.shown_of(provider))).collect()
}

#[test]
fn a_mig_gpu_with_vgpus_comes_back_in_stages_with_two_writes() {
    let before = mig_backed();
    let mut run = served(&before);
    assert!(run.world.allocate(run.uuid("vgpu-474")));
    let traits = run.world.ours(A, "vgpu-474").unwrap().traits.clone();
    let mut writes = 0;
    for (number, stage) in stages().iter().enumerate() {
        writes += run.cycle(stage, 1000 + 20 * number as u64);
        let expected = if number < 6 { "vgpu-474 3/3" } else { "vgpu-474 3/" };
        assert!(offering(&run).concat().starts_with(expected), "{number}: {:?}", offering(&run));
        assert_eq!(offering(&run).len(), 1, "no other kind at stage {number}");
    }
    writes += run.cycle(&before, 1300);
    assert_eq!(offering(&run), ["vgpu-474 3/0"]);
    assert_eq!(writes, 2, "reserved once, given back once");
    assert_eq!(run.world.ours(A, "vgpu-474").unwrap().traits, traits);
}

#[test]
fn no_policy_for_another_mode_turns_the_gpu_into_something_else_while_it_boots() {
    for (before, tempting) in [(mig_backed(), "GRID A100-10C"), (time_sliced(), "GRID A100-1-5C")] {
        let mut run = served(&before);
        let kind = offering(&run).concat()[..8].to_owned();
        run.world.policy.vgpu_types = vec![tempting.parse().unwrap()];
        // Each looks like a complete host of the other kind, for less than `settling.other_kind`.
        let other = [host([uncut(vgpu_host(&[]))]), host([vgpu_host(&ONES)])];
        for (second, stage) in [(1000, &other[0]), (1060, &other[1]), (1110, &other[0]), (1180, &other[1])] {
            run.cycle(stage, second);
            assert_eq!(run.cycle(stage, second + 15), 0, "{second}");
            let seen = offering(&run);
            assert!(seen.len() == 1 && seen[0].starts_with(&kind), "{second}: {seen:?}");
        }
        run.cycle(&before, 1250);
        run.cycle(&before, 1260);
        let seen = offering(&run).concat();
        assert!(seen.starts_with(&kind) && seen.ends_with("/0"), "{seen}");
    }
}

#[test]
fn what_never_comes_back_stays_reserved_and_then_makes_way() {
    let mut run = served(&mig_backed());
    let left = host([without_functions(vgpu_host(&ONES))]);
    assert_eq!(run.cycle(&left, 1000), 1);
    assert_eq!(offering(&run), ["vgpu-474 3/3"]);
    assert_eq!(run.look(&left, 1001).next, Some(Moment::new(std::time::Duration::from_secs(1120))));
    assert_eq!(run.cycle(&left, 1119), 0);
    run.cycle(&left, 1120);
    // Without virtual functions there are still GPU instances.
    assert_eq!(offering(&run), ["mig-19 3/0"]);
    assert_eq!(run.cycle(&left, 5000), 0);
}

#[test]
fn mig_mode_that_never_comes_back_offers_nothing() {
    let mut run = served(&mig_backed());
    let off = host([uncut(without_functions(vgpu_host(&[])))]);
    for second in [1000, 1060, 1120, 1130] {
        run.cycle(&off, second);
        assert!(offering(&run).iter().all(|seen| seen == "vgpu-474 3/3"), "{:?}", offering(&run));
    }
    assert_eq!(offering(&run), [""; 0]);
    assert_eq!(run.cycle(&off, 9000), 0);
}

#[test]
fn instance_ids_that_are_used_again_for_another_cut_mislead_nobody() {
    let mut run = served(&mig_backed());
    assert!(run.world.allocate(run.uuid("vgpu-474")));
    // The ids 1 to 3 are back, and stand for two halves now.
    let halves = host([typed(vgpu_host(&[(9, 0), (9, 4)]), &[476; 2])]);
    run.cycle(&halves, 1000);
    assert_eq!(offering(&run), ["vgpu-474 3/3"]);
    run.cycle(&halves, 1120);
    let mut seen = offering(&run);
    seen.sort();
    // The guest's slot keeps one of the halves back.
    assert_eq!(seen, ["vgpu-474 3/3", "vgpu-476 2/1"]);
    assert_eq!(run.cycle(&halves, 1300), 0);
}

#[test]
fn types_that_flap_are_reserved_and_written_no_more_than_twice_a_time() {
    let mut run = served(&mig_backed());
    let before = mig_backed();
    let without = host([vgpu_host(&ONES)]);
    run.cycle(&before, 900);
    run.cycle(&before, 911);
    for start in [1000, 1100, 1200] {
        assert_eq!(run.cycle(&without, start), 1, "reserved at once");
        assert_eq!(run.cycle(&before, start + 5), 0);
        assert_eq!(run.cycle(&without, start + 7), 0);
        assert_eq!(run.cycle(&before, start + 9), 0);
        assert_eq!(run.cycle(&before, start + 18), 0);
        assert_eq!(run.cycle(&before, start + 19), 1, "given back when it has lasted");
        assert_eq!(offering(&run), ["vgpu-474 3/0"]);
    }
}

#[test]
fn a_first_boot_in_stages_ends_with_the_types() {
    let mut run = Loop::new();
    for (number, stage) in stages().iter().enumerate() {
        run.cycle(stage, 3 * number as u64);
        assert_eq!(offering(&run), [""; 0], "nothing had time to settle at stage {number}");
    }
    run.cycle(&mig_backed(), 60);
    assert_eq!(offering(&run), ["vgpu-474 3/0"]);
}
