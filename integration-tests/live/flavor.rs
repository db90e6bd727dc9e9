//! The seed of it all: `resources:VGPU=1, trait:CUSTOM_NVIDIA_1G5GB=required`, as a scheduler asks for it.

use std::collections::BTreeSet;

use nvidia_placement_agent::model::RootUuid;
use nvidia_placement_agent::planner::Attachable;
use nvidia_placement_agent::reconciler::{Pace, Silent};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::direct::{call, done, get};
use crate::hosts::{A, B, agent_with, gpu, host, provider};
use crate::support::{client, new_root, placement_url};

const FLAVOR: &str = "resources=VCPU:4,MEMORY_MB:8192,VGPU:1&required=CUSTOM_NVIDIA_1G5GB";

/// A root with processors and memory; a compute node, where it is told.
async fn root_of_a_host(compute_node: bool) -> RootUuid {
    let (root, _) = new_root(&client()).await;
    let target = format!("/resource_providers/{root}");
    let inventories = json!({ "VCPU": { "total": 64 }, "MEMORY_MB": { "total": 262_144 } });
    let body = json!({ "resource_provider_generation": 0, "inventories": inventories });
    done("PUT", &format!("{target}/inventories"), Some(&body)).await;
    if compute_node {
        let body = json!({ "resource_provider_generation": 1, "traits": ["COMPUTE_NODE"] });
        done("PUT", &format!("{target}/traits"), Some(&body)).await;
    }
    root
}

/// What a scheduler may choose from in that root's tree.
async fn candidates(root: RootUuid) -> Vec<Value> {
    let answer = get(&format!("/allocation_candidates?{FLAVOR}&in_tree={root}")).await;
    answer["allocation_requests"].as_array().unwrap().clone()
}

/// The providers that the VGPU would come from.
fn givers(candidates: &[Value]) -> BTreeSet<String> {
    let allocations = candidates.iter().flat_map(|candidate| candidate["allocations"].as_object().unwrap());
    let gives = allocations.filter(|(_, from)| from["resources"].get("VGPU").is_some());
    gives.map(|(uuid, _)| uuid.clone()).collect()
}

#[tokio::test]
async fn the_flavor_finds_exactly_the_free_instances_until_they_are_used_up() {
    let root = root_of_a_host(false).await;
    let host = host([gpu(A, &[(9, 0), (19, 4), (19, 5)]), gpu(B, &[(14, 0), (19, 4)])]);
    let mut agent = agent_with(&placement_url(), root, Attachable::Auto);
    assert!(agent.cycle(&host, Pace::AtOnce, &mut Silent).await.converged());
    let mut free = [(provider(root, A, 19).to_string(), 2), (provider(root, B, 19).to_string(), 1)];
    for _ in 0..3 {
        let found = candidates(root).await;
        let expected = free.iter().filter(|(_, units)| *units > 0).map(|(uuid, _)| uuid.clone());
        assert_eq!(givers(&found), expected.collect());
        let body = json!({ "allocations": found[0]["allocations"], "mappings": found[0]["mappings"],
            "project_id": "live", "user_id": "live", "consumer_generation": null });
        assert_eq!(call("PUT", &format!("/allocations/{}", Uuid::new_v4()), Some(&body)).await.0, 204);
        let given = givers(&found[..1]);
        free.iter_mut().filter(|(uuid, _)| given.contains(uuid)).for_each(|(_, units)| *units -= 1);
    }
    assert_eq!(candidates(root).await, Vec::<Value>::new());
    let (_, decision) = agent.decide(&host, &mut Pace::AtOnce).await.unwrap();
    assert!(decision.plan.is_empty(), "guests are no reason to write");
}

#[tokio::test]
async fn under_a_compute_node_nothing_is_scheduled_unless_something_attaches_it() {
    let root = root_of_a_host(true).await;
    let host = host([gpu(A, &[(19, 0), (19, 1)])]);
    for (attachable, found) in [(Attachable::Auto, 0), (Attachable::Yes, 1), (Attachable::No, 0)] {
        let cycle =
            agent_with(&placement_url(), root, attachable).cycle(&host, Pace::AtOnce, &mut Silent).await;
        assert!(cycle.converged());
        assert_eq!(candidates(root).await.len(), found, "{attachable:?}");
    }
}
