//! Nova reports mediated devices itself: its providers get traits, as many as there are GPU instances, and nothing
//! else of them changes.

use std::collections::BTreeSet;

use nvidia_placement_agent::model::ProviderUuid;
use serde_json::json;

use super::scene::{Scene, a100, carries, eventually, foreign, host, offered};
use crate::direct::{delete, done, part, take, tree};
use crate::hosts::{A, provider};
use crate::proxy::Proxy;
use crate::run::steady::requests;
use crate::support::placement_url;

const PROFILE: &str = "CUSTOM_NVIDIA_1G5GB";
pub(super) const ENABLED: &str = "[devices]\nenabled_mdev_types = nvidia-474\n";
const FUNCTIONS: [&str; 5] = ["0000:41:00.4", "0000:41:00.5", "0000:41:00.6", "0000:41:00.7", "0000:41:01.0"];

pub(super) fn cut(instances: u32) -> String {
    host(&[a100(A, "mdev", &format!("\"{instances}x 1g.5gb\""), "")])
}

/// Three instances, and Nova's providers of five functions.
async fn scene(url: &str) -> (Scene, Vec<ProviderUuid>) {
    let scene = Scene::new(&cut(3), true, url).await;
    scene.nova_conf(ENABLED);
    let mut novas = Vec::new();
    for function in FUNCTIONS {
        novas.push(scene.novas(function).await);
    }
    (scene, novas)
}

async fn carrying(novas: &[ProviderUuid]) -> Vec<usize> {
    let mut carrying = Vec::new();
    for (index, uuid) in novas.iter().enumerate() {
        if carries(*uuid, PROFILE).await {
            carrying.push(index);
        }
    }
    carrying
}

#[tokio::test]
async fn the_seeds_flavor_lands_on_as_many_functions_as_there_are_instances() {
    let (scene, novas) = scene(&placement_url()).await;
    let mut before = Vec::new();
    for uuid in &novas {
        before.push(foreign(*uuid).await);
    }
    assert!(scene.givers(PROFILE).await.is_empty());
    assert_eq!(scene.modes(), [(A.to_owned(), "decorate".to_owned())]);
    assert_eq!(carrying(&novas).await, [0; 0], "a plan writes nothing");
    scene.verb(&["apply"], 0);
    assert_eq!(carrying(&novas).await, [0, 1, 2]);
    let decorated: BTreeSet<String> = novas[..3].iter().map(ToString::to_string).collect();
    assert_eq!(scene.givers(PROFILE).await, decorated);
    for (uuid, before) in novas.iter().zip(before) {
        assert_eq!(foreign(*uuid).await, before);
    }
    assert_eq!(tree(scene.root).await.len(), 1 + FUNCTIONS.len(), "nothing of its own");
    assert_eq!(scene.json("plan")["writes"], 0, "it is done");

    let mut given = BTreeSet::new();
    while let Some(uuid) = scene.boot(PROFILE).await {
        given.insert(uuid);
    }
    assert_eq!(given, decorated, "and no fourth guest");
    assert_eq!(scene.json("plan")["writes"], 0, "guests are no reason to write");
    // One instance is gone, and all three functions are in use: none of them loses what its guest was placed by.
    scene.host.rewrite(&cut(2));
    scene.verb(&["apply"], 0);
    assert_eq!(carrying(&novas).await, [0, 1, 2]);
}

#[tokio::test]
async fn a_provider_that_nova_made_anew_is_decorated_in_the_next_cycle() {
    let proxy = Proxy::recording();
    let (mut scene, mut novas) = scene(&proxy.url()).await;
    scene.setup.set("run.interval", "\"400ms\"");
    let mut daemon = scene.setup.start();
    eventually(&daemon, "decorated", async || carrying(&novas).await == [0, 1, 2]).await;
    let guest = take(novas[1], "VGPU").await.unwrap();
    delete(novas[0]).await;
    novas[0] = scene.novas(FUNCTIONS[0]).await;
    // The budget stays three: whether the new one has a part in it or another function is all the same.
    eventually(&daemon, "decorated again", async || {
        carrying(&novas).await.len() == 3 && carries(novas[0], "CUSTOM_NVIDIA_PLACEMENT_AGENT").await
    })
    .await;
    let all = carrying(&novas).await;
    assert!(all.contains(&1), "the one in use keeps its trait: {all:?}");
    done("DELETE", &format!("/allocations/{guest}"), None).await;

    daemon.cycles(2).await;
    let seen = requests(&mut daemon, &proxy, 3).await;
    let listing = format!("/resource_providers?in_tree={}", scene.root);
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(seen.iter().all(|seen| seen.method == "GET" && seen.target == listing), "{seen:?}");
    daemon.stop();
}

#[tokio::test]
async fn what_was_owned_is_drained_at_once_when_nova_takes_the_gpu_over() {
    let scene = Scene::new(&cut(3), true, &placement_url()).await;
    let mut daemon = scene.setup.start();
    daemon.settled().await;
    let own = provider(scene.root, A, 19);
    assert_eq!(offered(&own.to_string()).await, 3);
    let guest = take(own, "VGPU").await.unwrap();
    scene.nova_conf(ENABLED);
    let drains = |status: &serde_json::Value| status["providers"][0]["state"] == "drain";
    daemon.until("draining", drains).await;
    assert_eq!(offered(&own.to_string()).await, 0);
    assert!(scene.givers(PROFILE).await.is_empty());

    let novas = [scene.novas(FUNCTIONS[0]).await, scene.novas(FUNCTIONS[1]).await];
    eventually(&daemon, "decorated", async || carrying(&novas).await == [0, 1]).await;
    // The guest of the owned provider leaves, and the provider is parked.
    done("DELETE", &format!("/allocations/{guest}"), None).await;
    daemon
        .until("parked", |status| status["providers"][0]["state"] == "park" && status["converged"] == true)
        .await;
    let empty = async || part(&own.to_string(), "inventories").await == json!({});
    eventually(&daemon, "emptied", empty).await;
    assert_eq!(carrying(&novas).await, [0, 1]);
    let givers = novas.iter().map(ToString::to_string).collect();
    assert_eq!(scene.givers(PROFILE).await, givers);
}
