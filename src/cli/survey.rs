//! What Keystone and Placement say, asked once and as far as possible: failure is a value here.

use std::sync::Arc;

use super::context;
use crate::config::{Credentials, Settings};
use crate::model::{Code, Decision, Finding, HostSnapshot, NovaView, ObservedTree, RootUuid};
use crate::placement::Client;
use crate::reconciler::{Reconciler, find_root_and_how};

/// What Keystone and Placement said, as far as they were asked.
pub(super) struct Service {
    pub(super) credentials: Result<String, Finding>,
    pub(super) login: Option<Result<String, Finding>>,
    pub(super) versions: Option<Result<String, Finding>>,
    pub(super) root: Option<Result<(RootUuid, &'static str), Finding>>,
    pub(super) placement: Option<Result<(ObservedTree, Decision), Finding>>,
}

impl Service {
    /// The tree and the decision, or what kept it from being read.
    pub(super) fn outcome(self) -> Result<(ObservedTree, Decision), Finding> {
        self.credentials?;
        for asked in [self.login, self.versions] {
            asked.transpose()?;
        }
        self.root.transpose()?;
        self.placement.unwrap_or_else(|| Err(unasked()))
    }
}

fn unasked() -> Finding {
    Finding::new(Code::Unreachable, "Placement", "it was not asked", "run it again with -v")
}

/// Asks one after the other, as far as each lets the next be asked.
pub(super) async fn service(
    settings: &Settings,
    nova: &NovaView,
    hardware: Result<&HostSnapshot, &Finding>,
) -> Service {
    let access = context::access(settings);
    let client = access.and_then(|access| Ok((context::unconnected(settings, &access)?, access)));
    let credentials = client.as_ref().map(|_| who(settings)).map_err(Clone::clone);
    let mut service = Service { credentials, login: None, versions: None, root: None, placement: None };
    let Ok((client, access)) = client else { return service };
    let client = Arc::new(client);
    let endpoint = match access.tokens.token().await {
        Ok(_) => access.tokens.endpoint().await,
        Err(error) => Err(error),
    };
    let login = endpoint.map(|url| format!("accepted; Placement is at {url}"));
    let login = service.login.insert(login.map_err(|error| error.finding("Keystone")));
    if login.is_err() {
        return service;
    }
    let versions = client.version().await;
    let versions = versions.map(|range| format!("speaks the microversions {} to {}", range.min, range.max));
    let versions = service.versions.insert(versions.map_err(|error| error.finding("Placement")));
    if versions.is_err() {
        return service;
    }
    let root = find_root_and_how(&context::root_choice(settings), &client).await;
    let root = service.root.insert(root.map_err(|error| error.finding()));
    if let Ok((root, _)) = root {
        // A scan that failed is what the running agent would go by, too: everything stays as it is.
        let failed = |finding: &Finding| HostSnapshot {
            failed: Some(finding.seen.clone()),
            ..HostSnapshot::default()
        };
        let host = hardware.map_or_else(failed, Clone::clone);
        service.placement = Some(inspect(client, *root, settings, nova, &host).await);
    }
    service
}

async fn inspect(
    client: Arc<Client>,
    root: RootUuid,
    settings: &Settings,
    nova: &NovaView,
    host: &HostSnapshot,
) -> Result<(ObservedTree, Decision), Finding> {
    let mut reconciler = Reconciler::new(client, root, settings.policy.clone());
    reconciler.see_nova(nova.clone());
    reconciler.inspect(host).await.map_err(|error| error.finding("Placement"))
}

/// Who logs in, and where that was found.
fn who(settings: &Settings) -> String {
    match &settings.placement.credentials {
        Credentials::Noauth { endpoint } => format!("none: no authentication at {endpoint}"),
        Credentials::Keystone(keystone) => format!("{}, from {}", keystone.method, keystone.source),
        Credentials::Missing { .. } => "none".to_owned(),
    }
}
