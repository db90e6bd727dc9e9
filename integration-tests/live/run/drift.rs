//! Somebody else changes what is ours.

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{ProviderUuid, RootUuid};
use serde_json::{Value, json};

use super::daemon::{Daemon, Setup};
use crate::command::a100;
use crate::direct::{call, delete, get, part, tree};
use crate::hosts::{A, provider};
use crate::proxy::Proxy;
use crate::support::{client, new_root};

async fn scene(url: &str) -> (SimulatedHost, RootUuid, Setup, Daemon) {
    let host = SimulatedHost::new(&a100("NVIDIA A100", r#""3g.20gb", "2x 1g.5gb""#));
    let (root, _) = new_root(&client()).await;
    let setup = Setup::new(&host, root, url);
    let mut daemon = setup.start();
    daemon.settled().await;
    (host, root, setup, daemon)
}

/// Writes into a provider, whatever its generation is by then.
pub(crate) async fn put(uuid: ProviderUuid, what: &str, change: impl Fn(&mut Value)) {
    let target = format!("/resource_providers/{uuid}/{what}");
    for _ in 0..20 {
        let mut body = get(&target).await;
        change(&mut body[what]);
        if call("PUT", &target, Some(&body)).await.0 == 200 {
            return;
        }
    }
    panic!("{target} could not be written");
}

#[tokio::test]
async fn what_somebody_changes_is_healed_in_the_next_cycle() {
    let proxy = Proxy::recording();
    let (_host, root, _setup, mut daemon) = scene(&proxy.url()).await;
    let before = tree(root).await;
    let uuid = provider(root, A, 19);
    for what in ["traits", "inventories"] {
        put(uuid, what, |now| match what {
            "traits" => *now = json!([]),
            _ => now["VGPU"]["total"] = json!(7),
        })
        .await;
        // The one that is under way may have looked already.
        daemon.cycles(2).await;
        assert_eq!(tree(root).await, before, "{what}");
    }
}

#[tokio::test]
async fn what_somebody_deletes_is_not_made_again_at_once() {
    let proxy = Proxy::recording();
    let (_host, root, _setup, mut daemon) = scene(&proxy.url()).await;
    proxy.take();
    delete(provider(root, A, 19)).await;
    let waits = |status: &Value| {
        let reasons = status["providers"].as_array().unwrap().iter().map(|p| p["reason"].as_str().unwrap());
        reasons.into_iter().any(|reason| reason.contains("was deleted"))
    };
    daemon.until("waiting", waits).await;
    let status = daemon.cycles(5).await;
    assert!(waits(&status), "{status:#?}");
    let seen = proxy.take();
    assert!(seen.iter().all(|seen| !seen.wrote()), "{seen:?}");
}

#[tokio::test]
async fn who_undoes_every_write_is_not_fought() {
    let proxy = Proxy::recording();
    let (_host, root, _setup, mut daemon) = scene(&proxy.url()).await;
    let uuid = provider(root, A, 19);
    proxy.take();
    let contested =
        |status: &Value| status["findings"].as_array().unwrap().iter().any(|f| f["code"] == "NPA0506");
    let mut undone = 0;
    while !daemon.status().is_some_and(|status| contested(&status)) {
        if part(&uuid.to_string(), "inventories").await["VGPU"]["reserved"] == 0 {
            put(uuid, "inventories", |now| now["VGPU"]["reserved"] = json!(2)).await;
            undone += 1;
        }
        assert!(undone < 10, "it goes on fighting\n{}", daemon.log());
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    daemon.cycles(6).await;
    let writes = proxy.take().into_iter().filter(|seen| seen.method != "GET").count();
    assert!((3..=5).contains(&writes), "{writes} writes");
    assert_eq!(part(&uuid.to_string(), "inventories").await["VGPU"]["reserved"], 2);
    assert_eq!(daemon.said(&["NPA0506", ":mig-19"]), 1, "{}", daemon.log());
}
