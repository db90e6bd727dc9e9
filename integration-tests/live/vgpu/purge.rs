//! Nova's providers that were decorated lose what this agent put there, and nothing else.

use nvidia_placement_agent::model::ProviderUuid;
use serde_json::{Value, json};

use super::decorate::{ENABLED, cut};
use super::scene::{Scene, foreign};
use crate::direct::{add_trait, call, part, take, tree};
use crate::support::placement_url;

/// Traits that begin as ours do: an operator's and Cyborg's.
const THEIRS: [&str; 2] = ["CUSTOM_NVIDIA_11", "CUSTOM_NVIDIA_2BB5"];

async fn traits(uuid: ProviderUuid) -> Vec<String> {
    let mut traits: Vec<String> = serde_json::from_value(part(&uuid.to_string(), "traits").await).unwrap();
    traits.sort();
    traits
}

#[tokio::test]
async fn decorated_providers_lose_our_traits_alone_and_others_nothing() {
    let scene = Scene::new(&cut(3), true, &placement_url()).await;
    scene.nova_conf(ENABLED);
    let novas = [scene.novas("0000:41:00.4").await, scene.novas("0000:41:00.5").await];
    for name in THEIRS {
        call("PUT", &format!("/traits/{name}"), None).await;
        assert!(add_trait(novas[0], name).await);
    }
    let before = [foreign(novas[0]).await, foreign(novas[1]).await];
    let bare = [traits(novas[0]).await, traits(novas[1]).await];
    scene.verb(&["apply"], 0);
    assert_eq!(traits(novas[1]).await.len(), bare[1].len() + 5);
    // In use or not is all the same: a guest needs no trait to stay.
    take(novas[0], "VGPU").await.unwrap();
    let inventory = part(&novas[0].to_string(), "inventories").await;

    let shown = scene.verb(&["purge"], 0);
    assert!(shown.contains("withdraw") && shown.contains("CUSTOM_NVIDIA_1G5GB"), "{shown}");
    assert!(!shown.contains("CUSTOM_NVIDIA_11") && !shown.contains("2BB5"), "{shown}");
    let document = scene.json("purge");
    assert_eq!(document["nova_providers"].as_array().unwrap().len(), 2);
    assert_eq!(document["nova_providers"][0]["traits_removed"].as_array().unwrap().len(), 5);

    scene.verb(&["purge", "--delete", "--nova-compute-stopped", "--yes"], 0);
    assert_eq!([traits(novas[0]).await, traits(novas[1]).await], bare);
    assert_eq!([foreign(novas[0]).await, foreign(novas[1]).await], before);
    assert_eq!(part(&novas[0].to_string(), "inventories").await, inventory);
    assert_eq!(tree(scene.root).await.len(), 3, "nothing of Nova's is deleted");
    let Value::Array(left) = scene.json("purge")["nova_providers"].clone() else { panic!() };
    assert_eq!(json!(left), json!([]));
}
