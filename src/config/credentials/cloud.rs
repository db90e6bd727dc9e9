//! A cloud of `clouds.yaml`, with its secrets from `secure.yaml`, found as openstacksdk finds them.

use std::path::{Path, PathBuf};

use super::yaml::{Cloud, clouds};
use super::{Found, Wishes, World};

/// What may be under `auth`, with older names of the same.
const AUTH: [(&str, &[&str]); 19] = [
    ("auth_url", &[]),
    ("username", &["user_name"]),
    ("user_id", &[]),
    ("user_domain_name", &[]),
    ("user_domain_id", &[]),
    ("project_name", &["tenant_name"]),
    ("project_id", &["tenant_id"]),
    ("project_domain_name", &[]),
    ("project_domain_id", &[]),
    ("default_domain_name", &[]),
    ("default_domain_id", &["default_domain"]),
    ("domain_name", &[]),
    ("domain_id", &[]),
    ("system_scope", &[]),
    ("password", &[]),
    ("application_credential_id", &[]),
    ("application_credential_name", &[]),
    ("application_credential_secret", &[]),
    ("token", &[]),
];

pub(super) fn found(world: &World<'_>) -> Found {
    let mut found = Found::default();
    if let Err(complaint) = fill(world, &mut found) {
        found.complaints.push(complaint);
    }
    found
}

fn fill(world: &World<'_>, found: &mut Found) -> Result<(), String> {
    let Some(name) = world.cloud.as_deref().or_else(|| world.variable("OS_CLOUD")) else {
        return Err("neither OS_CLOUD nor placement.cloud is set".to_owned());
    };
    let (file, cloud) = read(world, "clouds", "OS_CLIENT_CONFIG_FILE", name)?
        .ok_or_else(|| format!("no clouds.yaml in {}", list(&places(world))))?;
    let cloud = cloud.ok_or_else(|| format!("{} has no cloud {name:?}", file.display()))?;
    take(found, &world.wishes, &file, name, cloud);
    if let Some((file, Some(secrets))) = read(world, "secure", "OS_CLIENT_SECURE_FILE", name)? {
        take(found, &world.wishes, &file, name, secrets);
    }
    if let Some(region) = world.variable("OS_REGION_NAME") {
        found.set("region_name", region, "$OS_REGION_NAME");
    }
    Ok(())
}

fn take(found: &mut Found, wishes: &Wishes, file: &Path, name: &str, cloud: Cloud) {
    let origin = format!("{} ({name})", file.display());
    for (option, older) in AUTH {
        let spelled = std::iter::once(&option)
            .chain(older)
            .flat_map(|name| [(*name).to_owned(), name.replace('_', "-")]);
        let value = spelled.into_iter().find_map(|name| cloud.auth.get(&name)?.clone());
        if let Some(value) = value {
            found.set(option, value, &origin);
        }
    }
    if cloud.regions.is_some() && cloud.region_name.is_none() && wishes.region.is_none() {
        found.complaints.push(format!("cloud {name:?} has several regions: set placement.region"));
    }
    if cloud.profile.is_some() && !found.has("auth_url") {
        found.complaints.push(format!("cloud {name:?} uses a profile, which is not read: write auth_url"));
    }
    let insecure = cloud.verify == Some(false) || cloud.insecure == Some(true);
    for (option, value) in [
        ("auth_type", cloud.auth_type),
        ("region_name", cloud.region_name),
        ("valid_interfaces", cloud.interface.or(cloud.endpoint_type)),
        ("cafile", cloud.cacert),
        ("endpoint_override", cloud.placement_endpoint_override),
        ("insecure", insecure.then(|| "true".to_owned())),
    ] {
        if let Some(value) = value {
            found.set(option, value, &origin);
        }
    }
}

type Read = Option<(PathBuf, Option<Cloud>)>;

/// The first file of that name, and the cloud in it.
fn read(world: &World<'_>, stem: &str, variable: &str, cloud: &str) -> Result<Read, String> {
    let named = world.variable(variable).map(PathBuf::from);
    let searched = places(world)
        .into_iter()
        .flat_map(|place| ["yaml", "yml", "json"].map(|extension| place.join(format!("{stem}.{extension}"))));
    // A file that is named comes first, and others where it is not there.
    let Some(file) = named.into_iter().chain(searched).find(|file| file.exists()) else { return Ok(None) };
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut clouds = clouds(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(Some((file, clouds.clouds.remove(cloud))))
}

fn places(world: &World<'_>) -> Vec<PathBuf> {
    let own = world.variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let own = own.or_else(|| world.variable("HOME").map(|home| Path::new(home).join(".config")));
    let own = own.map(|config| config.join("openstack"));
    std::iter::once(PathBuf::from(".")).chain(own).chain([PathBuf::from("/etc/openstack")]).collect()
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
