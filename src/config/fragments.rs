//! The configuration as written: every key optional, every value already of its own type, so that a bad one
//! is refused where it stands. `etc/agent.toml` documents each; a test holds both together.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::credentials::Choice;
use super::settings::LogFormat;
use super::values::{Auth, Listed, Listen, Number, Parsed, Span, Switched, Word};
use crate::identity::Interface;
use crate::model::{PciAddress, RootUuid};
use crate::planner::{Attachable, HealthAction, ModeRule, VgpuRule};

macro_rules! section {
    ($name:ident { $($field:ident: $type:ty,)* }) => {
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(super) struct $name {
            $(pub(super) $field: $type,)*
        }

        impl $name {
            /// Its keys, in the order of `etc/agent.toml`.
            pub(super) const KEYS: &'static [&'static str] = &[$(stringify!($field),)*];
        }
    };
}

section!(Fragments {
    placement: PlacementFragment,
    keystone: KeystoneFragment,
    nova: NovaFragment,
    root: RootFragment,
    hardware: HardwareFragment,
    own: OwnFragment,
    devices: DevicesFragment,
    health: HealthFragment,
    run: RunFragment,
    settling: SettlingFragment,
    telemetry: TelemetryFragment,
    log: LogFragment,
});

section!(PlacementFragment {
    auth: Option<Parsed<Auth>>,
    credentials: Option<Parsed<Choice>>,
    cloud: Option<Word>,
    endpoint: Option<Parsed<Url>>,
    interfaces: Option<Listed<Parsed<Interface>>>,
    region: Option<Word>,
    ca_file: Option<PathBuf>,
    insecure: Option<bool>,
    connect_timeout: Option<Parsed<Span>>,
    timeout: Option<Parsed<Span>>,
    retries: Option<u8>,
});

section!(KeystoneFragment {
    auth_type: Option<Word>,
    auth_url: Option<Parsed<Url>>,
    username: Option<Word>,
    user_id: Option<Word>,
    user_domain_name: Option<Word>,
    user_domain_id: Option<Word>,
    project_name: Option<Word>,
    project_id: Option<Word>,
    project_domain_name: Option<Word>,
    project_domain_id: Option<Word>,
    domain_name: Option<Word>,
    domain_id: Option<Word>,
    system_scope: Option<Word>,
    password: Option<SecretString>,
    password_file: Option<PathBuf>,
    application_credential_id: Option<Word>,
    application_credential_name: Option<Word>,
    application_credential_secret: Option<SecretString>,
    application_credential_secret_file: Option<PathBuf>,
    token: Option<SecretString>,
    token_file: Option<PathBuf>,
});

section!(NovaFragment {
    config_files: Option<Listed<PathBuf>>,
    config_dirs: Option<Listed<PathBuf>>,
    libvirt_domains: Option<Listed<PathBuf>>,
});

section!(RootFragment {
    uuid: Option<Parsed<RootUuid>>,
    compute_id_file: Option<PathBuf>,
    name: Option<Word>,
});

section!(HardwareFragment {
    nvml_library: Option<PathBuf>,
    sysfs: Option<PathBuf>,
    scan_deadline: Option<Parsed<Span>>,
    events: Option<bool>,
    wake_on_change: Option<Listed<PathBuf>>,
});

section!(OwnFragment {
    attachable: Option<Parsed<Attachable>>,
});

section!(DevicesFragment {
    ignore: Option<Listed<Parsed<PciAddress>>>,
    modes: Option<Listed<Parsed<ModeRule>>>,
    vgpu_types: Option<Listed<Parsed<VgpuRule>>>,
});

section!(HealthFragment {
    recovery_action: Option<Parsed<HealthAction>>,
    row_remapping_failed: Option<Parsed<HealthAction>>,
    row_remapping_pending: Option<Parsed<HealthAction>>,
    uncorrectable_ecc: Option<Parsed<HealthAction>>,
    xid_reserve: Option<Listed<Number>>,
    xid_warn: Option<Listed<Number>>,
    xid_ignore: Option<Listed<Number>>,
});

section!(RunFragment {
    interval: Option<Parsed<Span>>,
    directory: Option<PathBuf>,
});

section!(SettlingFragment {
    growth: Option<Parsed<Span>>,
    other_kind: Option<Parsed<Span>>,
    grace_scans: Option<u32>,
});

section!(TelemetryFragment {
    listen: Option<Parsed<Switched<Listen>>>,
    interval: Option<Parsed<Switched<Span>>>,
    guests: Option<Parsed<Switched<Span>>>,
    project_ids: Option<bool>,
});

section!(LogFragment {
    level: Option<Word>,
    format: Option<Parsed<LogFormat>>,
});
