//! What the agent sees with the capabilities that its unit leaves it, and without. The simulated library asks the
//! kernel for them, as the driver does.

use std::process::Command;

use nvidia_ml::testing::SimulatedHost;
use serde_json::Value;

const HOST: &str = r#"
    privileged = "auto"
    [[gpu]]
    address = "0000:41:00.0"
    model = "A100-40GB"
    mig = "on"
    instances = ["7x 1g.5gb"]
"#;

/// The value of a key in the unit.
fn unit(key: &str) -> String {
    let text = include_str!("../../../systemd/nvidia-placement-agent.service");
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("no {key}")).to_owned()
}

/// `cap_sys_admin` of `CAP_SYS_ADMIN` and so on, added or taken.
fn capabilities(names: &str) -> String {
    names
        .split_whitespace()
        .map(|name| format!(",+{}", name.trim_start_matches("CAP_").to_lowercase()))
        .collect()
}

/// `discover` under these capabilities: as nobody where that is asked, with everything else taken away.
fn discover(host: &SimulatedHost, bounding: &str, ambient: Option<&str>) -> (i32, Value, String) {
    let mut command = Command::new("setpriv");
    command.arg("--no-new-privs").arg(format!("--bounding-set=-all{}", capabilities(bounding)));
    command.arg(format!("--inh-caps=-all{}", capabilities(ambient.unwrap_or_default())));
    if let Some(ambient) = ambient {
        command.arg(format!("--ambient-caps=-all{}", capabilities(ambient)));
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    command
        .arg(env!("CARGO_BIN_EXE_nvidia-placement-agent"))
        .args(["discover", "--format", "json"])
        .env_clear();
    command.env("NPA__HARDWARE__NVML_LIBRARY", host.library()).env("NPA__HARDWARE__SYSFS", host.sysfs());
    command.env("NPA__RUN__DIRECTORY", host.folder()).env("PATH", "/usr/bin:/bin");
    let output = command.output().expect("setpriv is missing: install util-linux");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let document = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), document, error)
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().any(|line| line.starts_with("Uid:\t0\t"))
}

#[test]
fn with_the_units_capabilities_gpu_instances_are_seen() {
    // Capabilities can be given by root alone; CI is root.
    if !is_root() {
        return;
    }
    let host = SimulatedHost::new(HOST);
    let (bounding, ambient) = (unit("CapabilityBoundingSet"), unit("AmbientCapabilities"));
    let (exit, seen, error) = discover(&host, &bounding, Some(&ambient));
    assert_eq!(exit, 0, "{seen:#}\n{error}");
    assert_eq!(seen["gpus"][0]["instances"].as_array().map(Vec::len), Some(7), "{seen:#}");
}

#[test]
fn without_any_it_says_what_it_does_not_see() {
    if !is_root() {
        return;
    }
    let host = SimulatedHost::new(HOST);
    // Root without the capability is as blind as anybody else.
    for ambient in [None, Some("")] {
        let (exit, seen, error) = discover(&host, "", ambient);
        assert_eq!(exit, 24, "{seen:#}\n{error}");
        let said = seen["findings"].to_string();
        assert!(said.contains("NPA0205") && said.contains("CAP_SYS_ADMIN"), "{said}");
    }
}
