//! `[keystone]` of `agent.toml`.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::{Found, World};
use crate::config::ConfigError;
use crate::config::values::Word;

/// # Errors
/// A secret is given twice, or its file has none: that is never meant.
pub(super) fn found(world: &World<'_>) -> Result<Found, ConfigError> {
    let keystone = &world.keystone;
    let mut found = Found::default();
    let word = |word: &Option<Word>| word.as_ref().map(|word| word.0.clone());
    let origin = |key: &str| world.origins.of(&format!("keystone.{key}"));
    for (name, value) in [
        ("auth_type", word(&keystone.auth_type)),
        ("auth_url", keystone.auth_url.as_ref().map(|url| url.0.to_string())),
        ("username", word(&keystone.username)),
        ("user_id", word(&keystone.user_id)),
        ("user_domain_name", word(&keystone.user_domain_name)),
        ("user_domain_id", word(&keystone.user_domain_id)),
        ("project_name", word(&keystone.project_name)),
        ("project_id", word(&keystone.project_id)),
        ("project_domain_name", word(&keystone.project_domain_name)),
        ("project_domain_id", word(&keystone.project_domain_id)),
        ("domain_name", word(&keystone.domain_name)),
        ("domain_id", word(&keystone.domain_id)),
        ("system_scope", word(&keystone.system_scope)),
        ("application_credential_id", word(&keystone.application_credential_id)),
        ("application_credential_name", word(&keystone.application_credential_name)),
    ] {
        if let Some(value) = value {
            found.set(name, value, origin(name));
        }
    }
    for (name, value, file) in [
        ("password", &keystone.password, &keystone.password_file),
        (
            "application_credential_secret",
            &keystone.application_credential_secret,
            &keystone.application_credential_secret_file,
        ),
        ("token", &keystone.token, &keystone.token_file),
    ] {
        match (value, file) {
            (Some(_), Some(_)) => {
                let message =
                    format!("keystone.{name} and keystone.{name}_file are both set: which one is it?");
                return Err(ConfigError::Together(message));
            }
            (Some(value), None) => found.set(name, value.expose_secret(), origin(name)),
            (None, Some(file)) => {
                found.set(name, first_line(file)?.expose_secret(), file.display().to_string());
            }
            (None, None) => {}
        }
    }
    Ok(found)
}

/// The first line of the file, without its newline.
fn first_line(file: &Path) -> Result<SecretString, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|cause| ConfigError::Unreadable { file: file.to_owned(), cause })?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(ConfigError::Credentials(format!(
            "{} holds no secret in its first line",
            file.display()
        )));
    }
    Ok(SecretString::from(line.to_owned()))
}
