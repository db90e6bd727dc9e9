//! `tree` with the names of Nova's servers, for those whom Nova tells them.

use serde_json::{Value, json};

use super::Scene;
use crate::agent::provider;
use crate::daemon::Setup;

fn guest(setup: &Setup, provider: &str) -> (Value, String) {
    let tree = |format: &[&str]| {
        let output = setup.command("tree").args(format).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let document: Value = serde_json::from_str(&tree(&["--format", "json"])).unwrap();
    let providers = document["providers"].as_array().unwrap();
    let found = providers.iter().find(|shown| shown["uuid"] == provider).unwrap();
    (found["guests"][0].clone(), tree(&[]))
}

#[tokio::test]
async fn guests_are_shown_by_name_to_whom_nova_tells_it() {
    let Scene { cloud, host, root, gpus: _gpus, mut setup } = Scene::new("\"2x 1g.5gb\"").await;
    let flavor = cloud.flavor_of("CUSTOM_NVIDIA_1G5GB").await;
    let id = cloud.boot(&flavor, Some(&host)).await.unwrap();
    let server = cloud.server(&id).await;
    let name = server["name"].as_str().unwrap();

    // The agent's own user has the role `service`, and the server is of another project.
    let (shown, text) = guest(&setup, &provider(&root, 19));
    assert_eq!(shown, json!({ "consumer": id, "units": 1, "name": null, "project": null, "status": null }));
    assert!(text.contains(&format!("guest {id}")), "{text}");

    let setup = setup.set("keystone.username", "\"admin\"").set("keystone.project_name", "\"admin\"");
    let (shown, text) = guest(setup, &provider(&root, 19));
    let expected = json!({ "consumer": id, "units": 1, "name": name, "project": server["tenant_id"],
        "status": "ACTIVE" });
    assert_eq!(shown, expected);
    assert!(text.contains(&format!("guest {name}  ACTIVE")), "{text}");
}
