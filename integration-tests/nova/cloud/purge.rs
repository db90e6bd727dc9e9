//! `purge` beside a real nova-compute: emptied providers are no matter to it, deleted ones are none to one that was
//! stopped; and what a deleted compute service left behind.

use std::process::Output;

use nvidia_ml::testing::SimulatedHost;
use reqwest::Method;
use serde_json::{Value, json};

use super::deletion::{enrolled, service};
use super::{Cloud, Scene};
use crate::agent::{a100, apply, provider, setup};
use crate::daemon::Setup;

const DELETE: [&str; 3] = ["--delete", "--nova-compute-stopped", "--yes"];

fn purge(setup: &Setup, words: &[&str], exit: i32) -> String {
    let Output { status, stdout, stderr } = setup.command("purge").args(words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let said = format!("{}{}", text(stdout), text(stderr));
    assert_eq!(status.code(), Some(exit), "{said}");
    said
}

/// The agent's own user may not ask for other projects' servers; an administrator may.
fn as_admin(setup: &mut Setup) -> &Setup {
    setup.set("keystone.username", "\"admin\"").set("keystone.project_name", "\"admin\"")
}

#[tokio::test]
async fn nova_compute_goes_on_after_a_purge_and_when_it_was_stopped_after_a_deletion() {
    let Scene { cloud, host, root, gpus: _gpus, mut setup } =
        Scene::new("\"3g.20gb@0\", \"2x 1g.5gb\"").await;
    // It has our providers in its cache, and a guest on one of them.
    host.restart().await;
    let wanted = cloud.flavor_of("CUSTOM_NVIDIA_1G5GB").await;
    let guest = cloud.boot(&wanted, Some(&host)).await.unwrap();
    let name = cloud.server(&guest).await["name"].as_str().unwrap().to_owned();

    let said = purge(as_admin(&mut setup), &["--yes"], 50);
    assert!(said.contains("NPA0901") && said.contains(&format!("guest {name}  ACTIVE")), "{said}");
    assert_eq!(cloud.placement.inventories(&provider(&root, 9)).await, json!({}), "parked");
    cloud.boot(&wanted, Some(&host)).await.unwrap_err();
    assert_eq!(cloud.server(&guest).await["status"], "ACTIVE");
    cloud.delete(&guest).await;
    purge(&setup, &["--yes"], 0);
    let plain = cloud.flavor(json!({})).await;
    for _ in 0..2 {
        host.updates(1).await;
        let guest = cloud.boot(&plain, Some(&host)).await.unwrap();
        cloud.delete(&guest).await;
    }
    assert_eq!(host.errors(), Vec::<String>::new());

    host.stop();
    purge(&setup, &DELETE, 0);
    assert_eq!(cloud.placement.listing(&root).await.len(), 1, "the root alone");
    host.restart().await;
    host.updates(1).await;
    cloud.boot(&plain, Some(&host)).await.unwrap();
    assert_eq!(host.errors(), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_deleted_compute_service_left_behind_is_told_and_purged() {
    let cloud = Cloud::take().await;
    let (host, root) = enrolled(&cloud).await;
    let gpus = SimulatedHost::new(&a100("\"3g.20gb@0\", \"1g.5gb@4\""));
    let mut setup = setup(&gpus, &root);
    apply(&setup);
    let leaked = cloud.placement.allocate(&provider(&root, 19), "VGPU", 1).await;
    host.stop();
    let path = format!("/os-services/{}", service(&cloud, &host).await);
    assert_eq!(cloud.nova.call(Method::DELETE, &path, None).await, (204, Value::String(String::new())));
    let left: Vec<String> = cloud.placement.listing(&root).await.into_iter().map(|(uuid, _)| uuid).collect();
    assert!(left.contains(&root) && left.contains(&provider(&root, 19)), "{left:?}");

    // From anywhere, by the root's UUID.
    let there = [&DELETE[..], &["--host", &root]].concat();
    let said = purge(&setup, &there, 50);
    assert!(!said.contains("NPA0905") && !said.contains("NPA0906"), "not told to this user: {said}");
    let setup = as_admin(&mut setup);
    let said = purge(setup, &there, 50);
    assert!(said.contains("NPA0905") && said.contains("NPA0906") && said.contains(&leaked), "{said}");
    cloud.placement.release(&leaked).await;
    purge(setup, &there, 0);
    assert_eq!(cloud.placement.listing(&root).await.len(), 1);
    cloud.placement.delete_provider(&root).await;
}
