use super::super::super::hosts::*;
use super::super::*;
use crate::model::Gpu;
use crate::planner::Attachable;

fn of(gpus: impl IntoIterator<Item = Gpu>, nova: &NovaView, naming: Naming) -> Flavors {
    let policy = Policy { attachable: Attachable::Yes, ..Policy::default() };
    Flavors::of(&host(gpus), nova, &policy, true, naming, Sizes::default(), None)
}

fn properties(proposal: &Proposal) -> String {
    let all = proposal.properties.iter().map(|(name, value)| format!("{name}={value}"));
    all.collect::<Vec<_>>().join(" ")
}

fn names(flavors: &Flavors) -> Vec<&str> {
    flavors.proposals.iter().map(|proposal| proposal.name.as_str()).collect()
}

#[test]
fn the_seed_of_it_all() {
    let flavors = of([a100(A, &[19; 7])], &NovaView::default(), Naming::default());
    let [one] = flavors.proposals.as_slice() else { panic!("{flavors:?}") };
    assert_eq!(one.name, "gpu.mig.1g");
    assert_eq!(properties(one), "resources:VGPU=1 trait:CUSTOM_NVIDIA_1G5GB=required");
    assert_eq!(one.size, Size { ram_mib: 8192, vcpus: 4, disk_gib: 40 });
    let shares = one.shares();
    assert_eq!((one.units(), shares.multiprocessors), (7, Some(14)));
    assert_eq!(
        (shares.compute.unwrap().to_string(), shares.memory.unwrap().to_string()),
        ("1/7".into(), "1/8".into())
    );
    assert!(one.attached() && flavors.findings.is_empty() && flavors.compared.is_none());
}

#[test]
fn names_are_short_where_that_is_unique() {
    let gpu = || a100(A, &[19, 20, 15, 14, 9]);
    let short = of([gpu()], &NovaView::default(), Naming::default());
    assert_eq!(
        names(&short),
        ["gpu.mig.1g", "gpu.mig.1g.5gb.me", "gpu.mig.1g.10gb", "gpu.mig.2g", "gpu.mig.3g"]
    );
    let long = of([gpu()], &NovaView::default(), Naming { long: true, board: false });
    assert_eq!(
        names(&long),
        ["gpu.mig.1g.5gb", "gpu.mig.1g.5gb.me", "gpu.mig.1g.10gb", "gpu.mig.2g.10gb", "gpu.mig.3g.20gb"]
    );
    let board = of([a100(A, &[19])], &NovaView::default(), Naming { long: false, board: true });
    assert_eq!(names(&board), ["gpu.mig.1g.a100-sxm4-40gb"]);
    assert!(properties(&board.proposals[0]).contains("trait:CUSTOM_NVIDIA_BOARD_A100_SXM4_40GB=required"));
}

#[test]
fn guests_grow_with_their_part_and_an_operators_word_counts() {
    let flavors = of([a100(A, &[9, 14])], &NovaView::default(), Naming::default());
    let sizes: Vec<_> = flavors.proposals.iter().map(|one| (one.size.ram_mib, one.size.vcpus)).collect();
    assert_eq!(sizes, [(16384, 8), (32768, 12)]);
    let sizes = Sizes { ram_mib: Some(1), vcpus: Some(2), disk_gib: Some(0) };
    let host = host([a100(A, &[9])]);
    let said =
        Flavors::of(&host, &NovaView::default(), &Policy::default(), false, Naming::default(), sizes, None);
    assert_eq!(said.proposals[0].size, Size { ram_mib: 1, vcpus: 2, disk_gib: 0 });
}

/// Two boards have a 1g.5gb: 1/7 of the one, 1/4 of the other.
#[test]
fn equal_names_of_unequal_parts_ask_for_their_board() {
    let flavors = of([a100(A, &[19, 9]), other(B, &[19])], &NovaView::default(), Naming::default());
    let boards: Vec<bool> = flavors.proposals.iter().map(|one| properties(one).contains("_BOARD_")).collect();
    assert_eq!(names(&flavors), ["gpu.mig.1g.5gb.a100-sxm4-40gb", "gpu.mig.1g.5gb.a30x", "gpu.mig.3g"]);
    assert_eq!(boards, [true, true, false]);
    // Equal parts of equal boards are one.
    let same = of([a100(A, &[19]), a100(B, &[19, 19])], &NovaView::default(), Naming::default());
    let [one] = same.proposals.as_slice() else { panic!("{same:?}") };
    assert_eq!((one.units(), one.supplies.len()), (3, 2));
}

#[test]
fn a_type_that_is_not_alone_in_its_profile_is_asked_for_by_its_own_trait() {
    let alone = vendor(with_types(a100(A, &[19]), &A100_TYPES), &[Some(474)]);
    let flavors = of([alone], &NovaView::default(), Naming::default());
    assert_eq!(properties(&flavors.proposals[0]), "resources:VGPU=1 trait:CUSTOM_NVIDIA_1G5GB=required");
    let mut types = A100_TYPES.to_vec();
    types.push((477, "GRID A100-1-2C", 2, 14, Some((19, 2))));
    let two = vendor(with_types(a100(A, &[19]), &types), &[Some(477), Some(477)]);
    let flavors = of([two], &NovaView::default(), Naming::default());
    let one = &flavors.proposals[0];
    assert_eq!((one.name.as_str(), one.units()), ("gpu.vgpu.a100-1-2c", 2));
    assert_eq!(properties(one), "resources:VGPU=1 trait:CUSTOM_NVIDIA_VGPU_A100_1_2C=required");
    assert_eq!(
        (one.shares().turns, one.shares().memory, one.shares().memory_mib),
        (Some(2), None, Some(2048))
    );
}

#[test]
fn time_sliced_types_have_all_multiprocessors_in_turns() {
    let gpu = vendor(with_types(whole(a100(A, &[])), &A100_TYPES), &[Some(470), Some(470)]);
    let flavors = of([gpu], &NovaView::default(), Naming::default());
    let one = &flavors.proposals[0];
    assert_eq!((one.name.as_str(), one.units(), one.size.vcpus), ("gpu.vgpu.a100-10c", 2, 8));
    assert_eq!((one.shares().compute, one.shares().turns), (None, Some(4)));
}

#[test]
fn what_nothing_attaches_says_so() {
    let policy = Policy::default();
    let host = host([a100(A, &[19])]);
    let told = NovaView::default();
    let under = |node| Flavors::of(&host, &told, &policy, node, Naming::default(), Sizes::default(), None);
    assert_eq!((under(true).proposals[0].attached(), codes(&under(true).findings)), (false, vec!["NPA0801"]));
    assert_eq!((under(false).proposals[0].attached(), codes(&under(false).findings)), (true, vec![]));
}

#[test]
fn under_novas_mediated_devices_its_class_is_asked_for() {
    let gpu = || mdev(with_types(a100(A, &[19, 19]), &A100_TYPES), &[None; 6]);
    let functions: Vec<_> = gpu().functions.keys().copied().collect();
    let flavors = of([gpu()], &making(474, "CUSTOM_SMALL", functions), Naming::default());
    let one = &flavors.proposals[0];
    assert_eq!(properties(one), "resources:CUSTOM_SMALL=1 trait:CUSTOM_NVIDIA_1G5GB=required");
    assert_eq!((one.units(), one.attached()), (2, true), "as many as there are instances, not functions");
    // Of a default type, Nova reports VGPU and attaches its class: nothing.
    let broken = of([gpu()], &making(474, "CUSTOM_SMALL", Vec::new()), Naming::default());
    assert!(properties(&broken.proposals[0]).starts_with("resources:VGPU=1"));
    assert_eq!((broken.proposals[0].attached(), codes(&broken.findings)), (false, vec!["NPA0801"]));
}

#[test]
fn passed_through_functions_are_asked_for_by_alias() {
    let gpu = || vendor(with_types(a100(A, &[19, 19]), &A100_TYPES), &[Some(474), Some(474), None]);
    let mut told = passing("0000:41:*.*", Some("CUSTOM_SMALL"), &["CUSTOM_NVIDIA_1G5GB"]);
    let missing = of([gpu()], &told, Naming::default());
    assert_eq!(properties(&missing.proposals[0]), "pci_passthrough:alias=a100-1-5c:1");
    assert_eq!(codes(&missing.findings), ["NPA0804"]);
    told.pci_aliases = vec![
        alias("card", Some("CUSTOM_OTHER"), None, &[]),
        alias("large", Some("CUSTOM_SMALL"), None, &["CUSTOM_NVIDIA_3G20GB"]),
        alias("not", Some("CUSTOM_SMALL"), None, &["!CUSTOM_NVIDIA_1G5GB"]),
        alias("board", Some("custom_small"), Some(0x2230), &[]),
        alias("small", Some("custom_small"), Some(0x20b0), &["CUSTOM_NVIDIA_1G5GB"]),
    ];
    let known = of([gpu()], &told, Naming::default());
    let one = &known.proposals[0];
    assert_eq!((properties(one).as_str(), one.units()), ("pci_passthrough:alias=small:1", 2));
    assert!(known.findings.is_empty() && one.name == "gpu.mig.1g");
    // Without Placement, the ids are all that Nova looks at.
    told.pci_aliases = vec![alias("ids", None, Some(0x20b0), &[])];
    assert_eq!(codes(&of([gpu()], &told, Naming::default()).findings), ["NPA0804"]);
    told.pci_in_placement = false;
    assert_eq!(
        properties(&of([gpu()], &told, Naming::default()).proposals[0]),
        "pci_passthrough:alias=ids:1"
    );
}
