//! nova-compute goes on, and is started again, beside what the agent published.

use super::Scene;
use crate::agent::provider;

#[tokio::test]
async fn updates_and_a_restart_of_nova_compute_leave_our_providers_as_they_are() {
    let Scene { cloud, host, root, .. } = Scene::new("\"3g.20gb@0\", \"1g.5gb@4\", \"1g.5gb@5\"").await;
    let flavor = cloud.flavor_of("CUSTOM_NVIDIA_1G5GB").await;
    cloud.boot(&flavor, Some(&host)).await.unwrap();
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
