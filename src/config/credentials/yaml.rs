//! What is read of `clouds.yaml` and `secure.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Clouds {
    pub(super) clouds: BTreeMap<String, Cloud>,
}

/// One cloud. What else it has is for other clients.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Cloud {
    pub(super) auth: BTreeMap<String, Option<String>>,
    pub(super) auth_type: Option<String>,
    pub(super) region_name: Option<String>,
    pub(super) regions: Option<IgnoredAny>,
    pub(super) interface: Option<String>,
    pub(super) endpoint_type: Option<String>,
    pub(super) cacert: Option<String>,
    pub(super) verify: Option<bool>,
    pub(super) insecure: Option<bool>,
    pub(super) placement_endpoint_override: Option<String>,
    pub(super) profile: Option<IgnoredAny>,
}

/// # Errors
/// The place, and no content: it may be a secret.
pub(super) fn clouds(text: &str) -> Result<Clouds, String> {
    serde_saphyr::from_str(text).map_err(|error| match error.location() {
        Some(at) => format!("line {}, column {}: not as clouds.yaml should be", at.line(), at.column()),
        None => "not as clouds.yaml should be".to_owned(),
    })
}
