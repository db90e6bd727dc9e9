//! `config/v1`: what is in force.

use serde::Serialize;

use super::{FindingV1, findings};
use crate::config::{Credentials, Keystone, Lack, Settings, Shown, Used};
use crate::model::Finding;

/// The configuration.
#[derive(Debug, Serialize)]
pub struct Config {
    schema: &'static str,
    files: Vec<String>,
    options: Vec<OptionV1>,
    /// `null` without Keystone.
    login: Option<LoginV1>,
    findings: Vec<FindingV1>,
}

#[derive(Debug, Serialize)]
struct OptionV1 {
    name: String,
    /// `null`: not set, or a secret.
    value: Option<String>,
    secret: bool,
    /// `null`: a default.
    origin: Option<String>,
}

#[derive(Debug, Serialize)]
struct LoginV1 {
    /// `null`: no source has enough.
    source: Option<String>,
    options: Vec<OptionV1>,
    /// Sources with something, but not enough; all of them where none has enough.
    lacking: Vec<LackV1>,
}

#[derive(Debug, Serialize)]
struct LackV1 {
    source: String,
    missing: Vec<String>,
}

impl Config {
    /// The document.
    pub fn new(settings: &Settings, all: &[Finding]) -> Self {
        let login = match &settings.placement.credentials {
            Credentials::Noauth { .. } => None,
            Credentials::Keystone(keystone) => Some(LoginV1::from(&**keystone)),
            Credentials::Missing { looked_at } => {
                Some(LoginV1 { source: None, options: Vec::new(), lacking: lacking(looked_at) })
            }
        };
        Config {
            schema: "config/v1",
            files: settings.files.iter().map(|file| file.display().to_string()).collect(),
            options: settings.options.iter().map(OptionV1::from).collect(),
            login,
            findings: findings(all),
        }
    }
}

impl From<&Keystone> for LoginV1 {
    fn from(from: &Keystone) -> Self {
        LoginV1 {
            source: Some(from.source.to_string()),
            options: from.used.iter().map(OptionV1::from).collect(),
            lacking: lacking(&from.skipped),
        }
    }
}

fn lacking(lacks: &[Lack]) -> Vec<LackV1> {
    lacks
        .iter()
        .map(|lack| LackV1 { source: lack.source.to_string(), missing: lack.missing.clone() })
        .collect()
}

impl From<&Shown> for OptionV1 {
    fn from(from: &Shown) -> Self {
        let Shown { name, value, secret, origin } = from.clone();
        OptionV1 { name, value, secret, origin }
    }
}

impl From<&Used> for OptionV1 {
    fn from(from: &Used) -> Self {
        OptionV1 {
            name: from.name.to_owned(),
            value: from.value.clone(),
            secret: from.value.is_none(),
            origin: Some(from.origin.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_frozen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agent.toml");
        let text = "[nova]\nconfig_files = []\nconfig_dirs = []\n[keystone]\nauth_url = 'http://k'\n\
            username = 'u'\npassword = 'hunter22'\n";
        std::fs::write(&file, text).unwrap();
        let json = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| (String::from(*name), String::from(*value)));
            let settings = crate::config::load(Some(&file), variables).unwrap();
            let text = serde_json::to_string(&Config::new(&settings, &[])).unwrap();
            assert!(!text.contains("hunter22"));
            let text = text.replace(folder.path().to_str().unwrap(), "");
            serde_json::from_str::<serde_json::Value>(&text).unwrap()
        };
        let lacking = json(&[]);
        let keys: Vec<&String> = lacking.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["files", "findings", "login", "options", "schema"]);
        assert_eq!(lacking["schema"], "config/v1");
        assert_eq!(
            lacking["login"]["lacking"][0],
            serde_json::json!({ "source": "agent.toml [keystone]",
                "missing": ["keystone.project_name or keystone.project_id is not set"] })
        );
        let whole = json(&[("NPA__KEYSTONE__PROJECT_ID", "p1")]);
        let option = |list: &serde_json::Value, name: &str| {
            list.as_array().unwrap().iter().find(|option| option["name"] == name).unwrap().clone()
        };
        assert_eq!(whole["login"]["source"], "agent.toml [keystone]");
        for (list, name) in
            [(&whole["options"], "keystone.password"), (&whole["login"]["options"], "password")]
        {
            assert_eq!(
                option(list, name),
                serde_json::json!({ "name": name, "value": null, "secret": true, "origin": "/agent.toml:7" })
            );
        }
        assert_eq!(
            option(&whole["options"], "placement.retries"),
            serde_json::json!({ "name": "placement.retries", "value": "3", "secret": false, "origin": null })
        );
        assert_eq!(option(&whole["options"], "keystone.project_id")["origin"], "$NPA__KEYSTONE__PROJECT_ID");
    }
}
