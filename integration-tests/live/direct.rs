//! Placement without the agent's own client: what consumers, operators and other services do there, and what
//! it holds, read by other code than the code under test.

use std::collections::{BTreeMap, BTreeSet};

use nvidia_placement_agent::model::{ProviderUuid, RootUuid};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::proxy::{forward, head_length, status};

/// One request; the status, and the body or null.
pub(crate) async fn call(method: &str, target: &str, body: Option<&Value>) -> (u16, Value) {
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!("{method} {target} HTTP/1.1\r\nHost: placement\r\nX-Auth-Token: admin\r\n");
    let more = "OpenStack-API-Version: placement 1.36\r\nContent-Type: application/json\r\n";
    let length = body.len();
    let answer = forward(format!("{head}{more}Content-Length: {length}\r\n\r\n{body}").as_bytes()).await;
    let rest = &answer[head_length(&answer).unwrap()..];
    (status(&answer), serde_json::from_slice(rest).unwrap_or_default())
}

/// A request that must succeed.
pub(crate) async fn done(method: &str, target: &str, body: Option<&Value>) -> Value {
    let (status, answer) = call(method, target, body).await;
    assert!((200..300).contains(&status), "{method} {target}: {status} {answer}");
    answer
}

pub(crate) async fn get(target: &str) -> Value {
    done("GET", target, None).await
}

/// The providers under a root, as the listing shows them.
pub(crate) async fn listing(root: RootUuid) -> Vec<Value> {
    let answer = get(&format!("/resource_providers?in_tree={root}")).await;
    answer["resource_providers"].as_array().unwrap().clone()
}

/// What belongs to a provider: `inventories`, `traits`, `usages` or `allocations`.
pub(crate) async fn part(uuid: &str, part: &str) -> Value {
    get(&format!("/resource_providers/{uuid}/{part}")).await[part].clone()
}

/// What a new consumer is given, or the status of the refusal.
pub(crate) async fn take(provider: ProviderUuid, class: &str) -> Result<Uuid, u16> {
    let consumer = Uuid::new_v4();
    let allocations = json!({ provider.to_string(): { "resources": { class: 1 } } });
    let body = json!({ "allocations": allocations, "project_id": "live", "user_id": "live",
        "consumer_generation": null });
    match call("PUT", &format!("/allocations/{consumer}"), Some(&body)).await.0 {
        204 => Ok(consumer),
        status => Err(status),
    }
}

/// A provider as a person sees it: nothing that differs between two trees of the same content.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) parent: Option<String>,
    pub(crate) traits: BTreeSet<String>,
    pub(crate) inventories: Value,
    pub(crate) usages: Value,
}

impl Shown {
    pub(crate) fn offered(&self) -> u64 {
        let of = |key: &str| self.inventories["VGPU"][key].as_u64().unwrap_or(0);
        of("total") - of("reserved")
    }

    pub(crate) fn used(&self) -> u64 {
        self.usages["VGPU"].as_u64().unwrap_or(0)
    }
}

/// The tree under a root, by name; the root's own name is written `ROOT` wherever it is.
pub(crate) async fn tree(root: RootUuid) -> BTreeMap<String, Shown> {
    let listing = listing(root).await;
    let name = |uuid: &Value| {
        let found = listing.iter().find(|listed| &listed["uuid"] == uuid);
        found.map(|listed| listed["name"].as_str().unwrap().to_owned())
    };
    let root_name = name(&json!(root.to_string())).expect("the root is in its tree");
    let plain = |name: String| name.replace(&root_name, "ROOT");
    let mut tree = BTreeMap::new();
    for listed in &listing {
        let uuid = listed["uuid"].as_str().unwrap();
        let traits = serde_json::from_value(part(uuid, "traits").await).unwrap();
        let (inventories, usages) = (part(uuid, "inventories").await, part(uuid, "usages").await);
        let parent = name(&listed["parent_provider_uuid"]).map(plain);
        tree.insert(plain(name(&listed["uuid"]).unwrap()), Shown { parent, traits, inventories, usages });
    }
    tree
}

/// Deletes a provider.
pub(crate) async fn delete(uuid: ProviderUuid) {
    done("DELETE", &format!("/resource_providers/{uuid}"), None).await;
}

/// Gives a provider one more trait, as an operator does. Fails when somebody else wrote at the same time.
pub(crate) async fn add_trait(uuid: ProviderUuid, name: &str) -> bool {
    let target = format!("/resource_providers/{uuid}/traits");
    let mut body = get(&target).await;
    body["traits"].as_array_mut().unwrap().push(json!(name));
    call("PUT", &target, Some(&body)).await.0 == 200
}
