//! nova-compute goes on, and is started again, beside what the agent published.

use nvidia_ml::testing::SimulatedHost;
use serde_json::json;

use super::Cloud;
use crate::agent::{a100, apply, provider, setup};

#[tokio::test]
async fn updates_and_a_restart_of_nova_compute_leave_our_providers_as_they_are() {
    let cloud = Cloud::take().await;
    let host = &Cloud::hosts()[0];
    let root = cloud.root(host).await.unwrap();
    let gpus = SimulatedHost::new(&a100("\"3g.20gb@0\", \"1g.5gb@4\", \"1g.5gb@5\""));
    apply(&setup(&gpus, &root));
    let flavor =
        cloud.flavor(json!({ "resources:VGPU": "1", "trait:CUSTOM_NVIDIA_1G5GB": "required" })).await;
    cloud.boot(&flavor, Some(host)).await.unwrap();

    let children = [provider(&root, 9), provider(&root, 19)];
    let bytes =
        async || [cloud.placement.bytes(&children[0]).await, cloud.placement.bytes(&children[1]).await];
    let before = bytes().await;
    host.updates(2).await;
    assert_eq!(bytes().await, before, "after periodic updates");
    host.restart().await;
    host.updates(1).await;
    assert_eq!(bytes().await, before, "after a restart");
    assert_eq!(host.errors(), Vec::<String>::new());
}
