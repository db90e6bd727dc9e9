//! A compute host as the agent finds it: nova-compute's own nova.conf, and no agent.toml.

use nvidia_ml::testing::SimulatedHost;

use super::Cloud;
use crate::agent::{GPU, a100, provider, setup};
use crate::daemon::Daemon;

#[tokio::test]
async fn run_needs_nothing_but_novas_configuration() {
    let cloud = Cloud::take().await;
    let host = &Cloud::hosts()[1];
    let root = cloud.root(host).await.unwrap();
    let gpus = SimulatedHost::new(&a100("\"2x 1g.5gb\""));
    let setup = setup(&gpus, &root);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nvidia-placement-agent"));
    command
        .env_clear()
        // Where things are on this machine, which on a compute host are where they are looked for.
        .env("NPA__NOVA__CONFIG_FILES", host.conf())
        .env("NPA__HARDWARE__NVML_LIBRARY", gpus.library())
        .env("NPA__RUN__DIRECTORY", setup.directory())
        // So that the test need not wait.
        .env("NPA__RUN__INTERVAL", "200ms")
        .env("NPA__TELEMETRY__LISTEN", "off")
        .env("NPA__SETTLING__GROWTH", "500ms")
        .args(["--config", "/dev/null", "run"])
        .stdin(std::process::Stdio::null());
    let mut agent = Daemon::start(command, &setup);
    agent.settled().await;
    assert!(cloud.placement.bytes(&provider(&root, 19)).await.contains(GPU));
    // Nobody gave the word that something attaches it.
    let inventory = cloud.placement.inventories(&provider(&root, 19)).await["VGPU"].clone();
    assert_eq!((inventory["total"].as_u64(), inventory["reserved"].as_u64()), (Some(2), Some(2)));
    agent.stop();
}
