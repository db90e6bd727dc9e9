use std::collections::BTreeSet;

use super::super::hosts::*;
use super::*;
use crate::model::{DeviceProblem, MigMode};

fn config(gpus: impl IntoIterator<Item = Gpu>, nova: &NovaView, rules: &[&str]) -> NovaConfig {
    let rules: Vec<VgpuRule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    NovaConfig::of(&host(gpus), nova, &Policy::default(), &rules)
}

fn none() -> NovaView {
    NovaView::default()
}

/// Of each part: the type, how many, and the numbers of its functions.
fn parts(config: &NovaConfig) -> Vec<(u32, u32, String)> {
    let last = |at: &PciAddress| at.to_string()[8..].to_owned();
    let of = |part: &Part| {
        let functions: Vec<String> = part.functions.iter().map(last).collect();
        (part.vgpu_type.get(), part.units, functions.join(" "))
    };
    config.parts.iter().map(of).collect()
}

#[test]
fn each_vgpu_has_one_function_and_each_function_one_vgpu() {
    let gpu = mdev(with_types(a100(A, &[9, 19, 19]), &A100_TYPES), &[None; 16]);
    let config = config([gpu], &none(), &[]);
    assert_eq!(parts(&config), [(476, 1, "00.1".to_owned()), (474, 2, "00.2 00.3".to_owned())]);
    assert!(config.parts.iter().all(|part| part.by == By::Only && part.class == ResourceClass::vgpu()));
    assert_eq!(codes(&config.findings), [""; 0]);
    assert_eq!(config.mediated().len(), 2);
}

#[test]
fn never_more_than_the_gpu_can_have() {
    for (rule, most) in [("nvidia-470", 4), ("nvidia-471", 2)] {
        for functions in 0..8 {
            for make in [mdev, vendor] {
                let gpu = make(with_types(whole(a100(A, &[])), &A100_TYPES), &vec![None; functions]);
                let config = config([gpu], &none(), &[rule]);
                let units: u32 = config.parts.iter().map(|part| part.units).sum();
                assert_eq!(units, most.min(functions as u32), "{rule} on {functions} functions");
                let fewer = functions > 0 && units < most;
                assert_eq!(codes(&config.findings).contains(&"NPA0815"), fewer);
                let all: Vec<_> = config.parts.iter().flat_map(|part| &part.functions).collect();
                assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
            }
        }
    }
}

#[test]
fn what_is_said_last_counts_least() {
    let types = |made: &[Option<u32>]| mdev(with_types(whole(a100(A, &[])), &A100_TYPES), made);
    let told = making(471, "VGPU", Vec::new());
    let policy = Policy { vgpu_types: vec!["nvidia-470".parse().unwrap()], ..Policy::default() };
    let by = |gpu: Gpu, nova: &NovaView, policy: &Policy, rules: &[VgpuRule]| {
        let config = NovaConfig::of(&host([gpu]), nova, policy, rules);
        config.parts.iter().map(|part| (part.vgpu_type.get(), part.by)).collect::<Vec<_>>()
    };
    let rule: Vec<VgpuRule> = vec!["0000:41:00.0=GRID A100-20C".parse().unwrap()];
    let (idle, made) = (&[None; 6][..], &[None, Some(470), None][..]);
    assert_eq!(by(types(made), &told, &policy, &rule), [(471, By::CommandLine)]);
    assert_eq!(by(types(made), &told, &policy, &[]), [(470, By::Functions)]);
    assert_eq!(by(types(idle), &told, &policy, &[]), [(471, By::Nova)]);
    assert_eq!(by(types(idle), &none(), &policy, &[]), [(470, By::Policy)]);
    assert_eq!(by(types(idle), &none(), &Policy::default(), &[]), []);
}

#[test]
fn functions_that_have_made_one_come_first() {
    let made = [None, None, None, Some(474), None, Some(474)];
    let gpu = mdev(with_types(a100(A, &[19, 19, 19]), &A100_TYPES), &made);
    assert_eq!(parts(&config([gpu], &none(), &[])), [(474, 3, "00.1 00.4 00.6".to_owned())]);
}

#[test]
fn several_types_of_one_gpu_keep_their_functions() {
    let made = [Some(470), Some(471), None, None];
    let gpu = mdev(with_types(whole(a100(A, &[])), &A100_TYPES), &made);
    let config = config([gpu], &none(), &[]);
    assert_eq!(parts(&config), [(470, 1, "00.1".to_owned()), (471, 1, "00.2".to_owned())]);
}

#[test]
fn a_type_that_nobody_chose_is_asked_for() {
    let gpu = mdev(with_types(whole(a100(A, &[])), &A100_TYPES), &[None; 4]);
    let config = config([gpu], &none(), &[]);
    let said = &config.findings[0];
    assert_eq!((codes(&config.findings), parts(&config)), (vec!["NPA0811"], vec![]));
    assert!(said.remedy.contains("`--type '0000:41:00.0=GRID A100-10C'`"), "{}", said.remedy);
    assert!(said.remedy.contains("GRID A100-10C, GRID A100-20C"), "{}", said.remedy);
    assert_eq!(config.left[&at(A)], "no vGPU type is chosen for it");
    // In GPU instances, the profile says for which.
    let mut types = A100_TYPES.to_vec();
    types.push((477, "GRID A100-1-5CME", 5, 7, Some((19, 1))));
    let gpu = mdev(with_types(a100(A, &[19]), &types), &[None; 4]);
    let config = super::tests::config([gpu], &none(), &[]);
    assert!(config.findings[0].remedy.contains("`--type '0000:41:00.0 1g.5gb=GRID A100-1-5C'`"));
    let gpu = mdev(with_types(a100(A, &[19]), &types), &[None; 4]);
    let chosen = super::tests::config([gpu], &none(), &["0000:41:00.0 1g.5gb=GRID A100-1-5CME"]);
    assert_eq!(parts(&chosen), [(477, 1, "00.1".to_owned())]);
}

#[test]
fn functions_with_a_type_are_passed_through_as_what_they_are() {
    let typed = [Some(474), Some(474), None, None];
    let gpu = vendor(with_types(a100(A, &[19, 19, 19]), &A100_TYPES), &typed);
    let config = config([gpu], &none(), &[]);
    assert_eq!(parts(&config), [(474, 2, "00.1 00.2".to_owned())]);
    let part = &config.parts[0];
    assert_eq!(part.class.as_str(), "CUSTOM_NVIDIA_VGPU_A100_1_5C");
    assert!(part.untyped.is_empty() && !part.traits.contains(&marker()));
    assert!(part.traits.contains(&"CUSTOM_NVIDIA_1G5GB".parse().unwrap()));
    assert_eq!(codes(&config.findings), ["NPA0815"], "a third could have it");
    let alias = config.aliases().into_iter().next().unwrap();
    assert_eq!((alias.name.as_str(), &alias.class), ("a100-1-5c", &part.class));
}

#[test]
fn functions_without_a_type_have_to_be_given_it() {
    let gpu = vendor(with_types(whole(a100(A, &[])), &A100_TYPES), &[None; 16]);
    let config = config([gpu], &none(), &["nvidia-470"]);
    assert_eq!(parts(&config), [(470, 4, "00.1 00.2 00.3 00.4".to_owned())]);
    assert_eq!(config.parts[0].untyped, config.parts[0].functions);
    assert_eq!(codes(&config.findings), ["NPA0814"]);
    assert!(config.findings[0].remedy.contains("write 470 to"), "{}", config.findings[0].remedy);
}

#[test]
fn novas_pci_providers_have_one_type() {
    let gpu = || vendor(with_types(a100(A, &[19, 9]), &A100_TYPES), &[None; 4]);
    let asked = config([gpu()], &none(), &[]);
    assert_eq!((codes(&asked.findings), parts(&asked)), (vec!["NPA0813"], vec![]));
    let chosen = config([gpu()], &none(), &["nvidia-476"]);
    assert_eq!(parts(&chosen), [(476, 1, "00.1".to_owned())]);
}

#[test]
fn a_class_of_the_operators_stays_and_vgpu_does_not() {
    let gpu = || vendor(with_types(a100(A, &[19]), &A100_TYPES), &[Some(474)]);
    for (class, expected) in [
        (Some("custom_small"), "CUSTOM_SMALL"),
        (Some("VGPU"), "CUSTOM_NVIDIA_VGPU_A100_1_5C"),
        (None, "CUSTOM_NVIDIA_VGPU_A100_1_5C"),
    ] {
        let told = passing("0000:41:*.*", class, &["CUSTOM_SITE", "CUSTOM_NVIDIA_2G10GB"]);
        let part = config([gpu()], &told, &[]).parts.remove(0);
        assert_eq!(part.class.as_str(), expected);
        let has = |name: &str| part.traits.contains(&name.parse().unwrap());
        assert!(has("CUSTOM_SITE") && has("CUSTOM_NVIDIA_1G5GB") && !has("CUSTOM_NVIDIA_2G10GB"));
    }
    let mut told = making(474, "CUSTOM_SMALL", Vec::new());
    told.files.clear();
    let gpu = mdev(with_types(a100(A, &[19]), &A100_TYPES), &[None; 2]);
    assert_eq!(config([gpu], &told, &[]).parts[0].class.as_str(), "CUSTOM_SMALL");
}

#[test]
fn boards_have_aliases_of_their_own() {
    let (mut first, mut second) =
        (with_types(a100(A, &[19]), &A100_TYPES), with_types(a100(B, &[19]), &A100_TYPES));
    second.board = "20f1".parse().unwrap();
    (first, second) = (vendor(first, &[Some(474)]), vendor(second, &[Some(474)]));
    let config = config([first, second], &none(), &[]);
    let names: Vec<String> = config.aliases().into_iter().map(|alias| alias.name).collect();
    assert_eq!(names, ["a100-1-5c-20b0", "a100-1-5c-20f1"]);
}

#[test]
fn a_physical_function_that_hands_all_out_is_named_itself() {
    let mut gpu = with_types(whole(a100(A, &[])), &A100_TYPES);
    gpu.interface = mdev(gpu.clone(), &[None]).functions.into_values().next().unwrap().interface;
    assert_eq!(parts(&config([gpu], &none(), &["nvidia-470"])), [(470, 4, "00.0".to_owned())]);
}

#[test]
fn what_is_left_out_says_why() {
    let typed = || vendor(with_types(a100(A, &[19]), &A100_TYPES), &[Some(474)]);
    let left = |gpu: Gpu, policy: &Policy| {
        let config = NovaConfig::of(&host([gpu]), &none(), policy, &[]);
        assert!(config.parts.is_empty());
        (config.left[&at(A)].clone(), codes(&config.findings))
    };
    let default = Policy::default();
    let ignored = Policy { ignore: [at(A)].into(), ..Policy::default() };
    let ours = Policy { modes: vec!["0000:41:00.0=own".parse().unwrap()], ..Policy::default() };
    assert_eq!(left(typed(), &ignored), ("devices.ignore names it".to_owned(), vec![]));
    assert_eq!(left(typed(), &ours), ("devices.modes gives it to this agent".to_owned(), vec![]));
    let mut lost = typed();
    lost.problems.push(DeviceProblem::Lost { call: "nvmlDeviceGetMigMode" });
    lost.mig = MigMode::Unknown;
    assert!(left(lost, &default).0.starts_with("it cannot be read: "));
    let empty = vendor(with_types(a100(A, &[]), &A100_TYPES), &[None]);
    assert_eq!(left(empty, &default), ("MIG is on and no GPU instance exists".to_owned(), vec!["NPA0816"]));
    let bare = a100(A, &[19]);
    assert_eq!(left(bare, &default), ("its driver offers no vGPU types".to_owned(), vec!["NPA0816"]));
    let off = with_types(a100(A, &[19]), &A100_TYPES);
    assert_eq!(left(off, &default), ("no function of it hands vGPUs out yet".to_owned(), vec!["NPA0816"]));
    let media = vendor(with_types(a100(A, &[20]), &A100_TYPES), &[None]);
    let why = "its driver has no vGPU type for its GPU instances".to_owned();
    assert_eq!(left(media, &default), (why, vec!["NPA0816"]));
}

#[test]
fn a_rule_that_fits_nothing_is_an_error() {
    let gpu = vendor(with_types(a100(A, &[19]), &A100_TYPES), &[Some(474)]);
    let config = config([gpu], &none(), &["0000:99:00.0=nvidia-474", "nvidia-476"]);
    assert_eq!(
        codes(&config.findings),
        ["NPA0812"],
        "the second is a type of another profile, which is not cut"
    );
    assert!(config.findings[0].seen.contains("0000:99:00.0=nvidia-474"));
}
