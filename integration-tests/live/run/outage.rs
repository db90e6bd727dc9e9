//! Placement does not answer, or not as it should.

use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;
use serde_json::Value;

use super::daemon::{Daemon, Setup};
use super::switch::{Mood, Switch};
use crate::command::a100;
use crate::direct::tree;
use crate::proxy::{Proxy, Seen, Verdict};
use crate::support::{client, new_root};

const CUT: &str = r#""3g.20gb", "2x 1g.5gb""#;

fn instead(status: u16, header: &'static str) -> Mood {
    Mood::Is(Verdict::Instead(status, header, "out of order".to_owned()))
}

/// That it has failed so often, waits, for what, and what it was doing before.
async fn waits_for(daemon: &mut Daemon, tries: u64, code: &str) {
    daemon.until("failing still", |status| status["failures"].as_u64() >= Some(tries)).await;
    let status = daemon.waiting_for(&[&format!("tries again after {code}")]).await;
    let waiting = status["waiting"].as_str().unwrap();
    assert!(waiting.ends_with(code), "the finding beside it says the rest: {waiting}");
    let (converged, providers) = (&status["converged"], status["providers"].as_array().unwrap().len());
    assert_eq!((converged, providers), (&Value::Bool(false), 2), "what is known is shown still: {status:#?}");
}

/// The pauses between requests double, each somewhere in the upper half of its span, and begin with what the
/// service asks for. None is much longer, where this machine had time.
fn backs_off(seen: &[Seen], asked: f64) {
    let pauses = seen.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at).as_secs_f64());
    for (pause, most) in pauses.zip([1.0, 2.0, 4.0]) {
        let most = most + asked;
        assert!(pause >= asked + (most - asked) / 2.0 && pause < most + 3.0, "{pause} s, at most {most} s");
    }
}

fn said_once(daemon: &Daemon, code: &str) {
    let log = daemon.log();
    assert_eq!(daemon.said(&["ERROR", code]), 1, "{log}");
    assert_eq!(daemon.said(&["INFO", code, "no more"]), 1, "{log}");
    assert_eq!(daemon.said(&["no more"]), 1, "nothing else began or ended: {log}");
}

async fn outage(mood: Mood, code: &str, asked: f64) {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let switch = Switch::new();
    let proxy = Proxy::start(switch.hook());
    let mut daemon = Setup::new(&host, root, &proxy.url()).start();
    daemon.settled().await;
    let before = tree(root).await;

    let broken = std::time::Instant::now();
    switch.set(mood.clone());
    // Each further one doubles the wait; one kind shows that.
    let tries = if mood == Mood::Is(Verdict::Drop) { 3 } else { 2 };
    waits_for(&mut daemon, tries, code).await;
    // One that was under way went well.
    let failed: Vec<Seen> = proxy.take().into_iter().filter(|seen| seen.at >= broken).collect();
    assert!(failed.len() as u64 + 1 >= tries, "{failed:?}");
    backs_off(&failed, asked);
    assert_eq!(tree(root).await, before);

    host.rewrite(&a100("NVIDIA A100", "\"7g.40gb\""));
    switch.set(Mood::Is(Verdict::Go));
    daemon.until("back", |status| status["failures"] == 0).await;
    // A cycle that was under way may have come back with the cut of before.
    let recut = |provider: &Value| provider["profile"] == "7g.40gb" && provider["state"] == "serve";
    daemon.until("recut", |status| status["providers"].as_array().unwrap().iter().any(recut)).await;
    daemon.settled().await;
    assert_eq!(tree(root).await.values().map(|shown| shown.offered()).sum::<u64>(), 1);
    said_once(&daemon, code);
}

/// At the same time: they all wait.
#[tokio::test]
async fn every_kind_of_outage_is_waited_out() {
    tokio::join!(
        outage(Mood::Is(Verdict::Drop), "NPA0401", 0.0),
        outage(Mood::Is(Verdict::Half), "NPA0401", 0.0),
        outage(Mood::Is(Verdict::CutShort), "NPA0403", 0.0),
        outage(instead(500, ""), "NPA0408", 0.0),
        outage(instead(502, ""), "NPA0407", 0.0),
        outage(instead(429, ""), "NPA0407", 0.0),
        outage(instead(503, "Retry-After: 1\r\n"), "NPA0407", 1.0),
        refused(),
        a_name_that_nobody_knows(),
    );
}

async fn refused() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let (url, port) = (proxy.url(), proxy.port());
    let mut daemon = Setup::new(&host, root, &url).start();
    daemon.settled().await;
    drop(proxy);
    waits_for(&mut daemon, 2, "NPA0401").await;
    let proxy = Proxy::before(&crate::support::placement_url(), port, Switch::new().hook());
    daemon.until("back", |status| status["failures"] == 0).await;
    daemon.settled().await;
    said_once(&daemon, "NPA0401");
    assert!(!proxy.take().is_empty());
}

async fn a_name_that_nobody_knows() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let mut setup = Setup::new(&host, root, "http://placement.invalid:8778");
    let mut daemon = setup.start();
    daemon.until("failing", |status| status["failures"].as_u64() >= Some(2)).await;
    daemon.waiting_for(&["NPA0401"]).await;
    setup.set("placement.endpoint", format!("\"{}\"", proxy.url()));
    daemon.signal("HUP");
    daemon.settled().await;
    said_once(&daemon, "NPA0401");
}

/// Placement is away while nothing runs here: the start waits for it.
#[tokio::test]
async fn a_start_during_an_outage_converges_after_it() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let switch = Switch::new();
    switch.set(instead(503, ""));
    let proxy = Proxy::start(switch.hook());
    let mut daemon = Setup::new(&host, root, &proxy.url()).start();
    daemon.until("failing", |status| status["failures"].as_u64() >= Some(1)).await;
    switch.set(Mood::Is(Verdict::Go));
    daemon.settled().await;
    said_once(&daemon, "NPA0407");
    switch.set(Mood::Slow(Duration::from_millis(50)));
    daemon.cycles(2).await;
}
