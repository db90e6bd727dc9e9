//! The real binary on a simulated host.

use std::process::{Child, Command, Output, Stdio};

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::hardware;
use nvidia_placement_agent::model::{HostSnapshot, RootUuid};

/// An A100 cut into these, on a board whose name nobody else has: its trait is always a new one.
pub(crate) fn a100(product: &str, instances: &str) -> String {
    format!(
        "privileged = true\n[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"A100-40GB\"\nname = \"{product}\"\n\
         mig = \"on\"\ninstances = [{instances}]\n"
    )
}

/// `apply`, told everything by variables, and nothing by this machine.
pub(crate) fn apply(host: &SimulatedHost, root: RootUuid, url: &str, retries: u8) -> Command {
    let mut command = verb(root, url, &["apply"]);
    command
        .env("NPA__PLACEMENT__RETRIES", retries.to_string())
        .env("NPA__HARDWARE__NVML_LIBRARY", host.library())
        .env("NPA__HARDWARE__SYSFS", host.sysfs())
        .env("NPA__OWN__ATTACHABLE", "yes");
    command
}

/// `purge`, on a host without GPUs and where no agent runs.
pub(crate) fn purge(root: RootUuid, url: &str, words: &[&str]) -> Command {
    let mut command = verb(root, url, &[&["purge"], words].concat());
    command.env("NPA__RUN__DIRECTORY", "/nonexistent");
    command
}

fn verb(root: RootUuid, url: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nvidia-placement-agent"));
    command
        .env_clear()
        .env("NPA__PLACEMENT__AUTH", "noauth")
        .env("NPA__PLACEMENT__ENDPOINT", url)
        .env("NPA__PLACEMENT__RETRIES", "0")
        .env("NPA__ROOT__UUID", root.to_string())
        .args(["--config", "/dev/null"])
        .args(words)
        .stdin(Stdio::null());
    command
}

/// Everything that a command said.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// Starts it; what it says is of no interest, since it is going to be killed.
pub(crate) fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// What a scan of the host says.
pub(crate) async fn scan(host: &SimulatedHost) -> HostSnapshot {
    let deadline = std::time::Duration::from_secs(20);
    let (library, sysfs) = (Some(host.library()), Some(host.sysfs()));
    let options = hardware::Options { library, sysfs, deadline, ..hardware::Options::default() };
    hardware::scan_within(options).await.unwrap()
}
