//! What the tests share: where the servers are, and a root of one's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nvidia_placement_agent::identity::NoAuth;
use nvidia_placement_agent::model::{
    AllocationRatio, Inventory, ProviderName, ProviderUuid, ResourceClass, RootUuid, TraitName,
};
use nvidia_placement_agent::placement::{Client, Options};
use serde_json::{Value, json};
use uuid::Uuid;

/// A variable that `make stack-up` sets.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run make stack-up"))
}

/// The Placement that takes the token `admin`.
pub(crate) fn placement_url() -> String {
    variable("NPA_TEST_PLACEMENT_URL")
}

/// A client of that Placement.
pub(crate) fn client() -> Arc<Client> {
    let tokens = NoAuth::new(placement_url().parse().unwrap());
    Arc::new(Client::new(Options::default(), Arc::new(tokens)).unwrap())
}

/// A new root with a name that nobody else has.
pub(crate) async fn new_root(client: &Client) -> (RootUuid, String) {
    let uuid = Uuid::new_v4();
    let name = format!("live-{uuid}.example.org");
    client.create_provider(ProviderUuid::new(uuid), &name.parse().unwrap(), None).await.unwrap();
    (RootUuid::new(uuid), name)
}

/// A new provider under a root.
pub(crate) async fn new_child(client: &Client, root: RootUuid) -> (ProviderUuid, ProviderName) {
    let uuid = ProviderUuid::new(Uuid::new_v4());
    let name: ProviderName = format!("child-{uuid}").parse().unwrap();
    client.create_provider(uuid, &name, Some(root.provider())).await.unwrap();
    (uuid, name)
}

/// A trait that nobody else has.
pub(crate) fn new_trait() -> TraitName {
    format!("CUSTOM_LIVE_{}", Uuid::new_v4().simple().to_string().to_uppercase()).parse().unwrap()
}

/// A set of one.
pub(crate) fn only<T: Ord>(one: T) -> BTreeSet<T> {
    BTreeSet::from([one])
}

/// VGPU alone.
pub(crate) fn vgpu(total: u32, reserved: u32) -> BTreeMap<ResourceClass, Inventory> {
    let allocation_ratio = AllocationRatio::ONE;
    let vgpu = Inventory { total, reserved, min_unit: 1, max_unit: total, step_size: 1, allocation_ratio };
    BTreeMap::from([(ResourceClass::vgpu(), vgpu)])
}

/// Allocates VGPU to a new consumer, which the agent itself never does, and answers with the consumer.
pub(crate) async fn allocate(provider: ProviderUuid, units: u32) -> Uuid {
    let consumer = Uuid::new_v4();
    let resources = json!({ provider.to_string(): { "resources": { "VGPU": units } } });
    let body = json!({ "allocations": resources, "project_id": "live", "user_id": "live",
        "consumer_generation": null });
    raw(reqwest::Method::PUT, &format!("/allocations/{consumer}"), Some(body)).await;
    consumer
}

/// Takes a consumer's allocations away.
pub(crate) async fn release(consumer: Uuid) {
    raw(reqwest::Method::DELETE, &format!("/allocations/{consumer}"), None).await;
}

/// Deletes a global trait, which the agent itself never does.
pub(crate) async fn delete_trait(name: &TraitName) {
    raw(reqwest::Method::DELETE, &format!("/traits/{name}"), None).await;
}

async fn raw(method: reqwest::Method, path: &str, body: Option<Value>) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}{path}", placement_url());
    let request = http.request(method, url).header("X-Auth-Token", "admin");
    let request = request.header("OpenStack-API-Version", "placement 1.28");
    let request = if let Some(body) = body { request.json(&body) } else { request };
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{path}: {}", response.text().await.unwrap());
}
