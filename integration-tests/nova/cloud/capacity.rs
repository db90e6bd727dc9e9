//! The seed of it all, scheduled by the real Nova: the flavor boots as often as there are instances.

use reqwest::Method;
use serde_json::json;

use super::Scene;
use crate::agent::{apply, provider};

const FEW: &str = "No valid host was found";

#[tokio::test]
async fn the_flavor_boots_until_the_profiles_capacity_is_used() {
    let Scene { cloud, root, .. } = Scene::new("\"3g.20gb@0\", \"1g.5gb@4\", \"1g.5gb@5\"").await;
    let flavor = cloud.flavor_of("CUSTOM_NVIDIA_1G5GB").await;
    let mut servers = Vec::new();
    for _ in 0..2 {
        let server = cloud.boot(&flavor, None).await.unwrap();
        assert_eq!(cloud.givers(&server).await, [provider(&root, 19)]);
        servers.push(server);
    }
    let refused = cloud.boot(&flavor, None).await.unwrap_err();
    assert!(refused.contains(FEW), "{refused}");

    // The free 3g.20gb is none of that flavor's business. A trait that nobody has finds nothing, nor does one
    // that Placement does not know.
    let big = cloud.flavor_of("CUSTOM_NVIDIA_3G20GB").await;
    cloud.placement.done(Method::PUT, "/traits/CUSTOM_NPA_NOBODY", None).await;
    for other in ["CUSTOM_NPA_NOBODY", "CUSTOM_NPA_UNKNOWN"] {
        let refused = cloud.boot(&cloud.flavor_of(other).await, None).await.unwrap_err();
        assert!(refused.contains(FEW), "{other}: {refused}");
    }
    let server = cloud.boot(&big, None).await.unwrap();
    assert_eq!(cloud.givers(&server).await, [provider(&root, 9)]);

    // A guest that leaves makes room for one.
    cloud.delete(&servers[0]).await;
    cloud.boot(&flavor, None).await.unwrap();
    let refused = cloud.boot(&flavor, None).await.unwrap_err();
    assert!(refused.contains(FEW), "{refused}");
}

/// Without the word that something attaches it, nothing of ours is scheduled under a Nova compute node.
#[tokio::test]
async fn without_an_operators_word_no_guest_ends_without_its_gpu() {
    let Scene { cloud, gpus: _gpus, mut setup, .. } = Scene::new("\"2x 1g.5gb\"").await;
    apply(setup.set("own.attachable", "\"auto\""));
    let any = cloud.flavor(json!({ "resources:VGPU": "1" })).await;
    for flavor in [cloud.flavor_of("CUSTOM_NVIDIA_1G5GB").await, any] {
        let refused = cloud.boot(&flavor, None).await.unwrap_err();
        assert!(refused.contains(FEW), "{refused}");
    }
}
