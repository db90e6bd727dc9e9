use super::super::super::hosts::*;
use super::super::*;
use crate::planner::Attachable;

fn flavor(name: &str, specs: &[(&str, &str)]) -> Flavor {
    let properties = specs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Flavor { id: format!("id-{name}"), name: name.to_owned(), public: true, properties }
}

/// A word for what becomes of each flavor on an A100 cut into 3g.20gb and twice 1g.5gb.
fn verdicts(
    nova: &NovaView,
    gpu: crate::model::Gpu,
    flavors: &[Flavor],
    attachable: Attachable,
) -> Vec<String> {
    let policy = Policy { attachable, ..Policy::default() };
    let host = host([gpu]);
    let nobody = "CUSTOM_NVIDIA_9G99GB".parse().unwrap();
    let asked = traits_to_ask(flavors, &Flavors::supplies(&host, nova, &policy, true));
    let holders = asked.into_iter().map(|name| (name.clone(), usize::from(name != nobody))).collect();
    let fleet = Some(Fleet { flavors, holders: &holders });
    let all = Flavors::of(&host, nova, &policy, true, Naming::default(), Sizes::default(), fleet);
    let word = |verdict: &Verdict| match verdict {
        Verdict::Lands(places) => format!("lands on {}", places.len()),
        Verdict::AnyKind(places) => format!("any of {}", places.len()),
        Verdict::Unattached(_) => "unattached".to_owned(),
        Verdict::NotHere { lacks } => lacks.clone(),
        Verdict::Nowhere { traits } => format!("nowhere: {}", traits.len()),
        Verdict::UnknownAlias { alias } => format!("unknown {alias}"),
    };
    let compared = all.compared.unwrap();
    compared.iter().map(|one| format!("{}: {}", one.name, word(&one.verdict))).collect()
}

const ONE: (&str, &str) = ("resources:VGPU", "1");
const SMALL: (&str, &str) = ("trait:CUSTOM_NVIDIA_1G5GB", "required");

#[test]
fn every_way_to_ask_is_judged() {
    let flavors = [
        flavor("a", &[ONE, SMALL]),
        flavor("b", &[ONE]),
        flavor("c", &[ONE, ("trait:CUSTOM_NVIDIA_4G20GB", "required")]),
        flavor("d", &[ONE, ("trait:CUSTOM_NVIDIA_9G99GB", "required")]),
        flavor("e", &[ONE, ("trait:CUSTOM_NVIDIA_1G5GB", "forbidden")]),
        flavor("f", &[ONE, ("trait:CUSTOM_NVIDIA_MIG", "forbidden")]),
        flavor(
            "g",
            &[
                ("resources1:VGPU", "1"),
                ("trait1:CUSTOM_NVIDIA_3G20GB", "required"),
                ("group_policy", "none"),
            ],
        ),
        flavor("h", &[("resources_GPU:VGPU", "2"), ("trait_GPU:CUSTOM_NVIDIA_1G5GB", "required")]),
        flavor("i", &[("resources:VGPU", "2"), SMALL]),
        flavor("j", &[("resources:VGPU", "3"), SMALL]),
        flavor("k", &[SMALL]),
        flavor("l", &[ONE, SMALL, ("trait:CUSTOM_NVIDIA_3G20GB", "required")]),
        flavor("m", &[("resources:CUSTOM_NVIDIA_VGPU_A100_1_5C", "1")]),
        flavor(
            "n",
            &[("resources1:VGPU", "1"), ("resources2:VGPU", "1"), ("trait1:CUSTOM_NVIDIA_1G5GB", "required")],
        ),
        flavor("o", &[ONE, SMALL, ("trait:HW_CPU_X86_AVX2", "required"), ("hw:cpu_policy", "dedicated")]),
        flavor("p", &[ONE, ("trait:CUSTOM_NVIDIA_MIG", "required")]),
        flavor("x", &[("hw:cpu_policy", "dedicated"), ("resources:VGPU", "0")]),
        flavor("y", &[("resources:PGPU", "1"), ("pci_passthrough:alias", "nic:1")]),
    ];
    let said = verdicts(&NovaView::default(), a100(A, &[9, 19, 19]), &flavors, Attachable::Yes);
    assert_eq!(
        said,
        [
            "a: lands on 1",
            "b: any of 2",
            "c: nothing here has CUSTOM_NVIDIA_4G20GB",
            "d: nowhere: 1",
            "e: any of 1",
            "f: everything here has CUSTOM_NVIDIA_MIG, which it forbids",
            "g: lands on 1",
            "h: it asks for 2 VGPU of one provider, which is more than there is",
            "i: lands on 1",
            "j: it asks for 3 VGPU, which is more than there is",
            "k: it asks for a GPU's traits and for no GPU",
            "l: nothing here has CUSTOM_NVIDIA_1G5GB and CUSTOM_NVIDIA_3G20GB",
            "m: nothing here is reported as CUSTOM_NVIDIA_VGPU_A100_1_5C",
            "n: any of 2",
            "o: lands on 1",
            "p: any of 2",
        ]
    );
    let reserved = verdicts(&NovaView::default(), a100(A, &[19]), &flavors[..2], Attachable::Auto);
    assert_eq!(reserved, ["a: unattached", "b: unattached"]);
}

#[test]
fn aliases_are_looked_up_in_novas_configuration() {
    let flavors = [
        flavor("a", &[("pci_passthrough:alias", "small:1")]),
        flavor("b", &[("pci_passthrough:alias", "small:2, nic:1")]),
        flavor("c", &[("pci_passthrough:alias", "nobody:1")]),
        flavor("d", &[("pci_passthrough:alias", "card:1")]),
        flavor("e", &[("resources:CUSTOM_SMALL", "1")]),
        flavor("f", &[("pci_passthrough:alias", "nic:1")]),
    ];
    let gpu = vendor(with_types(a100(A, &[19]), &A100_TYPES), &[Some(474)]);
    let mut told = passing("0000:41:*.*", Some("CUSTOM_SMALL"), &["CUSTOM_NVIDIA_1G5GB"]);
    told.pci_aliases = vec![
        alias("small", Some("CUSTOM_SMALL"), Some(0x20b0), &[]),
        alias("card", Some("CUSTOM_CARD"), Some(0x2230), &[]),
        nic(),
    ];
    assert_eq!(
        verdicts(&told, gpu, &flavors, Attachable::Auto),
        [
            "a: lands on 1",
            "b: it asks for 2 of small, and there are 1",
            "c: unknown nobody",
            "d: nothing here is what the alias card asks for",
            "e: unattached",
        ]
    );
}

fn nic() -> crate::model::PciAlias {
    crate::model::PciAlias { vendor: Some(0x15b3), ..alias("nic", None, Some(0x1018), &[]) }
}

#[test]
fn what_the_cloud_has_is_known_and_a_name_is_not_given_twice() {
    let host = host([a100(A, &[19, 9])]);
    let policy = Policy { attachable: Attachable::Yes, ..Policy::default() };
    let flavors = [
        flavor("small", &[ONE, SMALL, ("hw:mem_page_size", "large")]),
        flavor("gpu.mig.3g", &[ONE]),
        flavor("odd", &[ONE, SMALL, ("trait:CUSTOM_NVIDIA_MIG", "required")]),
    ];
    let fleet = Some(Fleet { flavors: &flavors, holders: &BTreeMap::new() });
    let all =
        Flavors::of(&host, &NovaView::default(), &policy, true, Naming::default(), Sizes::default(), fleet);
    assert_eq!(
        (all.proposals[0].name.as_str(), &all.proposals[0].exists_as),
        ("gpu.mig.1g", &vec!["small".to_owned()])
    );
    assert_eq!(codes(&all.findings), ["NPA0805", "NPA0803"], "{:?}", all.findings);
}

#[test]
fn extra_specs_are_read_as_nova_reads_them() {
    let asked = |specs: &[(&str, &str)]| Asked::of(&flavor("x", specs).properties);
    for odd in [
        ("trait:CUSTOM_X", "perhaps"),
        ("resources:VGPU", "many"),
        ("trait!:CUSTOM_X", "required"),
        ("resources:VGPU", "0"),
    ] {
        let empty = asked(&[odd]);
        assert!(empty.claims().is_empty() && empty.aliases.is_empty());
        assert!(
            empty.groups.values().all(|group| group.resources.is_empty() && group.required.is_empty()),
            "{odd:?}"
        );
    }
    let all = asked(&[("pci_passthrough:alias", "a:1, b:2,c"), ("resources-1_x:VGPU", "2")]);
    assert_eq!(all.aliases, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(all.groups["-1_x"].resources["VGPU"], 2);
}
