//! What is in force, for people: every option, its value, and where it was set.

use super::fragments::{
    DevicesFragment, Fragments, HardwareFragment, HealthFragment, KeystoneFragment, LogFragment,
    NovaFragment, OwnFragment, PlacementFragment, RootFragment, RunFragment, SettlingFragment,
    TelemetryFragment,
};
use super::origins::{Origins, is_secret};

/// One option of `agent.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// `placement.retries`.
    pub name: String,
    /// The value in force; none where there is none, or where it is a secret.
    pub value: Option<String>,
    /// Whether the value is never shown.
    pub secret: bool,
    /// File and line, or variable; none for a default.
    pub origin: Option<String>,
}

/// The keys of each section, in the order of [`Fragments`].
const KEYS: [&[&str]; Fragments::KEYS.len()] = [
    PlacementFragment::KEYS,
    KeystoneFragment::KEYS,
    NovaFragment::KEYS,
    RootFragment::KEYS,
    HardwareFragment::KEYS,
    OwnFragment::KEYS,
    DevicesFragment::KEYS,
    HealthFragment::KEYS,
    RunFragment::KEYS,
    SettlingFragment::KEYS,
    TelemetryFragment::KEYS,
    LogFragment::KEYS,
];

/// Defaults that are a value, not the absence of one. A test holds them to `etc/agent.toml`, others hold that
/// to the program.
const DEFAULTS: [(&str, &str); 26] = [
    ("placement.auth", "keystone"),
    ("placement.credentials", "auto"),
    ("placement.interfaces", "[\"internal\", \"public\"]"),
    ("placement.insecure", "false"),
    ("placement.connect_timeout", "5s"),
    ("placement.timeout", "30s"),
    ("placement.retries", "3"),
    ("nova.libvirt_domains", "[\"/etc/libvirt/qemu\", \"/run/libvirt/qemu\"]"),
    ("hardware.sysfs", "/sys"),
    ("hardware.scan_deadline", "20s"),
    ("hardware.events", "true"),
    ("own.attachable", "auto"),
    ("health.recovery_action", "reserve"),
    ("health.row_remapping_failed", "reserve"),
    ("health.row_remapping_pending", "warn"),
    ("health.uncorrectable_ecc", "reserve"),
    ("run.interval", "30s"),
    ("run.directory", "/run/nvidia-placement-agent"),
    ("settling.growth", "10s"),
    ("settling.other_kind", "2m"),
    ("settling.grace_scans", "3"),
    ("telemetry.listen", "127.0.0.1:19835"),
    ("telemetry.interval", "10s"),
    ("telemetry.guests", "1m"),
    ("telemetry.project_ids", "false"),
    ("log.format", "auto"),
];

/// Every option.
pub(super) fn shown(origins: &Origins) -> Vec<Shown> {
    let sections = Fragments::KEYS.iter().zip(KEYS);
    let names = sections.flat_map(|(section, keys)| keys.iter().map(move |key| format!("{section}.{key}")));
    names
        .map(|name| {
            let default =
                || DEFAULTS.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            let (value, origin) = match origins.written(&name) {
                Some((value, origin)) => (value.map(str::to_owned), Some(origin.to_owned())),
                None => (default(), None),
            };
            Shown { secret: is_secret(&name), name, value, origin }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_shipped_file() {
        let shipped = include_str!("../../etc/agent.toml");
        for (name, value) in DEFAULTS {
            let key = name.split_once('.').unwrap().1;
            let lines = [format!("# {key} = {value}"), format!("# {key} = \"{value}\"")];
            assert!(shipped.lines().any(|line| lines.iter().any(|wanted| wanted == line)), "{name}");
        }
    }

    #[test]
    fn every_section_is_shown() {
        let fields = include_str!("fragments.rs").matches(": Option<").count();
        let shown = shown(&Origins::default());
        assert_eq!(shown.len(), fields);
        // One of each: a section in the wrong place would have another's name.
        for name in [
            "nova.config_dirs",
            "root.uuid",
            "devices.ignore",
            "health.xid_warn",
            "settling.growth",
            "own.attachable",
            "telemetry.listen",
            "log.format",
        ] {
            assert!(shown.iter().any(|option| option.name == name), "{name}");
        }
    }
}
