//! A provider that was drained and parked while nova-compute knows it: nothing fails.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Scene;
use crate::agent::{a100, apply, provider};

/// Longer than nova-compute keeps what it has read: after it, a vanished provider would not be noticed any more.
const CACHED: Duration = Duration::from_secs(300);

async fn guests_boot_beside_a_parked_provider(watched: Duration) {
    let Scene { cloud, host, root, gpus, setup } = Scene::new("\"2x 1g.5gb\"").await;
    let child = provider(&root, 19);
    // A nova-compute that has just been started has our provider in its cache.
    host.restart().await;
    let wanted = cloud.flavor_of("CUSTOM_NVIDIA_1G5GB").await;
    let guest = cloud.boot(&wanted, Some(&host)).await.unwrap();

    // Cut anew: the guest stays where it is, and nothing else is put there.
    gpus.rewrite(&a100("\"3g.20gb@4\""));
    apply(&setup);
    let drained = cloud.placement.inventories(&child).await["VGPU"].clone();
    assert_eq!((&drained["reserved"], drained["total"].as_u64() >= Some(1)), (&drained["total"], true));
    cloud.boot(&wanted, Some(&host)).await.unwrap_err();
    assert_eq!(cloud.server(&guest).await["status"], "ACTIVE");
    cloud.delete(&guest).await;
    apply(&setup);
    assert_eq!(cloud.placement.inventories(&child).await, json!({}), "parked");

    let parked = cloud.placement.bytes(&child).await;
    let plain = cloud.flavor(json!({})).await;
    let started = Instant::now();
    loop {
        let guest = cloud.boot(&plain, Some(&host)).await.unwrap();
        host.updates(1).await;
        cloud.delete(&guest).await;
        assert_eq!(host.errors(), Vec::<String>::new());
        assert_eq!(cloud.placement.bytes(&child).await, parked);
        if started.elapsed() > watched {
            break;
        }
    }
}

#[tokio::test]
async fn guests_without_a_gpu_boot_after_a_provider_was_parked() {
    guests_boot_beside_a_parked_provider(Duration::from_secs(15)).await;
}

#[tokio::test]
#[ignore = "takes minutes: make figures"]
async fn figures_guests_boot_for_as_long_as_nova_compute_remembers_a_parked_provider() {
    guests_boot_beside_a_parked_provider(CACHED + Duration::from_secs(30)).await;
}
