//! `run` under a service manager: the real binary, and a test in the place of systemd. What systemd itself makes of it
//! is held by `make test-packages`.

mod manager;
mod privilege;
mod wait;

use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{ProviderUuid, RootUuid};
use uuid::Uuid;

use crate::command::a100;
use crate::proxy::{Proxy, Verdict};
use crate::run::daemon::{Daemon, Setup};
use crate::run::switch::{Mood, Switch};
use crate::support::{client, new_root, placement_url};
use manager::Manager;

const CUT: &str = "\"7x 1g.5gb\"";
/// Of the manager: how long it waits for a sign of life.
const WATCHED: Duration = Duration::from_millis(600);

fn start(setup: &Setup, manager: &Manager) -> Daemon {
    let mut command = setup.command("run");
    command.env("NOTIFY_SOCKET", manager.path());
    command.env("WATCHDOG_USEC", WATCHED.as_micros().to_string());
    Daemon::start(command, setup)
}

#[tokio::test]
async fn it_is_ready_before_there_is_a_root_and_says_that_it_waits_for_one() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let uuid = Uuid::new_v4();
    let manager = Manager::new();
    let setup = Setup::new(&host, RootUuid::new(uuid), &placement_url());
    let mut daemon = start(&setup, &manager);
    let told = manager.until("READY=1");
    let first = told.iter().find(|line| line.starts_with("STATUS="));
    assert_eq!(first.unwrap(), "STATUS=Starting: scanning the GPUs", "{told:?}");
    manager.until("STATUS=Waiting for nova-compute to make this host's root provider (NPA0301)");
    let name = format!("live-{uuid}").parse().unwrap();
    client().create_provider(ProviderUuid::new(uuid), &name, None).await.unwrap();
    let told = manager.until("STATUS=Converged: 1 provider on 1 GPU");
    assert!(!told.iter().any(|line| line == "READY=1"), "once is enough: {told:?}");
    daemon.stop();
    manager.until("STOPPING=1");
}

#[tokio::test]
async fn a_reload_is_told_from_its_beginning_to_its_end_good_or_bad() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let manager = Manager::new();
    let mut setup = Setup::new(&host, root, &placement_url());
    let mut daemon = start(&setup, &manager);
    daemon.settled().await;
    manager.until("READY=1");
    for interval in ["\"150ms\"", "\"never\""] {
        setup.set("run.interval", interval);
        daemon.signal("HUP");
        let told = manager.until("RELOADING=1");
        assert!(!told.iter().any(|line| line == "READY=1"), "{told:?}");
        assert!(told.iter().any(|line| line.starts_with("MONOTONIC_USEC=")), "{told:?}");
        manager.until("READY=1");
    }
    daemon.stop();
}

#[tokio::test]
async fn a_configuration_that_is_wrong_is_never_ready() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let manager = Manager::new();
    let mut setup = Setup::new(&host, RootUuid::new(Uuid::new_v4()), "http://127.0.0.1:9");
    setup.set("run.interval", "\"never\"");
    let (status, _) = start(&setup, &manager).wait();
    assert_eq!(status.code(), Some(10));
    assert_eq!(manager.so_far(), Vec::<String>::new());
}

/// Each request takes as long as it may, again and again: the loop is in the middle of a cycle all the time.
#[tokio::test]
async fn an_outage_of_placement_is_not_the_death_of_the_agent() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let switch = Switch::new();
    let proxy = Proxy::start(switch.hook());
    let manager = Manager::new();
    let mut setup = Setup::new(&host, root, &proxy.url());
    let mut daemon = start(setup.set("placement.retries", "2"), &manager);
    daemon.settled().await;
    switch.set(Mood::Slow(Duration::from_secs(3600)));
    manager.lives(Duration::from_secs(4), WATCHED);
    switch.set(Mood::Is(Verdict::Instead(503, "x-none: 1", "out of order".to_owned())));
    manager.lives(Duration::from_secs(2), WATCHED);
}

/// Until it has hung for two minutes (`reconciler::HUNG`, for which `reconciler/run/pulse.rs` has a test).
#[tokio::test]
async fn a_call_that_hangs_is_named_and_the_agent_lives() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let manager = Manager::new();
    let mut daemon = start(&Setup::new(&host, root, &placement_url()), &manager);
    daemon.settled().await;
    let hangs =
        format!("{}\nerrors = {{ nvmlDeviceGetGpuInstances = \"hang\" }}\n", a100("NVIDIA A100", CUT));
    host.rewrite(&hangs);
    let gpu = crate::hosts::A;
    manager.until(&format!(
        "STATUS=A call into the driver does not return: nvmlDeviceGetGpuInstances of GPU {gpu}"
    ));
    manager.lives(Duration::from_secs(2), WATCHED);
    daemon.stop();
}

#[tokio::test]
async fn nobody_watches_and_nobody_is_told() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let manager = Manager::new();
    let setup = Setup::new(&host, root, &placement_url());
    let mut command = setup.command("run");
    // Of another process: systemd's variables are inherited by whatever a service starts.
    command.env("NOTIFY_SOCKET", manager.path()).env("WATCHDOG_USEC", "600000").env("WATCHDOG_PID", "1");
    let mut daemon = Daemon::start(command, &setup);
    daemon.settled().await;
    daemon.cycles(3).await;
    assert!(!manager.so_far().iter().any(|line| line == "WATCHDOG=1"));
    daemon.stop();
}
