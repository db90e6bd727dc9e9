//! `[placement]` of Nova's configuration: every compute host has it.

use super::{Found, World};
use crate::nova::oslo::{OsloConfig, OsloError, Search};

const SECTION: &str = "placement";

/// keystoneauth's options for a session and an endpoint, always in `[placement]`.
const SESSION: [&str; 7] =
    ["region_name", "valid_interfaces", "endpoint_override", "cafile", "insecure", "certfile", "keyfile"];

/// Its options for logging in, in `[placement]` or where `auth_section` points, with their older names.
const LOGIN: [(&str, &[&str]); 22] = [
    ("auth_type", &["auth_plugin"]),
    ("auth_url", &[]),
    ("username", &["user-name", "user_name"]),
    ("user_id", &[]),
    ("user_domain_name", &[]),
    ("user_domain_id", &[]),
    ("project_name", &["tenant-name", "tenant_name"]),
    ("project_id", &["tenant-id", "tenant_id"]),
    ("project_domain_name", &[]),
    ("project_domain_id", &[]),
    ("default_domain_name", &[]),
    ("default_domain_id", &[]),
    ("domain_name", &[]),
    ("domain_id", &[]),
    ("system_scope", &[]),
    ("trust_id", &[]),
    ("password", &[]),
    ("application_credential_id", &[]),
    ("application_credential_name", &[]),
    ("application_credential_secret", &[]),
    ("token", &[]),
    ("auth_section", &[]),
];

pub(super) fn found(world: &World<'_>) -> Found {
    match options(&world.nova) {
        Ok(found) => found,
        Err(error) => {
            let remedy = error.remedy();
            Found { complaints: vec![format!("{error} ({remedy})")], ..Found::default() }
        }
    }
}

fn options(search: &Search) -> Result<Found, OsloError> {
    let known = || SESSION.into_iter().chain(LOGIN.map(|(name, _)| name));
    let config = OsloConfig::read(search)?.knowing(SECTION, known());
    let mut found = Found::default();
    if config.files().next().is_none() {
        found.complaints.push(if search.files.is_some() {
            "nova.config_files and nova.config_dirs name no file".to_owned()
        } else {
            let places = search.places().map(|place| place.display().to_string());
            format!("no nova.conf in {}", places.join(", "))
        });
        return Ok(found);
    }
    let login = config.get(&[(SECTION, "auth_section")])?.map(|value| value.text);
    let login = login.filter(|section| !section.is_empty()).unwrap_or_else(|| SECTION.to_owned());
    let config = if login == SECTION { config } else { config.knowing(&login, known()) };
    for name in SESSION {
        take(&mut found, &config, SECTION, name, &[])?;
    }
    for (name, older) in LOGIN {
        take(&mut found, &config, &login, name, older)?;
    }
    if found.options.is_empty() {
        let files: Vec<String> = config.files().map(|file| file.display().to_string()).collect();
        found.complaints.push(format!("{} have no [{SECTION}]", files.join(", ")));
    }
    for name in ["trust_id", "certfile", "keyfile"] {
        if found.options.remove(name).is_some() {
            found.complaints.push(format!("{name} is set, which this agent cannot use"));
        }
    }
    Ok(found)
}

fn take(
    found: &mut Found,
    config: &OsloConfig,
    section: &str,
    name: &'static str,
    older: &[&str],
) -> Result<(), OsloError> {
    let mut names = vec![(section, name)];
    names.extend(older.iter().map(|older| (section, *older)));
    if let Some(value) = config.get(&names)? {
        found.set(name, value.text.as_str(), format!("{}:{}", value.file.display(), value.line));
    }
    Ok(())
}
