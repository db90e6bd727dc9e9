//! Validated settings: what the rest of the program gets.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::ConfigError;
use super::credentials::{self, Choice, Keystone, Lack, Wishes, World};
use super::fragments::{Fragments, KeystoneFragment, PlacementFragment};
use super::health;
use super::origins::Origins;
use super::show::{self, Shown};
use super::values::{Auth, Listed, Parsed, Span, Word};
use crate::model::{ParseError, RootUuid};
use crate::nova::oslo::Search;
use crate::planner::{Attachable, Policy, Timing};

/// This host alone may ask. The port is one that no exporter in use has: nvidia_gpu_exporter's is 9835.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 19835);

/// Where the lock and the socket are.
pub(super) const RUN_DIRECTORY: &str = "/run/nvidia-placement-agent";

/// Between two readings of what moves by itself.
const SAMPLE: Duration = Duration::from_secs(10);
/// Between two questions who holds the agent's providers.
const GUESTS: Duration = Duration::from_secs(60);

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
    /// Where Nova's configuration is.
    pub nova: Search,
    /// Where libvirt has this host's domains.
    pub libvirt_domains: Vec<PathBuf>,
    /// How `run` runs.
    pub run: Run,
    /// What `run` shows of itself, and to whom.
    pub telemetry: Telemetry,
    /// How to log.
    pub log: Log,
    /// Every option as it is in force, for people.
    pub options: Vec<Shown>,
    /// The files that were read, in order.
    pub files: Vec<PathBuf>,
}

/// How to reach Placement.
#[derive(Debug, Clone)]
pub struct Placement {
    /// How to log in there.
    pub credentials: Credentials,
    /// Certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether to trust any certificate.
    pub insecure: bool,
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
    /// Keystone.
    Keystone(Box<Keystone>),
    /// No source has enough. Not an error until something wants to log in.
    Missing {
        /// What each source lacks that was looked at.
        looked_at: Vec<Lack>,
    },
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
    /// Where sysfs is mounted.
    pub sysfs: PathBuf,
    /// For one scan of all GPUs.
    pub scan_deadline: Duration,
    /// Whether NVML stays open for its events.
    pub events: bool,
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

/// What `run` shows of itself, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// Where its HTTP listener is, if there is one.
    pub listen: Option<SocketAddr>,
    /// How often what moves by itself on GPUs is read, if it is.
    pub interval: Option<Duration>,
    /// How often Placement is asked who holds the agent's providers, if it is.
    pub guests: Option<Duration>,
    /// Whether it is asked for the project of each of those, too.
    pub project_ids: bool,
}

/// How to log.
#[derive(Debug, Clone)]
pub struct Log {
    /// Directives as `tracing_subscriber::filter::Targets` reads them (`warn,target=debug`); by default `info` for
    /// `run`, else `warn`.
    pub level: Option<String>,
    /// For people or for machines.
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogFormat {
    /// The journal where standard error is connected to it, else human.
    Auto,
    Human,
    Json,
    Journal,
}

impl std::str::FromStr for LogFormat {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "auto" => Ok(LogFormat::Auto),
            "human" => Ok(LogFormat::Human),
            "json" => Ok(LogFormat::Json),
            "journal" => Ok(LogFormat::Journal),
            _ => Err(ParseError::new("log format", text, "\"auto\", \"human\", \"json\" or \"journal\"")),
        }
    }
}

/// What settings depend on beside the options themselves.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) files: &'a [PathBuf],
    pub(super) origins: &'a Origins,
    pub(super) variables: &'a BTreeMap<String, String>,
}

impl Settings {
    /// Validates the options as a whole.
    pub(super) fn new(from: Fragments, surroundings: Surroundings<'_>) -> Result<Self, ConfigError> {
        let span = |span: Option<Parsed<Span>>, default| span.map_or(Duration::from_secs(default), |s| s.0.0);
        let attachable = from.own.attachable.map_or(Attachable::Auto, |word| word.0);
        let ignore = from.devices.ignore.map_or_else(Vec::new, |list| list.0);
        let nova = Search {
            files: from.nova.config_files.map(|files| files.0),
            directories: from.nova.config_dirs.map(|directories| directories.0),
            ..Search::default()
        };
        let nova = handed_over(&nova, surroundings.variables).unwrap_or(nova);
        let domains = from.nova.libvirt_domains.map(|folders| folders.0);
        let modes = from.devices.modes.map_or_else(Vec::new, |list| list.0);
        let vgpu_types = from.devices.vgpu_types.map_or_else(Vec::new, |list| list.0);
        Ok(Settings {
            options: show::shown(surroundings.origins),
            files: surroundings.files.to_vec(),
            root: Root {
                uuid: from.root.uuid.map(|uuid| uuid.0),
                compute_id_file: from.root.compute_id_file,
                name: text(from.root.name),
            },
            hardware: Hardware {
                nvml_library: from.hardware.nvml_library,
                sysfs: from.hardware.sysfs.unwrap_or_else(|| "/sys".into()),
                scan_deadline: span(from.hardware.scan_deadline, 20),
                events: from.hardware.events.unwrap_or(true),
                wake_on_change: from.hardware.wake_on_change.map_or_else(Vec::new, |files| files.0),
            },
            policy: Policy {
                attachable,
                ignore: ignore.into_iter().map(|address| address.0).collect(),
                modes: modes.into_iter().map(|rule| rule.0).collect(),
                vgpu_types: vgpu_types.into_iter().map(|rule| rule.0).collect(),
                timing: Timing {
                    growth: span(from.settling.growth, 10),
                    other_kind: span(from.settling.other_kind, 120),
                    grace: from.settling.grace_scans.unwrap_or(3).max(1),
                },
                health: health::policy(from.health)?,
            },
            libvirt_domains: domains
                .unwrap_or_else(|| ["/etc/libvirt/qemu", "/run/libvirt/qemu"].map(PathBuf::from).into()),
            run: Run {
                interval: span(from.run.interval, 30),
                directory: from.run.directory.unwrap_or_else(|| RUN_DIRECTORY.into()),
            },
            telemetry: Telemetry {
                listen: from.telemetry.listen.map_or(Some(LISTEN), |word| word.0.on().map(|at| at.0)),
                interval: from.telemetry.interval.map_or(Some(SAMPLE), |word| word.0.on().map(|span| span.0)),
                guests: from.telemetry.guests.map_or(Some(GUESTS), |word| word.0.on().map(|span| span.0)),
                project_ids: from.telemetry.project_ids.unwrap_or(false),
            },
            log: Log {
                level: text(from.log.level),
                format: from.log.format.map_or(LogFormat::Auto, |word| word.0),
            },
            placement: Placement {
                ca_file: from.placement.ca_file.clone(),
                insecure: from.placement.insecure.unwrap_or(false),
                connect_timeout: span(from.placement.connect_timeout.clone(), 5),
                timeout: span(from.placement.timeout.clone(), 30),
                retries: from.placement.retries.unwrap_or(3),
                credentials: credentials(from.placement, from.keystone, nova.clone(), surroundings)?,
            },
            nova,
        })
    }
}

/// A `nova.conf` that systemd hands over (`LoadCredential=nova.conf:/etc/nova/nova.conf`): an agent that may
/// not read Nova's files itself. Whatever is read of Nova's configuration is read there then.
fn handed_over(search: &Search, variables: &BTreeMap<String, String>) -> Option<Search> {
    if search.files.is_some() {
        return None;
    }
    let directory = Path::new(variables.get("CREDENTIALS_DIRECTORY")?);
    let files: Vec<_> = ["nova.conf", "nova-compute.conf"].map(|name| directory.join(name)).into();
    let files: Vec<_> = files.into_iter().filter(|file| file.exists()).collect();
    let directories = search.directories.clone().or_else(|| Some(Vec::new()));
    (!files.is_empty()).then(|| Search { files: Some(files), directories, ..search.clone() })
}

fn text(word: Option<Word>) -> Option<String> {
    word.map(|word| word.0)
}

fn credentials(
    placement: PlacementFragment,
    keystone: KeystoneFragment,
    nova: Search,
    surroundings: Surroundings<'_>,
) -> Result<Credentials, ConfigError> {
    let endpoint = placement.endpoint.map(|url| url.0);
    if placement.auth.is_some_and(|auth| auth.0 == Auth::Noauth) {
        let endpoint = endpoint.ok_or_else(|| {
            ConfigError::Together(
                "placement.auth is \"noauth\", which has no catalogue: set placement.endpoint".into(),
            )
        })?;
        return Ok(Credentials::Noauth { endpoint });
    }
    let interfaces = placement.interfaces.unwrap_or(Listed(Vec::new())).0;
    let world = World {
        keystone,
        origins: surroundings.origins,
        variables: surroundings.variables,
        cloud: text(placement.cloud),
        nova,
        wishes: Wishes {
            endpoint,
            interfaces: interfaces.into_iter().map(|interface| interface.0).collect(),
            region: text(placement.region),
            ca_file: placement.ca_file,
            insecure: placement.insecure,
        },
    };
    let choice = placement.credentials.map_or(Choice::AUTO, |choice| choice.0);
    Ok(match credentials::find(choice, &world)? {
        Ok(keystone) => Credentials::Keystone(Box::new(keystone)),
        Err(looked_at) => Credentials::Missing { looked_at },
    })
}
