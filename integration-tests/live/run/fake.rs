//! A Placement that always says the same, at once: for tests of thousands of cycles, in which the time of the
//! real one is all that would be measured.

use std::collections::BTreeMap;

use nvidia_placement_agent::model::RootUuid;
use serde_json::{Value, json};

use crate::direct::{get, listing};
use crate::proxy::{Hook, Verdict, at_once};

fn versions() -> Value {
    json!({ "versions": [{ "id": "v1.0", "status": "CURRENT", "links": [], "min_version": "1.0",
        "max_version": "1.39" }] })
}

/// A root, and nothing under it.
pub(crate) fn empty(root: RootUuid) -> Hook {
    let versions = versions();
    let listed = json!({ "uuid": root.to_string(), "name": "fake", "generation": 0, "links": [],
        "parent_provider_uuid": null, "root_provider_uuid": root.to_string() });
    let listing = json!({ "resource_providers": [listed] });
    let traits = json!({ "traits": [], "resource_provider_generation": 0 });
    at_once(move |seen, _| {
        let body = match seen.target.as_str() {
            "/" => &versions,
            target if target.ends_with("/traits") => &traits,
            target if target.starts_with("/resource_providers?in_tree=") => &listing,
            _ => return Verdict::Instead(404, "", String::new()),
        };
        Verdict::Instead(200, "", body.to_string())
    })
}

/// What the real one holds under that root now, and what it answered.
pub(crate) async fn frozen(root: RootUuid) -> Hook {
    let mut answers = BTreeMap::from([("/".to_owned(), versions())]);
    let mut keep = async |target: String| {
        let answer = get(&target).await;
        answers.insert(target, answer);
    };
    keep(format!("/resource_providers?in_tree={root}")).await;
    for listed in listing(root).await {
        for part in ["traits", "inventories"] {
            keep(format!("/resource_providers/{}/{part}", listed["uuid"].as_str().unwrap())).await;
        }
    }
    at_once(move |seen, _| match answers.get(&seen.target) {
        Some(answer) if seen.method == "GET" => Verdict::Instead(200, "", answer.to_string()),
        _ => Verdict::Instead(404, "", String::new()),
    })
}
