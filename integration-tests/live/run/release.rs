//! `release` and `resume`: while NVML is released, the agent is as far from the driver as if it did not run.

use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::reconciler::Request;
use tokio::sync::oneshot;

use super::agents::{Running, start};
use super::daemon::{Daemon, Setup};
use super::switch::{Mood, Switch};
use crate::command::{a100, said};
use crate::direct::tree;
use crate::proxy::Proxy;
use crate::support::{client, new_root};

fn mapped(daemon: &Daemon) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", daemon.id())).unwrap();
    maps.contains("libnvidia-ml")
}

fn asks(setup: &Setup, verb: &str) -> String {
    let output = setup.command(verb).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

fn counted(cut: &str) -> String {
    format!("count_calls = \"calls.log\"\n{}", a100("NVIDIA A100", cut))
}

#[tokio::test]
async fn while_released_nothing_is_scanned_and_nothing_written() {
    let sim = SimulatedHost::new(&counted("\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let mut setup = Setup::new(&sim, root, &proxy.url());
    let watched = sim.folder().join("host.toml");
    let mut daemon = setup.set("hardware.wake_on_change", format!("[\"{}\"]", watched.display())).start();
    daemon.settled().await;

    assert!(asks(&setup, "release").contains("NVML is closed"));
    let status = daemon.until("released", |status| status["released"] == true).await;
    assert!(status["waiting"].as_str().unwrap().contains("`resume`"), "{status:#?}");
    assert!(asks(&setup, "status").contains("released: NVML is closed on request"));
    assert!(!mapped(&daemon), "the library is still mapped");
    assert_eq!(daemon.figure("Threads"), 1 + watchers(&daemon));
    sim.forget_calls();
    proxy.take();
    let before = tree(root).await;

    // Everything that would wake it: the interval several times over, a change, a reload.
    sim.rewrite(&counted("\"3g.20gb\""));
    daemon.signal("HUP");
    daemon.until("reloaded", |status| status["reload"] == "in force").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = daemon.status().unwrap();
    assert_eq!((&after["cycles"], &after["released"]), (&status["cycles"], &serde_json::json!(true)));
    assert_eq!((sim.calls(), proxy.take().len()), (Vec::new(), 0));
    assert!(!mapped(&daemon));
    assert_eq!(tree(root).await, before);

    assert!(asks(&setup, "resume").contains("a scan begins"));
    daemon.until("scanning", |status| status["cycles"] != after["cycles"]).await;
    assert!(!sim.calls().is_empty());
    daemon.settled().await;
    assert_eq!(tree(root).await.values().map(|shown| shown.offered()).sum::<u64>(), 1);
    assert!(asks(&setup, "resume").contains("was not released"));
}

/// Threads that watch files, listen to the kernel, or wait to be told to open NVML.
fn watchers(daemon: &Daemon) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", daemon.id())).unwrap().filter_map(Result::ok);
    let names = tasks.map(|task| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default());
    let watch = ["notify", "hardware-kernel", "hardware-events"];
    names.filter(|name| watch.iter().any(|known| name.starts_with(known))).count() as u64
}

#[tokio::test]
async fn a_release_tells_of_a_call_that_keeps_nvml_open() {
    let hang = "errors = { nvmlDeviceGetGpuInstances = \"hang\" }\n";
    let sim = SimulatedHost::new(&format!("{}{hang}", a100("NVIDIA A100", "\"7g.40gb\"")));
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let mut setup = Setup::new(&sim, root, &proxy.url());
    let mut daemon = setup.set("hardware.scan_deadline", "\"500ms\"").start();
    daemon.until("hanging", |status| !status["stuck"].is_null()).await;
    let said = asks(&setup, "release");
    assert!(said.contains("keeps NVML open: nvmlDeviceGetGpuInstances of GPU 0000:41:00.0"), "{said}");
    assert!(mapped(&daemon), "it says so because it is");
    daemon.stop();
}

/// Who asked while a cycle was under way was told that the agent is busy, and went away.
#[tokio::test]
async fn a_release_that_nobody_waits_for_any_more_does_not_happen() {
    let sim = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let switch = Switch::new();
    switch.set(Mood::Slow(Duration::from_secs(3)));
    let proxy = Proxy::start(switch.hook());
    let test = async {
        let mut agent = start(&sim, root, &proxy.url(), Duration::from_millis(100), Duration::from_secs(600));
        let during = |agent: &Running| agent.status.borrow().waiting.contains("Placement");
        while !during(&agent) {
            agent.status.changed().await.unwrap();
        }
        let (gone, _) = oneshot::channel();
        agent.requests.send(Request::Release(gone)).await.unwrap();
        let (reply, answer) = oneshot::channel();
        agent.requests.send(Request::Resume(reply)).await.unwrap();
        assert!(during(&agent), "it was to be asked in a cycle");
        switch.set(Mood::Slow(Duration::ZERO));
        assert_eq!(answer.await.unwrap(), "was not released");
        assert!(!agent.status.borrow().released);
    };
    tokio::task::LocalSet::new().run_until(test).await;
}
