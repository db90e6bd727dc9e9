//! `flavors` and `nova-config`, as text and as documents.

use super::values::{host, mixed};
use crate::advice::{Flavors, Fleet, Naming, NovaConfig, Sizes};
use crate::model::{Flavor, HostSnapshot, NovaView};
use crate::planner::{Attachable, Policy, VgpuRule};
use crate::report::{self, json};

fn printed(document: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(document).unwrap()
}

/// Text for other programs has no colours, and no spaces at the end.
fn plain(text: String) -> String {
    assert!(!text.contains('\u{1b}'));
    assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
    text
}

fn config(host: &HostSnapshot) -> NovaConfig {
    let rules: Vec<VgpuRule> =
        ["0000:17:00.0=nvidia-474", "nvidia-222"].map(|rule| rule.parse().unwrap()).into();
    NovaConfig::of(host, &NovaView::default(), &Policy::default(), &rules)
}

fn flavors(host: &HostSnapshot, attachable: Attachable) -> Flavors {
    let flavor = |name: &str, specs: &[(&str, &str)]| Flavor {
        id: format!("id of {name}"),
        name: name.to_owned(),
        public: true,
        properties: specs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    let cloud = [
        flavor("any", &[("resources:VGPU", "1")]),
        flavor("small", &[("resources:VGPU", "1"), ("trait:CUSTOM_NVIDIA_1G5GB", "required")]),
        flavor("lost", &[("resources:VGPU", "1"), ("trait:CUSTOM_NVIDIA_1G6GB", "required")]),
        flavor("plain", &[]),
    ];
    let policy = Policy { attachable, ..Policy::default() };
    let holders = [("CUSTOM_NVIDIA_1G6GB".parse().unwrap(), 0)].into();
    let fleet = Some(Fleet { flavors: &cloud, holders: &holders });
    Flavors::of(host, &NovaView::default(), &policy, true, Naming::default(), Sizes::default(), fleet)
}

#[test]
fn nova_config_of_a_mixed_host() {
    insta::assert_snapshot!(plain(report::nova_config(&config(&mixed()))));
}

#[test]
fn nova_config_document() {
    insta::assert_snapshot!(printed(&json::NovaConfig::new(&config(&mixed()))));
}

#[test]
fn nova_config_of_a_host_without_vgpus() {
    insta::assert_snapshot!(plain(report::nova_config(&config(&host()))));
}

#[test]
fn flavors_of_a_mixed_host() {
    insta::assert_snapshot!(plain(report::flavors(&flavors(&mixed(), Attachable::Yes))));
}

#[test]
fn flavors_that_nothing_attaches() {
    insta::assert_snapshot!(plain(report::flavors(&flavors(&host(), Attachable::Auto))));
}

#[test]
fn flavors_document() {
    insta::assert_snapshot!(printed(&json::Flavors::new(&flavors(&mixed(), Attachable::Yes))));
}

/// A name that a driver could give must not become an option of Nova's, or a command of a shell.
#[test]
fn names_stay_in_their_comments() {
    let mut host = mixed();
    for gpu in host.gpus.values_mut() {
        gpu.product = "x\nenabled_mdev_types = evil; $(reboot) 'y".to_owned();
    }
    let text = report::nova_config(&config(&host));
    assert!(
        text.contains("evil")
            && text.lines().filter(|line| line.contains("evil")).all(|line| line.starts_with('#'))
    );
    let naming = Naming { long: true, board: true };
    let policy = Policy { attachable: Attachable::Yes, ..Policy::default() };
    let asked = Flavors::of(&host, &NovaView::default(), &policy, true, naming, Sizes::default(), None);
    let text = report::flavors(&asked);
    let commands: Vec<&str> =
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    assert!(!commands.is_empty());
    for command in commands {
        assert!(
            command.starts_with("openstack flavor create ") && !command.contains(['$', ';', '\'']),
            "{command}"
        );
    }
}
