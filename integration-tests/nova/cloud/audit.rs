//! `audit` beside a real Nova, whose fake driver gives its guests no device: each is found without its GPU, where
//! libvirt's files say that it runs.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Scene, until};
use crate::agent::provider;
use crate::daemon::Setup;

/// What libvirt would show of a server that runs, without a device or with that one.
fn status(id: &str, name: &str, device: &str) -> String {
    format!(
        "<domstatus state='running' reason='booted' pid='4711'><domain type='kvm' id='1'>\
         <name>instance-00000001</name><uuid>{id}</uuid>\
         <metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>\
         <nova:name>{name}</nova:name></nova:instance></metadata>\
         <devices>{device}</devices></domain></domstatus>"
    )
}

fn audit(setup: &Setup, exit: i32) -> (Value, String) {
    let run = |words: &[&str]| {
        let output = setup.command("audit").args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    (serde_json::from_str(&run(&["--format", "json"])).unwrap(), run(&[]))
}

fn codes(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

fn folders(setup: &mut Setup, folder: &Path) -> [std::path::PathBuf; 2] {
    let [defined, runs] = ["etc", "run"].map(|name| folder.join(name));
    for path in [&defined, &runs] {
        fs::create_dir(path).unwrap();
    }
    setup.set("nova.libvirt_domains", format!("[{defined:?}, {runs:?}]"));
    [defined, runs]
}

#[tokio::test]
async fn active_guests_without_a_device_are_found_and_what_is_gone_is_told_from_what_is_not() {
    let Scene { cloud, host, root, gpus: _gpus, mut setup } = Scene::new("\"2x 1g.5gb\"").await;
    let flavor = cloud.flavor_of("CUSTOM_NVIDIA_1G5GB").await;
    let [first, second] =
        [cloud.boot(&flavor, Some(&host)).await.unwrap(), cloud.boot(&flavor, Some(&host)).await.unwrap()];
    let name = cloud.server(&first).await["name"].as_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();

    // Where libvirt's files are not to be read, nobody is accused.
    setup.set("nova.libvirt_domains", "[\"/nonexistent\"]");
    let (document, _) = audit(&setup, 3);
    assert_eq!(codes(&document), ["NPA0918"]);
    assert!(document["guests"].as_array().unwrap().iter().all(|guest| guest["verdict"] == "unclear"));

    let [_, runs] = folders(&mut setup, folder.path());
    for id in [&first, &second] {
        let name = cloud.server(id).await["name"].as_str().unwrap().to_owned();
        fs::write(runs.join(format!("{id}.xml")), status(id, &name, "")).unwrap();
    }
    let (document, text) = audit(&setup, 4);
    assert_eq!(codes(&document), ["NPA0911", "NPA0911"], "{document:#}");
    let guests = document["guests"].as_array().unwrap();
    assert_eq!(guests.len(), 2);
    for guest in guests {
        assert_eq!(
            (&guest["verdict"], &guest["domain"]),
            (&Value::from("without-gpu"), &Value::from("running"))
        );
        assert!(guest["allocated"][0]["provider"].as_str().unwrap().ends_with(":mig-19"));
    }
    assert!(text.contains(&name) && text.contains("without its GPU"), "{text}");

    // One has no domain any more; who may ask Nova learns that it is there all the same.
    fs::remove_file(runs.join(format!("{second}.xml"))).unwrap();
    setup.set("keystone.username", "\"admin\"").set("keystone.project_name", "\"admin\"");
    let verdict = |document: &Value, id: &str| {
        let guests = document["guests"].as_array().unwrap().iter();
        guests.clone().find(|guest| guest["id"] == id).unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    let (document, _) = audit(&setup, 4);
    assert_eq!(verdict(&document, &second), "no-domain");

    // An allocation of nobody's is a leak.
    cloud.delete(&second).await;
    let free = async || {
        let used = format!("/resource_providers/{}/usages", provider(&root, 19));
        cloud.placement.get(&used).await["usages"]["VGPU"] == 1
    };
    until("given back", free).await;
    let leaked = cloud.placement.allocate(&provider(&root, 19), "VGPU", 1).await;
    let (document, text) = audit(&setup, 4);
    assert_eq!(verdict(&document, &leaked), "leaked");
    assert!(codes(&document).contains(&"NPA0906") && text.contains(&leaked), "{text}");
    cloud.placement.release(&leaked).await;
}
