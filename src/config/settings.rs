//! Validated settings: what the rest of the program gets.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::ConfigError;
use super::fragments::{Fragments, KeystoneFragment, PlacementFragment};
use super::values::{Auth, Listed, Parsed, Span, Word};
use crate::identity::Interface;
use crate::model::{ParseError, RootUuid};
use crate::planner::{Attachable, Policy, Timing};

/// Everything that can be configured. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How to reach Placement.
    pub placement: Placement,
    /// Which provider is the root.
    pub root: Root,
    /// How to reach the hardware.
    pub hardware: Hardware,
    /// What the planner is told.
    pub policy: Policy,
    /// How `run` runs.
    pub run: Run,
    /// How to log.
    pub log: Log,
}

/// How to reach Placement.
#[derive(Debug, Clone)]
pub struct Placement {
    /// How to log in there.
    pub credentials: Credentials,
    /// Certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// For a connection.
    pub connect_timeout: Duration,
    /// For a whole answer.
    pub timeout: Duration,
    /// Further tries of a request that failed in a way that passes.
    pub retries: u8,
}

/// How to log in.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// Placement without authentication.
    Noauth {
        /// Where it is.
        endpoint: Url,
    },
    /// Keystone, by password.
    Keystone(Box<Keystone>),
    /// None were given. Not an error until something wants to log in.
    Missing {
        /// The keys that are not set.
        keys: Vec<&'static str>,
    },
}

/// Keystone, by password.
#[derive(Debug, Clone)]
pub struct Keystone {
    /// Where it is, with or without `/v3`.
    pub auth_url: Url,
    /// The user.
    pub username: String,
    /// The user's domain.
    pub user_domain_name: String,
    /// The project.
    pub project_name: String,
    /// The project's domain.
    pub project_domain_name: String,
    /// The password.
    pub password: SecretString,
    /// Instead of the catalogue's.
    pub endpoint: Option<Url>,
    /// In order of preference.
    pub interfaces: Vec<Interface>,
    /// Any, if none.
    pub region: Option<String>,
}

/// Which provider is the root.
#[derive(Debug, Clone)]
pub struct Root {
    /// The provider with this UUID.
    pub uuid: Option<RootUuid>,
    /// Else the one in this file of Nova's.
    pub compute_id_file: Option<PathBuf>,
    /// Else the one of this name; else as Nova's defaults and the host's name have it.
    pub name: Option<String>,
}

/// How to reach the hardware.
#[derive(Debug, Clone)]
pub struct Hardware {
    /// The library, if not as the loader finds it.
    pub nvml_library: Option<PathBuf>,
    /// For one scan of all GPUs.
    pub scan_deadline: Duration,
    /// Files whose change wakes the loop.
    pub wake_on_change: Vec<PathBuf>,
}

/// How `run` runs.
#[derive(Debug, Clone)]
pub struct Run {
    /// Between two cycles when nothing happens.
    pub interval: Duration,
    /// Where the lock and the socket are.
    pub directory: PathBuf,
}

/// How to log.
#[derive(Debug, Clone)]
pub struct Log {
    /// Directives as `tracing_subscriber::EnvFilter` reads them; by default `info` for `run`, else `warn`.
    pub level: Option<String>,
    /// For people or for machines.
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogFormat {
    Human,
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "human" => Ok(LogFormat::Human),
            "json" => Ok(LogFormat::Json),
            _ => Err(ParseError::new("log format", text, "\"human\" or \"json\"")),
        }
    }
}

impl TryFrom<Fragments> for Settings {
    type Error = ConfigError;

    fn try_from(from: Fragments) -> Result<Self, ConfigError> {
        let span = |span: Option<Parsed<Span>>, default| span.map_or(Duration::from_secs(default), |s| s.0.0);
        let attachable = from.own.attachable.map_or(Attachable::Auto, |word| word.0);
        let ignore = from.devices.ignore.map_or_else(Vec::new, |list| list.0);
        Ok(Settings {
            root: Root {
                uuid: from.root.uuid.map(|uuid| uuid.0),
                compute_id_file: from.root.compute_id_file,
                name: text(from.root.name),
            },
            hardware: Hardware {
                nvml_library: from.hardware.nvml_library,
                scan_deadline: span(from.hardware.scan_deadline, 20),
                wake_on_change: from.hardware.wake_on_change.map_or_else(Vec::new, |files| files.0),
            },
            policy: Policy {
                attachable,
                ignore: ignore.into_iter().map(|address| address.0).collect(),
                timing: Timing {
                    growth: span(from.settling.growth, 10),
                    other_kind: span(from.settling.other_kind, 120),
                    grace: from.settling.grace_scans.unwrap_or(3).max(1),
                },
            },
            run: Run {
                interval: span(from.run.interval, 30),
                directory: from.run.directory.unwrap_or_else(|| "/run/nvidia-placement-agent".into()),
            },
            log: Log {
                level: text(from.log.level),
                format: from.log.format.map_or(LogFormat::Human, |word| word.0),
            },
            placement: Placement {
                ca_file: from.placement.ca_file.clone(),
                connect_timeout: span(from.placement.connect_timeout.clone(), 5),
                timeout: span(from.placement.timeout.clone(), 30),
                retries: from.placement.retries.unwrap_or(3),
                credentials: credentials(from.placement, from.keystone)?,
            },
        })
    }
}

fn text(word: Option<Word>) -> Option<String> {
    word.map(|word| word.0)
}

fn credentials(placement: PlacementFragment, keystone: KeystoneFragment) -> Result<Credentials, ConfigError> {
    let endpoint = placement.endpoint.map(|url| url.0);
    if placement.auth.is_some_and(|auth| auth.0 == Auth::Noauth) {
        let endpoint = endpoint.ok_or_else(|| {
            ConfigError::Together(
                "placement.auth is \"noauth\", which has no catalogue: set placement.endpoint".into(),
            )
        })?;
        return Ok(Credentials::Noauth { endpoint });
    }
    let password = match (keystone.password, keystone.password_file) {
        (Some(_), Some(_)) => {
            return Err(ConfigError::Together(
                "keystone.password and keystone.password_file are both set: which one is it?".into(),
            ));
        }
        (None, Some(file)) => Some(password_of(&file)?),
        (password, None) => password,
    };
    let (Some(auth_url), Some(username), Some(project_name), Some(password)) =
        (&keystone.auth_url, &keystone.username, &keystone.project_name, &password)
    else {
        let keys = [
            (keystone.auth_url.is_none(), "keystone.auth_url"),
            (keystone.username.is_none(), "keystone.username"),
            (keystone.project_name.is_none(), "keystone.project_name"),
            (password.is_none(), "keystone.password_file"),
        ];
        return Ok(Credentials::Missing {
            keys: keys.into_iter().filter(|(none, _)| *none).map(|(_, key)| key).collect(),
        });
    };
    let interfaces = placement.interfaces.unwrap_or(Listed(Vec::new())).0;
    let interfaces: Vec<Interface> = interfaces.into_iter().map(|interface| interface.0).collect();
    let default = || "Default".to_owned();
    Ok(Credentials::Keystone(Box::new(Keystone {
        auth_url: auth_url.0.clone(),
        username: username.0.clone(),
        project_name: project_name.0.clone(),
        password: password.clone(),
        user_domain_name: text(keystone.user_domain_name).unwrap_or_else(default),
        project_domain_name: text(keystone.project_domain_name).unwrap_or_else(default),
        endpoint,
        interfaces: if interfaces.is_empty() {
            vec![Interface::Internal, Interface::Public]
        } else {
            interfaces
        },
        region: text(placement.region),
    })))
}

/// The first line of the file, without its newline.
fn password_of(file: &Path) -> Result<SecretString, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|cause| ConfigError::Unreadable { file: file.to_owned(), cause })?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(ConfigError::Credentials(format!(
            "{} holds no password in its first line",
            file.display()
        )));
    }
    Ok(SecretString::from(line.to_owned()))
}
