//! Where the login to Placement comes from: the first of `agent.toml`, a cloud of `clouds.yaml`, the
//! environment and `nova.conf` that has enough, or the one that is asked for.
//!
//! Every source is brought into one form, keystoneauth's options; what makes a login of them does not know
//! which source it was. Each value keeps its place, each source says what it lacks.

mod agent;
mod assemble;
mod cloud;
mod environment;
mod nova;
mod yaml;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::ConfigError;
use super::fragments::KeystoneFragment;
use super::origins::Origins;
use crate::identity::{AuthMethod, Interface};
use crate::model::ParseError;
use crate::nova::oslo::Search;

/// How to log in to Keystone, and where each part of that was found.
#[derive(Debug, Clone)]
pub struct Keystone {
    /// Which source it is.
    pub source: Source,
    /// Keystone's address, with or without `/v3`.
    pub auth_url: Url,
    /// Credentials and scope.
    pub method: AuthMethod,
    /// Placement's endpoint, instead of the catalogue's.
    pub endpoint: Option<Url>,
    /// In order of preference.
    pub interfaces: Vec<Interface>,
    /// Any, if none.
    pub region: Option<String>,
    /// Certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether to trust any certificate: an operator's explicit word in `agent.toml`.
    pub insecure: bool,
    /// What was used: keystoneauth's names.
    pub used: Vec<Used>,
    /// Sources that come earlier and have something, but not enough.
    pub skipped: Vec<Lack>,
}

/// One option in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// keystoneauth's name of it.
    pub name: &'static str,
    /// The value; none for a secret.
    pub value: Option<String>,
    /// File and line, or variable.
    pub origin: String,
}

/// What a source does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// Which source.
    pub source: Source,
    /// Whether it has anything at all.
    pub partial: bool,
    /// What is missing or wrong there.
    pub missing: Vec<String>,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.missing.join(", "))
    }
}

/// A place that may hold credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `[keystone]` in `agent.toml`, its drop-ins and `NPA__KEYSTONE__…`.
    Agent,
    /// A cloud of `clouds.yaml`.
    Cloud,
    /// `OS_…`.
    Environment,
    /// `[placement]` of Nova's configuration.
    Nova,
}

impl Source {
    const ALL: [Source; 4] = [Source::Agent, Source::Cloud, Source::Environment, Source::Nova];
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Source::Agent => "agent.toml [keystone]",
            Source::Cloud => "clouds.yaml",
            Source::Environment => "environment",
            Source::Nova => "nova.conf [placement]",
        })
    }
}

/// `placement.credentials`: one source, or the first that has enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice(Option<Source>);

impl Choice {
    pub(super) const AUTO: Choice = Choice(None);
}

impl FromStr for Choice {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Ok(Choice(match text {
            "auto" => None,
            "agent" => Some(Source::Agent),
            "cloud" => Some(Source::Cloud),
            "environment" => Some(Source::Environment),
            "nova" => Some(Source::Nova),
            _ => {
                let expected = "\"auto\", \"agent\", \"cloud\", \"environment\" or \"nova\"";
                return Err(ParseError::new("source of credentials", text, expected));
            }
        }))
    }
}

/// One option as a source has it.
struct Given {
    value: SecretString,
    origin: String,
}

/// What one source has: keystoneauth's options, and what is wrong with it.
#[derive(Default)]
struct Found {
    options: BTreeMap<&'static str, Given>,
    complaints: Vec<String>,
}

impl Found {
    /// Empty values count as not set, as for every OpenStack client.
    fn set(&mut self, name: &'static str, value: impl Into<String>, origin: impl Into<String>) {
        let value: String = value.into();
        if !value.is_empty() {
            let given = Given { value: SecretString::from(value), origin: origin.into() };
            self.options.insert(name, given);
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(|given| given.value.expose_secret())
    }

    fn secret(&self, name: &str) -> Option<SecretString> {
        self.options.get(name).map(|given| given.value.clone())
    }

    fn has(&self, name: &str) -> bool {
        self.options.contains_key(name)
    }
}

/// What `agent.toml` says about every source: it wins over what the source has.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub(super) endpoint: Option<Url>,
    pub(super) interfaces: Vec<Interface>,
    pub(super) region: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) insecure: Option<bool>,
}

/// Everything that the sources are made of.
pub(super) struct World<'a> {
    pub(super) keystone: KeystoneFragment,
    pub(super) origins: &'a Origins,
    pub(super) variables: &'a BTreeMap<String, String>,
    pub(super) cloud: Option<String>,
    pub(super) nova: Search,
    pub(super) wishes: Wishes,
}

impl World<'_> {
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A secret that systemd hands over (`LoadCredential=`), for a source that has everything else.
    fn add_from_systemd(&self, found: &mut Found) {
        let Some(directory) = self.variable("CREDENTIALS_DIRECTORY") else { return };
        if found.options.is_empty() {
            return;
        }
        for (file, name) in [
            ("placement-password", "password"),
            ("placement-application-credential-secret", "application_credential_secret"),
            ("placement-token", "token"),
        ] {
            let path = Path::new(directory).join(file);
            if !found.has(name)
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                found.set(name, text.lines().next().unwrap_or_default(), path.display().to_string());
            }
        }
    }
}

/// The login, or what every source lacks.
pub(super) fn find(choice: Choice, world: &World<'_>) -> Result<Result<Keystone, Vec<Lack>>, ConfigError> {
    let sources = choice.0.map_or(Source::ALL.to_vec(), |source| vec![source]);
    let mut lacks: Vec<Lack> = Vec::new();
    for source in sources {
        let mut found = match source {
            Source::Agent => agent::found(world)?,
            Source::Cloud => cloud::found(world),
            Source::Environment => environment::found(world),
            Source::Nova => nova::found(world),
        };
        if source != Source::Nova {
            world.add_from_systemd(&mut found);
        }
        let partial = !found.options.is_empty();
        match assemble::login(source, found, &world.wishes) {
            Ok(mut keystone) => {
                keystone.skipped = lacks.into_iter().filter(|lack| lack.partial).collect();
                return Ok(Ok(keystone));
            }
            Err(missing) => lacks.push(Lack { source, partial, missing }),
        }
    }
    Ok(Err(lacks))
}

#[cfg(test)]
mod tests;
