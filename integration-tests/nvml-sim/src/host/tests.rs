//! Host files that are taken, and host files that are refused with a sentence that helps.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::data::models;

fn refusal(toml: &str) -> String {
    Host::parse(toml).map(|_| ()).expect_err(toml).to_string()
}

fn a100(rest: &str) -> String {
    format!("[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"A100-40GB\"\n{rest}")
}

fn places(toml: &str) -> Vec<(u32, u32, u32)> {
    let host = Host::parse(toml).unwrap();
    host.gpus[0].instances.iter().map(|one| (one.id, one.profile_id, one.start)).collect()
}

#[test]
fn each_profile_of_each_model_fits_as_often_as_the_data_says_and_not_once_more() {
    for model in models() {
        for profile in &model.profiles {
            let with = |count: u32| {
                format!(
                    "[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"{}\"\nmig = \"on\"\ninstances = [\"{count}x {}\"]",
                    model.model, profile.name
                )
            };
            let full = Host::parse(&with(profile.max_instances)).unwrap();
            let there = &full.gpus[0].instances;
            assert_eq!(there.len(), profile.max_instances as usize, "{} {}", model.model, profile.name);
            assert_eq!(remaining(model, profile, there), 0);
            assert_eq!(remaining(model, profile, &[]), profile.max_instances, "{}", profile.name);
            let sentence = refusal(&with(profile.max_instances + 1));
            assert!(sentence.contains("takes at most"), "{sentence}");
        }
    }
}

#[test]
fn each_placement_of_each_model_can_be_asked_for() {
    for model in models() {
        for profile in &model.profiles {
            for (start, size) in &profile.placements {
                let toml = format!(
                    "[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"{}\"\nmig = \"on\"\ninstances = [\"{}@{start}\"]",
                    model.model, profile.name
                );
                let host = Host::parse(&toml).unwrap();
                assert_eq!(
                    (host.gpus[0].instances[0].start, host.gpus[0].instances[0].size),
                    (*start, *size)
                );
            }
        }
    }
}

#[test]
fn the_ids_are_those_of_a_driver() {
    assert_eq!(
        places(&a100("mig = \"on\"\ninstances = [\"3g.20gb\", \"2g.10gb\", \"1g.5gb\"]")),
        [(1, 9, 0), (5, 14, 4), (13, 19, 6)],
    );
}

#[test]
fn instances_without_a_start_make_way_for_each_other_and_for_those_with_one() {
    let toml = a100("mig = \"on\"\ninstances = [\"1g.5gb\", \"4g.20gb\", \"1g.5gb@6\"]");
    assert_eq!(places(&toml), [(1, 5, 0), (11, 19, 4), (13, 19, 6)]);
}

#[test]
fn an_instance_may_have_a_profile_that_nobody_knows() {
    let toml = a100("mig = \"on\"\ninstances = [{ profile_id = 99, start = 0, size = 1 }, \"1g.5gb\"]");
    assert_eq!(places(&toml), [(7, 99, 0), (8, 19, 1)]);
}

#[test]
fn ids_can_be_given_and_must_differ() {
    let toml = a100("mig = \"on\"\ninstances = [{ profile = \"3g.20gb\", start = 4, id = 7 }, \"1g.5gb@0\"]");
    assert_eq!(places(&toml), [(7, 9, 4), (8, 19, 0)]);
    let sentence = refusal(&a100(
        "mig = \"on\"\ninstances = [{ profile = \"1g.5gb\", id = 7 }, { profile = \"1g.5gb\", id = 7 }]",
    ));
    assert_eq!(sentence, "gpu 0000:41:00.0: instances: 1g.5gb: id 7 is used twice on this GPU");
}

#[test]
fn a_refusal_names_the_gpu_the_instance_what_was_found_and_what_is_expected() {
    let refusals = [
        (
            a100("mig = \"on\"\ninstances = [\"2g.10gb@1\"]"),
            "gpu 0000:41:00.0: instances: 2g.10gb@1: it cannot start at 1; expected 0, 2, 4",
        ),
        (
            a100("mig = \"on\"\ninstances = [\"4g.20gb@0\", \"1g.5gb@3\"]"),
            "gpu 0000:41:00.0: instances: 1g.5gb@3: slots 3 are already taken by 4g.20gb@0",
        ),
        (
            a100("mig = \"on\"\ninstances = [\"2x 3g.20gb\", \"1g.5gb\"]"),
            "gpu 0000:41:00.0: instances: 1g.5gb: no room: it can start at 0, 1, 2, 3, 4, 5, 6, and taken are \
             3g.20gb 0-3, 3g.20gb 4-7",
        ),
        (
            a100("mig = \"on\"\ninstances = [\"4g.20gb\", \"4g.20gb\"]"),
            "gpu 0000:41:00.0: instances: 4g.20gb: A100-40GB takes at most 1 of it",
        ),
        (
            a100("mig = \"on\"\ninstances = [\"7g.40gb\", \"1g.5gb\"]"),
            "gpu 0000:41:00.0: instances: 1g.5gb: this and those before need 8 compute slices; A100-40GB has 7",
        ),
        (
            a100("mig = \"on\"\ninstances = [\"1g.6gb\"]"),
            "gpu 0000:41:00.0: instances: `1g.6gb` is not a profile of A100-40GB; expected one of 1g.5gb, \
             1g.5gb+me, 1g.10gb, 2g.10gb, 3g.20gb, 4g.20gb, 7g.40gb",
        ),
        (
            a100("instances = [\"1g.5gb\"]"),
            "gpu 0000:41:00.0: instances: MIG is off, so there are none; expected `mig = \"on\"`",
        ),
        (
            "[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"T4\"\nmig = \"on\"".to_owned(),
            "gpu 0000:41:00.0: mig: T4 has no MIG; expected nothing, or \"unsupported\"",
        ),
        (
            "[[gpu]]\naddress = \"41\"\nmodel = \"T4\"".to_owned(),
            "gpu 41: address: `41` is not a PCI address such as 0000:41:00.0",
        ),
        (
            a100("errors = { nvmlDeviceGetNam = \"timeout\" }"),
            "gpu 0000:41:00.0: errors: `nvmlDeviceGetNam` is not an entry point of this library",
        ),
        (
            format!("{}\n{}", a100(""), a100("")),
            "gpu 0000:41:00.0: another GPU of this host has the same address or uuid",
        ),
    ];
    for (toml, expected) in refusals {
        assert_eq!(refusal(&toml), expected, "{toml}");
    }
}

#[test]
fn what_is_misspelt_is_shown_where_it_stands() {
    for (toml, expected) in [
        ("drivers = \"580\"", "unknown field `drivers`"),
        ("privileged = \"perhaps\"", "`perhaps` is not true, false or \"auto\""),
        ("[[gpu]]\nadress = \"x\"", "unknown field `adress`"),
        (
            "[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"A100-40GB\"\ninstances = [{ profil = \"1g.5gb\" }]",
            "unknown field `profil`",
        ),
        ("error = \"tired\"", "`tired` is not an NVML error"),
        (
            "[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"A1000\"",
            "`A1000` is not known; expected one of A100-40GB",
        ),
    ] {
        let sentence = refusal(toml);
        assert!(sentence.contains(expected), "{sentence}");
    }
}

#[test]
fn an_address_is_read_in_nvmls_three_forms_and_written_in_two() {
    let address: PciAddress = "00000000:1A:00.0".parse().unwrap();
    assert_eq!("0000:1a:00.0".parse(), Ok(address));
    assert_eq!("0:1a:0".parse(), Ok(address));
    assert_eq!("1a:00.0".parse(), Ok(address));
    assert_eq!(address.to_string(), "0000:1a:00.0");
    assert_eq!(address.nvml(), "00000000:1A:00.0");
    for wrong in ["", "1a", "0000:1a:00.9", "0000:1a:20.0", "0000:1a:+0.0", "0:0:0:0.0"] {
        assert_eq!(wrong.parse::<PciAddress>(), Err(()), "{wrong}");
    }
}

#[test]
fn the_readmes_example_is_a_host() {
    let readme = include_str!("../../README.md");
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let host = Host::parse(example).unwrap();
    assert_eq!(host.gpus.iter().map(|gpu| gpu.instances.len()).collect::<Vec<_>>(), [6, 0]);
    let vgpus = host.gpus.iter().filter_map(|gpu| gpu.vgpu.as_ref());
    assert_eq!(vgpus.map(|vgpu| (vgpu.types.len(), vgpu.active.len())).collect::<Vec<_>>(), [(6, 1), (1, 0)]);
    assert_eq!((host.missing().len(), host.latency("nvmlInit_v2").as_millis()), (1, 5));
}

#[test]
fn a_bus_that_cannot_be_is_refused() {
    for (lines, words) in [
        ("sriov = { total = 4, enabled = 5 }", "5 of 4 functions"),
        ("sriov = { total = 257 }", "nor than 256"),
        ("sriov = { total = 2, functions = [{ index = 2 }] }", "there is no function 2"),
        (
            "sriov = { total = 2, functions = [{ index = 1, current = 474 }] }",
            "function 1: type 474 is not listed",
        ),
        ("mdevs = [{ uuid = \"a\", type = 1 }]", "type 1 is not listed"),
        ("mdevs = [{ uuid = \"a\", type = 1, function = 0 }]", "there is no function 0"),
        ("mdev_types = [{ id = 1, name = \"x\" }]\nmdevs = [{ uuid = \"../a\", type = 1 }]", "no UUID"),
        ("sriov = { total = 2, layout = \"other\" }", "unknown variant `other`"),
        ("events = [\"all\"]", "unknown variant `all`"),
        ("xids = [{ code = 79, gi = 1 }]", "unknown field `gi`"),
    ] {
        let sentence = refusal(&a100(lines));
        assert!(sentence.contains(words), "{sentence}");
    }
    let sentence = refusal("[[pci]]\naddress = \"41\"\ndevice = \"0x20b0\"");
    assert!(sentence.contains("`41` is not a PCI address"), "{sentence}");
}
