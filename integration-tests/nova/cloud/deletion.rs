//! `openstack compute service delete` while the agent runs: what Nova takes away stays away.

use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use reqwest::Method;
use serde_json::Value;

use super::{Cloud, Host, until};
use crate::agent::{a100, provider, setup};

/// Many cycles of an agent that goes through one every 200 ms.
const LONG: Duration = Duration::from_secs(5);

/// The service of a host whose nova-compute was stopped, as an operator stops it before deleting it.
pub(super) async fn service(cloud: &Cloud, host: &Host) -> String {
    let answer = cloud.nova.get(&format!("/os-services?binary=nova-compute&host={}", host.name)).await;
    answer["services"][0]["id"].as_str().unwrap().to_owned()
}

pub(super) async fn enrolled(cloud: &Cloud) -> (Host, String) {
    let host = Host::new();
    host.restart().await;
    let known = async || {
        let answer = cloud.nova.get("/os-hypervisors").await;
        let hypervisors = answer["hypervisors"].as_array().unwrap();
        hypervisors.iter().any(|hypervisor| hypervisor["hypervisor_hostname"] == host.name.as_str())
    };
    until("mapped", known).await;
    let root = cloud.root(&host).await.unwrap();
    (host, root)
}

async fn nothing_comes_back(cloud: &Cloud, what: &[String]) {
    let started = Instant::now();
    while started.elapsed() < LONG {
        for uuid in what {
            let path = format!("/resource_providers/{uuid}");
            assert_eq!(cloud.placement.call(Method::GET, &path, None).await.0, 404, "{uuid} is back");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_deleted_compute_service_takes_our_providers_along_for_good() {
    let cloud = Cloud::take().await;
    let (host, root) = enrolled(&cloud).await;
    let gpus = SimulatedHost::new(&a100("\"3g.20gb\", \"2x 1g.5gb\""));
    let mut agent = setup(&gpus, &root).start();
    agent.settled().await;
    let tree = [provider(&root, 9), provider(&root, 19), root.clone()];
    host.stop();

    // A child deleted, its root still standing: as in the middle of what Nova does, but for longer.
    cloud.placement.delete_provider(&tree[0]).await;
    nothing_comes_back(&cloud, &tree[..1]).await;
    assert_eq!(cloud.placement.listing(&root).await.len(), 2, "the root and the other child");

    let path = format!("/os-services/{}", service(&cloud, &host).await);
    assert_eq!(cloud.nova.call(Method::DELETE, &path, None).await, (204, Value::String(String::new())));
    nothing_comes_back(&cloud, &tree).await;
    // What it waits for may be a cycle that is under way; what the last one met stays in the findings.
    let status = agent.status().unwrap();
    assert_eq!(status["findings"][0]["code"], "NPA0301", "{status:#?}");
    agent.stop();
}

/// Nova walks the tree from below while the agent goes through its cycles as fast as it can.
#[tokio::test]
async fn nova_deletes_the_whole_tree_under_a_busy_agent() {
    let cloud = Cloud::take().await;
    let (host, root) = enrolled(&cloud).await;
    let gpus = SimulatedHost::new(&a100("\"3g.20gb@0\", \"2g.10gb@4\", \"1g.5gb@6\""));
    let mut setup = setup(&gpus, &root);
    let mut agent = setup.set("run.interval", "\"1ms\"").start();
    agent.settled().await;
    let tree: Vec<String> = cloud.placement.listing(&root).await.into_iter().map(|(uuid, _)| uuid).collect();
    assert_eq!(tree.len(), 4);
    host.stop();
    let path = format!("/os-services/{}", service(&cloud, &host).await);
    assert_eq!(cloud.nova.call(Method::DELETE, &path, None).await.0, 204);
    nothing_comes_back(&cloud, &tree).await;
    agent.stop();
}
