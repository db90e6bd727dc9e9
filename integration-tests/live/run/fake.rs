//! A Placement that knows one root and nothing else, and says so at once: for tests of thousands of cycles, in
//! which the time of the real one is all that would be measured.

use nvidia_placement_agent::model::RootUuid;
use serde_json::json;

use crate::proxy::{Hook, Verdict, at_once};

pub(crate) fn empty(root: RootUuid) -> Hook {
    let versions = json!({ "versions": [{ "id": "v1.0", "status": "CURRENT", "links": [],
        "min_version": "1.0", "max_version": "1.39" }] });
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
