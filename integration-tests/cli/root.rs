//! A root provider that is not there, or is none.

use uuid::Uuid;

use crate::agent::Config;
use crate::refusal::Refusal;
use crate::stage::Stage;

const VERBS: [&str; 3] = ["plan", "apply", "tree"];

fn refused(code: &str, exit: i32, says: &[&str], change: impl Fn(&Stage, &mut Config)) {
    let stage = Stage::new().published();
    let mut config = stage.config.clone();
    config.unset("root.");
    change(&stage, &mut config);
    Refusal { code, exit, says, fatal: true }.of(&stage, &config, &VERBS, &[]);
}

#[test]
fn no_provider_of_that_uuid() {
    let uuid = Uuid::new_v4().to_string();
    refused("NPA0301", 30, &[&uuid, "Start nova-compute"], |_, config| {
        config.set("root.uuid", &uuid);
    });
}

#[test]
fn no_provider_of_that_name() {
    refused("NPA0301", 30, &["gone.example.org", "root.name", "nova-compute"], |_, config| {
        config.set("root.name", "gone.example.org");
    });
}

/// Nobody has this machine's name in the test's Placement.
#[test]
fn no_provider_of_this_hosts_name() {
    refused("NPA0301", 30, &["the name of this host", "root.name", "nova-compute"], |_, _| {});
}

#[test]
fn the_name_of_a_child() {
    let stage = Stage::new().published();
    let child = format!("{}:nvidia:0000:41:00.0:20b0:mig-19", stage.name);
    let mut config = stage.config.clone();
    config.unset("root.").set("root.name", &child);
    let says = [child.as_str(), &stage.root, "not a root", "root.name"];
    Refusal { code: "NPA0301", exit: 30, says: &says, fatal: true }.of(&stage, &config, &VERBS, &[]);
}

/// Placement answers a listing `in_tree` of a child with the child's whole tree, so the root has to be checked.
#[test]
fn the_uuid_of_a_child() {
    let stage = Stage::new().published();
    let child =
        stage.cloud.get(&format!("/resource_providers?name={}:nvidia:0000:41:00.0:20b0:mig-19", stage.name));
    let child = child["resource_providers"][0]["uuid"].as_str().unwrap();
    let mut config = stage.config.clone();
    config.set("root.uuid", child);
    let refusal = Refusal { code: "NPA0301", exit: 30, says: &[child], fatal: true };
    refusal.of(&stage, &config, &VERBS, &[]);
}

#[test]
fn no_compute_id_file() {
    refused("NPA0102", 11, &["compute_id", "No such file", "nova-compute"], |stage, config| {
        config.set("root.compute_id_file", stage.path("compute_id").display());
    });
}

#[test]
fn a_compute_id_file_without_a_uuid() {
    refused("NPA0101", 10, &["compute_id", "cmp1", "do not write"], |stage, config| {
        config.set("root.compute_id_file", stage.file("compute_id", "cmp1\n").display());
    });
}

/// `tree` needs no scan, and takes its host from the command line.
#[test]
fn tree_of_a_host_that_is_not_there() {
    let stage = Stage::new();
    let refusal =
        Refusal { code: "NPA0301", exit: 30, says: &["cmp9.example.org", "command line"], fatal: true };
    refusal.as_text(&stage.run(&["tree", "cmp9.example.org"]));
    refusal.as_json("tree", &stage.run(&["tree", "cmp9.example.org", "--format", "json"]));
}

/// Placement allows a root of 180 characters, but of its children only those of 20 more.
#[test]
fn a_root_whose_name_is_too_long() {
    let mut name = format!("{}-", crate::stage::unique(""));
    name.extend(std::iter::repeat_n('x', 180 - name.len()));
    let stage = Stage::named(&name);
    let says = ["211 characters", "Placement allows 200", "hypervisor hostname"];
    let refusal = Refusal { code: "NPA0302", exit: 31, says: &says, fatal: false };
    refusal.of(&stage, &stage.config, &["plan", "apply"], &[]);
    assert_eq!(stage.tree().lines().count(), 6, "nothing but the root: {}", stage.tree());
}
