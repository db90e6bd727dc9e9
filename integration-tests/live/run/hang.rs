//! Calls into the driver that do not return.

use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::RootUuid;
use serde_json::Value;
use uuid::Uuid;

use super::daemon::{Daemon, Setup};
use super::fake;
use crate::direct::tree;
use crate::hosts::{A, B};
use crate::promise::assert_kept;
use crate::proxy::Proxy;
use crate::support::{client, new_root, placement_url};

/// Two A100s; what is wrong with the host, what the first is cut into, what is wrong with the second.
fn host(head: &str, first: &str, sick: &str) -> String {
    let gpu = |address: &str, instances: &str, errors: &str| {
        format!(
            "[[gpu]]\naddress = \"{address}\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n\
             instances = [{instances}]\n{errors}\n"
        )
    };
    format!("privileged = true\n{head}\n{}{}", gpu(A, first, ""), gpu(B, "\"2x 3g.20gb\"", sick))
}

const HANGS: &str = "errors = { nvmlDeviceGetGpuInstances = \"hang\" }";

/// An agent that soon takes a call for one that hangs.
fn setup(sim: &SimulatedHost, root: RootUuid, url: &str) -> Setup {
    let mut setup = Setup::new(sim, root, url);
    setup.set("hardware.scan_deadline", "\"500ms\"");
    setup
}

/// What the status says of a provider of that GPU and profile.
fn shown<'a>(status: &'a Value, address: &str, profile: &str) -> &'a Value {
    let mut providers = status["providers"].as_array().unwrap().iter();
    let found = providers.find(|provider| provider["device"] == address && provider["profile"] == profile);
    found.unwrap_or(&Value::Null)
}

fn call_of(status: &Value) -> &str {
    status["stuck"]["call"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn one_gpu_hangs_and_the_other_is_served() {
    let sim = SimulatedHost::new(&host("", "\"7x 1g.5gb\"", ""));
    let (root, _) = new_root(&client()).await;
    let setup = setup(&sim, root, &placement_url());
    let mut daemon = setup.start();
    daemon.settled().await;

    sim.rewrite(&host("", "\"4x 1g.5gb\", \"3g.20gb@4\"", HANGS));
    let status = daemon.until("naming the call", |status| !status["stuck"].is_null()).await;
    assert_eq!(call_of(&status), format!("nvmlDeviceGetGpuInstances of GPU {B}"));
    let reserved = |status: &Value| {
        let other = shown(status, A, "3g.20gb");
        shown(status, B, "3g.20gb")["state"] == "reserve"
            && other["state"] == "serve"
            && other["reserved"] == 0
    };
    daemon.until("serving the one and reserving the other", reserved).await;
    let now = tree(root).await;
    assert_kept(&now, "one GPU hangs");
    let of = |kind: &str| now.iter().find(|(name, _)| name.ends_with(kind)).unwrap().1.offered();
    assert_eq!((of("41:00.0:20b0:mig-19"), of("41:00.0:20b0:mig-9"), of("81:00.0:20b0:mig-9")), (4, 1, 0));

    sim.rewrite(&host("", "\"7x 1g.5gb\"", ""));
    let healed =
        |status: &Value| status["stuck"].is_null() && shown(status, B, "3g.20gb")["state"] == "serve";
    daemon.until("healed", healed).await;
    daemon.settled().await;
    // Once without an answer, once still without.
    assert!(daemon.said(&["NPA0207", B, "nvmlDeviceGetGpuInstances"]) <= 3, "{}", daemon.log());

    sim.rewrite(&host("", "\"7x 1g.5gb\"", HANGS));
    daemon.until("hanging again", |status| !status["stuck"].is_null()).await;
    daemon.stop();
}

#[tokio::test]
async fn two_hundred_cycles_beside_a_hanging_call_cost_one_thread() {
    let sim = SimulatedHost::new(&host("", "", HANGS));
    let root = RootUuid::new(Uuid::new_v4());
    let proxy = Proxy::start(fake::empty(root));
    let mut daemon = setup(&sim, root, &proxy.url()).set("run.interval", "\"1ms\"").start();
    daemon.until("hanging", |status| !status["stuck"].is_null()).await;
    daemon.cycles(40).await;
    let figures = |daemon: &Daemon| (daemon.figure("Threads"), daemon.figure("VmRSS"));
    let (_, before) = figures(&daemon);
    daemon.cycles(200).await;
    let (threads, after) = figures(&daemon);
    println!("after 200 cycles: {threads} threads, {before} kB, then {after} kB");
    // The main thread and the two that watch; the scan that hangs with its GPU's thread; the next scan with its
    // two GPUs' threads, and sysfs with as many.
    assert!(threads <= 10, "{threads} threads");
    assert!(after <= before + 512, "{before} kB, then {after} kB");
    daemon.stop();
}

async fn nvml_hangs(call: &str) {
    let errors = format!("errors = {{ {call} = \"hang\" }}");
    let sim = SimulatedHost::new(&host("", "\"7x 1g.5gb\"", ""));
    let (root, _) = new_root(&client()).await;
    let mut daemon = setup(&sim, root, &placement_url()).start();
    daemon.settled().await;
    sim.rewrite(&host(&errors, "\"7x 1g.5gb\"", ""));
    let reserved = |status: &Value| {
        let providers = status["providers"].as_array().unwrap();
        providers.iter().all(|provider| provider["state"] == "reserve")
    };
    let status = daemon.until("reserved", reserved).await;
    assert_eq!(call_of(&status), call);
    daemon.cycles(4).await;
    assert!(tree(root).await.values().all(|shown| shown.offered() == 0));
    assert_eq!(daemon.said(&["ERROR", "NPA0207", call]), 1, "{}", daemon.log());
    // The main thread and the two that watch; the scan that hangs, and nobody else.
    assert!(daemon.figure("Threads") <= 4);

    sim.rewrite(&host("", "\"7x 1g.5gb\"", ""));
    daemon.until("healed", |status| status["stuck"].is_null()).await;
    daemon.settled().await;
    assert_eq!(daemon.said(&["NPA0207", "no more"]), 1, "{}", daemon.log());
    sim.rewrite(&host(&errors, "\"7x 1g.5gb\"", ""));
    daemon.until("hanging again", |status| !status["stuck"].is_null()).await;
    daemon.stop();
}

#[tokio::test]
async fn nvml_does_not_come_up() {
    nvml_hangs("nvmlInit_v2").await;
}

#[tokio::test]
async fn nvml_does_not_count() {
    nvml_hangs("nvmlDeviceGetCount_v2").await;
}

#[tokio::test]
async fn a_scan_that_hangs_for_the_first_time_does_not_keep_it() {
    let sim = SimulatedHost::new(&host("", "\"7x 1g.5gb\"", HANGS));
    let (root, _) = new_root(&client()).await;
    let mut setup = setup(&sim, root, &placement_url());
    let mut daemon = setup.set("hardware.scan_deadline", "\"1h\"").set("log.level", "\"trace\"").start();
    // It says nothing while it waits: that it scans is seen by its threads.
    while daemon.figure("Threads") < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(daemon.status().map(|status| status["cycles"] == 0), Some(true));
    daemon.stop();
}
