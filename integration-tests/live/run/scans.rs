//! Scans that fail: the last state is held for a while, then reserved, and offered again when they succeed.

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::RootUuid;
use serde_json::Value;

use super::daemon::{Daemon, Setup};
use crate::command::a100;
use crate::direct::tree;
use crate::support::{client, new_root, placement_url};

fn states(status: &Value) -> Vec<&str> {
    status["providers"].as_array().unwrap().iter().map(|p| p["state"].as_str().unwrap()).collect()
}

async fn offered(root: RootUuid) -> u64 {
    tree(root).await.values().map(|shown| shown.offered()).sum()
}

async fn breaks_and_heals(
    code: &str,
    events: bool,
    sim: &SimulatedHost,
    breaks: impl FnOnce(&SimulatedHost),
    heals: impl FnOnce(&SimulatedHost),
) {
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(sim, root, &placement_url());
    setup.set("hardware.events", events.to_string()).set("run.interval", "\"1s\"");
    let mut daemon = setup.start();
    daemon.settled().await;
    let whole = offered(root).await;
    assert_eq!(whole, 3);
    let failing = |status: &Value| status["findings"].as_array().unwrap().iter().any(|f| f["code"] == code);
    breaks(sim);

    let held = daemon.until("failing", failing).await;
    assert_eq!(states(&held), ["hold", "hold"], "{held:#?}");
    assert_eq!(offered(root).await, whole, "held while it may be a moment");
    let third = held["cycles"].as_u64().unwrap() + 2;
    let reserved = daemon.until("reserved", |status| states(status) == ["reserve", "reserve"]).await;
    assert_eq!(reserved["cycles"].as_u64().unwrap(), third, "the third scan that fails");
    assert_eq!(offered(root).await, 0);
    daemon.cycles(3).await;
    said_once(&daemon, code);

    heals(sim);
    daemon.until("healed", |status| !failing(status)).await;
    daemon.settled().await;
    assert_eq!(offered(root).await, whole);
    assert_eq!(daemon.said(&["INFO", code, "no more"]), 1, "{}", daemon.log());
}

fn said_once(daemon: &Daemon, code: &str) {
    assert_eq!(daemon.said(&["ERROR", code]), 1, "{}", daemon.log());
}

const CUT: &str = r#""3g.20gb", "2x 1g.5gb""#;

#[tokio::test]
async fn the_driver_is_unloaded_and_loaded_again() {
    let sim = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let gone = |sim: &SimulatedHost| {
        sim.rewrite(&format!("error = \"driver_not_loaded\"\n{}", a100("NVIDIA A100", CUT)));
    };
    breaks_and_heals("NPA0203", true, &sim, gone, |sim| sim.rewrite(&a100("NVIDIA A100", CUT))).await;
}

/// As a package manager does it: another file of that name, the old one still mapped by whoever uses it.
#[tokio::test]
async fn the_library_is_replaced_by_something_else_and_comes_back() {
    let sim = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let garbage = |sim: &SimulatedHost| {
        std::fs::rename(sim.library(), sim.folder().join("kept")).unwrap();
        std::fs::write(sim.folder().join("new"), "half a download").unwrap();
        std::fs::rename(sim.folder().join("new"), sim.library()).unwrap();
    };
    let back = |sim: &SimulatedHost| std::fs::rename(sim.folder().join("kept"), sim.library()).unwrap();
    // With NVML open for its events, scans would go on with the library that is loaded.
    breaks_and_heals("NPA0202", false, &sim, garbage, back).await;
}
