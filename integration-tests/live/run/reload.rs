//! SIGHUP: the configuration as a whole, or not at all, and never in the middle of a cycle.

use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;
use serde_json::Value;

use super::daemon::Setup;
use super::switch::{Mood, Switch};
use crate::command::a100;
use crate::direct::tree;
use crate::hosts::A;
use crate::proxy::Proxy;
use crate::support::{client, new_root, placement_url};

fn reloaded(status: &Value) -> &str {
    status["reload"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_good_one_is_taken_up_and_a_bad_one_is_not() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(&host, root, &placement_url());
    let mut daemon = setup.start();
    daemon.settled().await;

    // One value is good and one is not: neither counts.
    setup.set("own.attachable", "\"no\"").set("run.interval", "\"never\"");
    daemon.signal("HUP");
    let status = daemon.until("refused", |status| reloaded(status).starts_with("not changed")).await;
    assert!(reloaded(&status).contains("NPA0101") && reloaded(&status).contains("never"), "{status:#?}");
    assert_eq!(daemon.said(&["ERROR", "the configuration was not changed", "never"]), 1);
    // Whoever asks why has the same bad file.
    let asked = setup.command("status").output().unwrap();
    let (shown, warned) = (String::from_utf8_lossy(&asked.stdout), String::from_utf8_lossy(&asked.stderr));
    assert!(asked.status.success() && shown.contains("not changed"), "{shown}\n{warned}");
    assert!(warned.contains("NPA0121") && warned.contains("never"), "{warned}");
    daemon.cycles(3).await;
    assert!(tree(root).await.values().any(|shown| shown.offered() == 7));

    setup.set("run.interval", "\"150ms\"");
    daemon.signal("HUP");
    daemon.until("taken up", |status| reloaded(status) == "in force").await;
    daemon.until("all reserved", |status| status["providers"][0]["reserved"] == 7).await;
    assert_eq!(daemon.said(&["INFO", "the configuration was read again and is in force"]), 1);

    // Everything: also the GPUs that it looks at, and what wakes it.
    let other = SimulatedHost::new(&a100("NVIDIA A100", "\"3g.20gb\""));
    let watched = other.folder().join("host.toml");
    setup.set("own.attachable", "\"yes\"").set("run.interval", "\"1h\"").set("log.level", "\"debug\"");
    setup.set("hardware.nvml_library", format!("\"{}\"", other.library().display()));
    setup.set("hardware.sysfs", format!("\"{}\"", other.sysfs().display()));
    setup.set("hardware.wake_on_change", format!("[\"{}\"]", watched.display()));
    daemon.signal("HUP");
    let status =
        daemon.until("another GPU", |status| status["providers"].as_array().unwrap().len() == 2).await;
    assert_eq!(reloaded(&status), "in force; but not [log], which a restart takes up");
    assert_eq!(daemon.said(&["WARN", "in force, but for [log]: restart for that"]), 1);
    daemon.settled().await;
    other.rewrite(&a100("NVIDIA A100", "\"2x 3g.20gb\""));
    daemon.until("woken", |status| status["wake"] == "hardware").await;

    setup.set("devices.ignore", format!("[\"{A}\"]"));
    daemon.signal("HUP");
    let ours = |status: &Value| status["providers"].as_array().unwrap().iter().any(|p| p["state"] != "park");
    daemon.until("ignoring the GPU", |status| !ours(status)).await;
    setup.set("hardware.wake_on_change", "[\"/nonexistent/folder/file\"]").unset("devices.ignore");
    daemon.signal("HUP");
    let status = daemon.until("refused", |status| reloaded(status).starts_with("not changed")).await;
    assert!(reloaded(&status).contains("/nonexistent/folder"), "{status:#?}");
    daemon.stop();
}

#[tokio::test]
async fn it_waits_for_the_end_of_the_cycle() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let switch = Switch::new();
    let proxy = Proxy::start(switch.hook());
    let mut setup = Setup::new(&host, root, &proxy.url());
    let mut daemon = setup.start();
    daemon.settled().await;
    switch.set(Mood::Slow(Duration::from_secs(2)));
    // One that was under way may not be slow.
    daemon.cycles(1).await;
    let slow = daemon.waiting_for(&["Placement"]).await["cycles"].as_u64().unwrap();
    setup.set("run.interval", "\"250ms\"");
    daemon.signal("HUP");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let during = daemon.status().unwrap();
    assert_eq!((&during["reload"], during["cycles"].as_u64()), (&Value::Null, Some(slow)), "{during:#?}");
    let after = daemon.until("reloaded", |status| reloaded(status) == "in force").await;
    assert!(after["cycles"].as_u64().unwrap() > slow);
}
