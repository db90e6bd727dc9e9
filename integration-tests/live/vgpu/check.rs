//! `check` on hosts where Nova makes mediated devices: a good one, and those where a guest would get no GPU.

use serde_json::Value;

use super::scene::{Scene, a100, carries, eventually, host};
use crate::direct::{part, tree};
use crate::hosts::A;
use crate::support::placement_url;

const PROFILE: &str = "CUSTOM_NVIDIA_1G5GB";
const FUNCTIONS: [&str; 3] = ["0000:41:00.4", "0000:41:00.5", "0000:41:00.6"];

/// Three instances, and Nova's providers of three functions.
async fn scene(nova_conf: &str) -> (Scene, Vec<nvidia_placement_agent::model::ProviderUuid>) {
    let scene = Scene::new(&host(&[a100(A, "mdev", "\"3x 1g.5gb\"", "")]), true, &placement_url()).await;
    scene.nova_conf(nova_conf);
    let mut novas = Vec::new();
    for function in FUNCTIONS {
        novas.push(scene.novas(function).await);
    }
    (scene, novas)
}

fn codes(document: &Value) -> Vec<&str> {
    document["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn on_a_good_host_nothing_is_found_and_the_flavor_gets_its_gpu() {
    let bounded = format!(
        "[devices]\nenabled_mdev_types = nvidia-474\n[mdev_nvidia-474]\ndevice_addresses = {}\n",
        FUNCTIONS.join(",")
    );
    let (scene, novas) = scene(&bounded).await;
    let before = scene.json("check");
    assert_eq!(codes(&before), ["NPA0712", "NPA0713", "NPA0705"], "{before:#}");

    let mut daemon = scene.setup.start();
    let all = async || carries(novas[0], PROFILE).await && carries(novas[2], PROFILE).await;
    eventually(&daemon, "decorated", all).await;
    daemon.cycles(2).await;
    let text = scene.verb(&["check"], 0);
    let verdict =
        format!("A flavor with resources:VGPU=1 and trait:{PROFILE}=required gets a GPU here: 3 free");
    assert!(text.starts_with(&verdict), "{text}");
    let document = scene.json("check");
    assert_eq!((document["result"].clone(), codes(&document)), ("ok".into(), vec![]), "{document:#}");
    assert_eq!(scene.boot(PROFILE).await.map(|_| ()), Some(()));
    assert!(scene.verb(&["check"], 0).contains(": 2 free"));
    let told = scene.verb(&["explain", FUNCTIONS[1]], 0);
    assert!(told.contains("nvidia-474 is made on 1 of its functions, as VGPU"), "{told}");
    assert!(told.contains("writes"), "{told}");
    daemon.stop();
}

/// Nova would boot each of these without a GPU, and say nothing. The agent leads no flavor with a trait there, and
/// `plan` and `check` say what is to be reckoned with.
#[tokio::test]
async fn where_a_guest_would_boot_without_its_gpu_it_is_said_and_no_trait_leads_there() {
    for nova_conf in [
        "[devices]\n",
        "[devices]\nenabled_mdev_types = nvidia-474\n[mdev_nvidia-474]\nmdev_class = CUSTOM_LIVE\n",
        "[devices]\nenabled_mdev_types = nvidia-474\n[mdev_nvidia-474]\nmdev_class = CUSTOM_LIVE\n\
         device_addresses = 0000:41:00.4\n",
    ] {
        let (scene, novas) = scene(nova_conf).await;
        assert_eq!(scene.modes(), [(A.to_owned(), "decorate".to_owned())], "{nova_conf}");
        let told = scene.verb(&["apply"], 0);
        assert!(told.contains("NPA0701") && told.contains("boots without a GPU"), "{nova_conf}: {told}");
        for uuid in &novas {
            assert!(!carries(*uuid, PROFILE).await, "{nova_conf}");
        }
        assert!(scene.givers(PROFILE).await.is_empty(), "{nova_conf}");
        let document = scene.json("check");
        assert!(codes(&document).contains(&"NPA0703"), "{nova_conf}: {document:#}");
        assert_eq!(document["verdict"]["lands"], false);
        scene.verb(&["check"], 4);
    }
}

/// Functions that cannot make the type: the guest would not start.
#[tokio::test]
async fn where_a_guest_would_not_start_it_is_said_and_no_trait_leads_there() {
    let (scene, novas) = scene("[devices]\nenabled_mdev_types = nvidia-474\n").await;
    scene.verb(&["apply"], 0);
    assert!(carries(novas[0], PROFILE).await);
    // Another driver: the functions hand their vGPUs out the other way.
    scene.host.rewrite(&host(&[a100(A, "vendor", "\"3x 1g.5gb\"", "")]));
    let told = scene.verb(&["apply"], 0);
    assert!(told.contains("NPA0702") && told.contains("vendor-specific VFIO"), "{told}");
    assert!(scene.givers(PROFILE).await.is_empty());
    let document = scene.json("check");
    for code in ["NPA0702", "NPA0704", "NPA0706", "NPA0710"] {
        assert!(codes(&document).contains(&code), "{code}: {document:#}");
    }
    scene.verb(&["check"], 3);
    let kept = part(&novas[0].to_string(), "inventories").await;
    assert_eq!(kept["VGPU"]["total"], 1, "Nova's inventory is Nova's");
    assert_eq!(tree(scene.root).await.len(), 1 + FUNCTIONS.len());
}
