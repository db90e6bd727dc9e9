//! What verbs need before they begin: settings, log, client, root, scan.

use std::path::PathBuf;
use std::sync::Arc;

use super::args::Common;
use super::{log, output};
use crate::config::{self, Credentials, Lack, Settings};
use crate::hardware::{self, HealthNote};
use crate::identity::{HttpOptions, Keystone, KeystoneSettings, NoAuth, TokenSource};
use crate::model::{Code, Finding, HostSnapshot};
use crate::placement::{Client, Meters, Options};
use crate::planner::XidLog;
use crate::reconciler::RootChoice;
use crate::report;

/// Reads the configuration.
pub(super) fn read(common: &Common) -> Result<Settings, Finding> {
    config::load(common.config.as_deref(), variables()?).map_err(|error| error.finding())
}

/// Reads the configuration and starts the log. The daemon tells each change; a command shows it anyway.
pub(super) fn settings(common: &Common, daemon: bool) -> Result<Settings, Finding> {
    let settings = read(common)?;
    log::start(&settings.log, common.verbose, daemon)?;
    Ok(settings)
}

/// Where the running agent listens. When one asks it, something is wrong, perhaps with the configuration: that is
/// said, and keeps nobody from asking.
pub(super) fn agent_directory(common: &Common, settings: Result<Settings, Finding>) -> PathBuf {
    let why = match settings {
        Ok(settings) => return settings.run.directory,
        Err(finding) => finding,
    };
    let directory = config::run_directory(common.config.as_deref(), variables().unwrap_or_default());
    // Last what may have an excerpt of several lines.
    let seen = format!(
        "the running agent is asked in {} all the same. {}: {}",
        directory.display(),
        why.code,
        why.seen
    );
    let remedy = format!("mend it before the agent is started anew, which would fail: {}", why.remedy);
    let finding = Finding::new(Code::ConfigPassedOver, why.subject, seen, remedy);
    output::say(&report::finding_lines(&finding));
    directory
}

/// The environment, as far as it is text; `std::env::vars` panics where anybody's variable is not. One of ours
/// that is not is refused.
fn variables() -> Result<Vec<(String, String)>, Finding> {
    let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let read = |(name, value): (String, std::ffi::OsString)| match value.into_string() {
        Ok(value) => Some(Ok((name, value))),
        // Not shown: it may be a password.
        Err(_) if name.starts_with("NPA__") => Some(Err(Finding::new(
            Code::ConfigInvalid,
            "configuration",
            format!("environment variable {name}: its value is not UTF-8"),
            "write it in UTF-8, or set it in agent.toml",
        ))),
        Err(_) => None,
    };
    named.filter_map(read).collect()
}

/// How to log in, and how to speak HTTP.
pub(super) struct Access {
    /// For Placement.
    pub(super) tokens: Arc<dyn TokenSource>,
    /// The same login, for other services too; none without Keystone.
    pub(super) keystone: Option<Arc<Keystone>>,
    pub(super) http: HttpOptions,
}

/// The credentials, before anybody is asked.
pub(super) fn access(settings: &Settings) -> Result<Access, Finding> {
    let placement = &settings.placement;
    let http = HttpOptions {
        connect_timeout: placement.connect_timeout,
        timeout: placement.timeout,
        ca_file: placement.ca_file.clone(),
        insecure: placement.insecure,
        ..HttpOptions::default()
    };
    match placement.credentials.clone() {
        Credentials::Noauth { endpoint } => {
            Ok(Access { tokens: Arc::new(NoAuth::new(endpoint)), keystone: None, http })
        }
        Credentials::Keystone(keystone) => {
            let settings = keystone_settings(*keystone, http);
            // Placement is spoken to with the same certificates.
            let http = settings.http.clone();
            let keystone = Arc::new(Keystone::new(settings).map_err(|error| error.finding("Keystone"))?);
            let tokens: Arc<dyn TokenSource> = Arc::clone(&keystone) as _;
            Ok(Access { tokens, keystone: Some(keystone), http })
        }
        Credentials::Missing { looked_at } => Err(credentials_missing(&looked_at)),
    }
}

/// A client for Placement that has asked nothing yet.
pub(super) fn unconnected(settings: &Settings, access: &Access) -> Result<Client, Finding> {
    counted(settings, access, Meters::default())
}

fn counted(settings: &Settings, access: &Access, meters: Meters) -> Result<Client, Finding> {
    let (http, retries) = (access.http.clone(), settings.placement.retries.into());
    let options = Options { http, retries, meters, ..Options::default() };
    Client::new(options, Arc::clone(&access.tokens)).map_err(|error| error.finding("Placement"))
}

/// A client for Placement. Asks nobody yet: its first request checks the version first.
pub(super) fn client(settings: &Settings) -> Result<Arc<Client>, Finding> {
    counted_client(settings, Meters::default())
}

/// The same, with its requests counted.
pub(super) fn counted_client(settings: &Settings, meters: Meters) -> Result<Arc<Client>, Finding> {
    let client = counted(settings, &access(settings)?, meters)?;
    Ok(Arc::new(client))
}

fn credentials_missing(looked_at: &[Lack]) -> Finding {
    let lacks: Vec<String> = looked_at.iter().map(|lack| format!("\n  {lack}")).collect();
    Finding::new(
        Code::CredentialsMissing,
        "configuration",
        format!("no credentials for Placement. Looked at, in this order:{}", lacks.concat()),
        "complete one of them: let the agent read nova.conf, or set [keystone] in agent.toml; \
         placement.credentials picks one; placement.auth = \"noauth\" is for a test cloud",
    )
}

fn keystone_settings(from: config::Keystone, http: HttpOptions) -> KeystoneSettings {
    for lack in &from.skipped {
        tracing::warn!(
            "credentials are incomplete, {source} is used in their place: {lack}",
            source = from.source
        );
    }
    KeystoneSettings {
        http: HttpOptions { ca_file: from.ca_file, insecure: from.insecure, ..http },
        auth_url: from.auth_url,
        method: from.method,
        region: from.region,
        interfaces: from.interfaces,
        endpoint_override: from.endpoint,
    }
}

/// What the operator says about this host's root.
pub(super) fn root_choice(settings: &Settings) -> RootChoice {
    let root = &settings.root;
    RootChoice {
        uuid: root.uuid,
        compute_id_file: root.compute_id_file.clone(),
        name: root.name.clone(),
        nova: settings.nova.clone(),
    }
}

/// How to scan.
pub(super) fn hardware_options(settings: &Settings) -> hardware::Options {
    let hardware = &settings.hardware;
    hardware::Options {
        library: hardware.nvml_library.clone(),
        sysfs: Some(hardware.sysfs.clone()),
        deadline: hardware.scan_deadline,
        ..hardware::Options::default()
    }
}

/// One scan of this host.
pub(super) async fn scan(settings: &Settings) -> Result<HostSnapshot, Finding> {
    let options = hardware_options(settings);
    let mut snapshot = hardware::scan_within(options).await.map_err(|error| error.finding())?;
    // What a running agent reserves because of an event must not be offered by a command beside it.
    match HealthNote::new(&settings.run.directory).read() {
        Ok(noted) => {
            let mut log = XidLog::new(noted);
            log.follow(&snapshot);
            log.onto(&mut snapshot);
        }
        Err(error) => tracing::warn!("the running agent's note of XID events cannot be used: {error}"),
    }
    Ok(snapshot)
}
