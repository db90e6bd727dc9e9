//! What nova-compute's periodic update and the agent do to each other. The update is the real one
//! (`ResourceTracker._update_to_placement`, `SchedulerReportClient.update_from_provider_tree`), with its cache.

use nvidia_ml::testing::SimulatedHost;
use serde_json::json;

use crate::agent::{a100, apply, provider, setup};
use crate::api::Api;
use crate::compute::Compute;
use crate::daemon::Setup;

/// Longer than nova-compute keeps what it has read of a provider's traits and aggregates.
const STALE: u64 = 301;

#[tokio::test]
async fn nova_leaves_our_providers_as_they_are_and_we_leave_novas() {
    let placement = Api::placement().await;
    let mut compute = Compute::plain();
    let root = compute.root.clone();
    assert_eq!(compute.updates(), [compute.name.as_str()]);
    let novas = placement.bytes(&root).await;

    let host = SimulatedHost::new(&a100("\"3g.20gb\", \"2x 1g.5gb\""));
    apply(&setup(&host, &root));
    let children = [provider(&root, 9), provider(&root, 19)];
    let bytes = async || {
        let mut all = Vec::new();
        for child in &children {
            all.push(placement.bytes(child).await);
        }
        all
    };
    let ours = bytes().await;
    assert!(ours[1].contains("CUSTOM_NVIDIA_1G5GB"), "{}", ours[1]);
    assert_eq!(placement.bytes(&root).await, novas, "what Nova wrote is Nova's");

    assert_eq!(compute.updates().len(), 1, "our providers are not in its cache yet");
    compute.does("age", json!(STALE));
    assert_eq!(compute.updates().len(), 3, "its cache was read again");
    compute.does("age", json!(STALE));
    assert_eq!(compute.updates().len(), 3);
    assert_eq!(bytes().await, ours);
    assert_eq!(placement.bytes(&root).await, novas);

    // A guest and its end make no difference either.
    let consumer = placement.allocate(&children[1], "VGPU", 1).await;
    assert_eq!(compute.updates().len(), 3);
    placement.release(&consumer).await;
    assert_eq!(compute.updates().len(), 3);
    let plan = setup(&host, &root).command("plan").arg("--exit-code").output().unwrap();
    assert_eq!(plan.status.code(), Some(0), "there is something to do: {plan:?}");
}

/// A nova-compute that has our provider of two `1g.5gb` in its cache.
fn cached() -> (Compute, SimulatedHost, Setup) {
    let mut compute = Compute::plain();
    compute.updates();
    let host = SimulatedHost::new(&a100("\"2x 1g.5gb\""));
    let setup = setup(&host, &compute.root);
    apply(&setup);
    compute.does("age", json!(STALE));
    assert_eq!(compute.updates().len(), 2);
    (compute, host, setup)
}

#[tokio::test]
async fn a_provider_that_is_drained_and_parked_costs_nova_no_refresh() {
    let placement = Api::placement().await;
    let (mut compute, host, setup) = cached();
    let parked = provider(&compute.root, 19);

    // Drained while a guest is on it, parked when the guest has gone; nova-compute's cache stays as it is.
    let guest = placement.allocate(&parked, "VGPU", 1).await;
    host.rewrite(&a100("\"3g.20gb@4\""));
    apply(&setup);
    let inventory = placement.inventories(&parked).await["VGPU"].clone();
    assert_eq!(inventory["reserved"], inventory["total"], "drained: {inventory}");
    assert_eq!(compute.updates().len(), 2);
    placement.release(&guest).await;
    apply(&setup);
    assert_eq!(placement.inventories(&parked).await, json!({}), "parked");
    assert!(!placement.traits(&parked).await.iter().any(|name| name.contains("1G5GB")));
    for _ in 0..3 {
        assert_eq!(compute.updates().len(), 2);
    }
    // Nor does it bring back what it remembers.
    assert_eq!(placement.inventories(&parked).await, json!({}), "still parked");
    compute.does("age", json!(STALE));
    assert_eq!(compute.updates().len(), 3, "the new provider is seen, the parked one still there");
    assert_eq!(placement.inventories(&parked).await, json!({}), "still parked");
}

/// Why nothing is ever deleted: somebody else does it here, and nova-compute cannot update anything until its
/// cache is stale.
#[tokio::test]
async fn a_provider_that_vanishes_stops_every_update_of_nova_until_its_cache_is_stale() {
    let placement = Api::placement().await;
    let (mut compute, ..) = cached();
    placement.delete_provider(&provider(&compute.root, 19)).await;
    for _ in 0..3 {
        let refused = compute.tries("update", json!(null)).unwrap_err();
        assert_eq!(refused.class, "ResourceProviderAllocationRetrievalFailed", "{refused:?}");
    }
    compute.does("age", json!(STALE));
    assert_eq!(compute.updates().len(), 1);
}
