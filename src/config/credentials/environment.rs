//! `OS_…`, as OpenStack's command line reads it.

use super::{Found, World};

/// keystoneauth's options, with the older spellings behind the newer.
const VARIABLES: [(&str, &[&str]); 27] = [
    ("auth_type", &["OS_AUTH_TYPE"]),
    ("auth_url", &["OS_AUTH_URL"]),
    ("username", &["OS_USERNAME", "OS_USER_NAME"]),
    ("user_id", &["OS_USER_ID"]),
    ("user_domain_name", &["OS_USER_DOMAIN_NAME"]),
    ("user_domain_id", &["OS_USER_DOMAIN_ID"]),
    ("project_name", &["OS_PROJECT_NAME", "OS_TENANT_NAME"]),
    ("project_id", &["OS_PROJECT_ID", "OS_TENANT_ID"]),
    ("project_domain_name", &["OS_PROJECT_DOMAIN_NAME"]),
    ("project_domain_id", &["OS_PROJECT_DOMAIN_ID"]),
    ("default_domain_name", &["OS_DEFAULT_DOMAIN_NAME"]),
    ("default_domain_id", &["OS_DEFAULT_DOMAIN_ID", "OS_DEFAULT_DOMAIN"]),
    ("domain_name", &["OS_DOMAIN_NAME"]),
    ("domain_id", &["OS_DOMAIN_ID"]),
    ("system_scope", &["OS_SYSTEM_SCOPE"]),
    ("password", &["OS_PASSWORD"]),
    ("application_credential_id", &["OS_APPLICATION_CREDENTIAL_ID"]),
    ("application_credential_name", &["OS_APPLICATION_CREDENTIAL_NAME"]),
    ("application_credential_secret", &["OS_APPLICATION_CREDENTIAL_SECRET"]),
    ("token", &["OS_TOKEN"]),
    ("region_name", &["OS_REGION_NAME"]),
    ("valid_interfaces", &["OS_INTERFACE", "OS_ENDPOINT_TYPE"]),
    ("endpoint_override", &["OS_PLACEMENT_ENDPOINT_OVERRIDE"]),
    ("cafile", &["OS_CACERT"]),
    ("insecure", &["OS_INSECURE"]),
    ("certfile", &["OS_CERT"]),
    ("keyfile", &["OS_KEY"]),
];

pub(super) fn found(world: &World<'_>) -> Found {
    let mut found = Found::default();
    for (name, variables) in VARIABLES {
        let set = variables.iter().find_map(|variable| Some((variable, world.variable(variable)?)));
        if let Some((variable, value)) = set {
            found.set(name, value, format!("${variable}"));
        }
    }
    found
}
