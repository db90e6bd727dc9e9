//! NVML says that a GPU is cut anew, and nothing else would wake the agent: no watched file, no interval.

use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{ProviderUuid, RootUuid};

use super::daemon::{Daemon, PATIENCE, Setup};
use super::reslice::{offered, soon_less_late_more, until_offered};
use crate::command::{a100, said};
use crate::direct::tree;
use crate::hosts::{A, provider};
use crate::promise::assert_kept;
use crate::proxy::Proxy;
use crate::support::{client, new_root};

/// An agent that only events wake.
async fn scene(url: &str, cut: &str) -> (SimulatedHost, RootUuid, Setup, Daemon) {
    let host = SimulatedHost::new(&counted(cut, ""));
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(&host, root, url);
    setup.set("run.interval", "\"1h\"").set("settling.growth", "\"1s\"");
    let mut daemon = setup.start();
    daemon.settled().await;
    watched(&host).await;
    (host, root, setup, daemon)
}

fn counted(cut: &str, more: &str) -> String {
    format!("count_calls = \"calls.log\"\n{}{more}\n", a100("NVIDIA A100", cut))
}

/// What happens from now on is told.
async fn watched(host: &SimulatedHost) {
    let began = Instant::now();
    while !host.calls().iter().any(|call| call.starts_with("nvmlEventSetWait_v2")) {
        assert!(began.elapsed() < PATIENCE, "{:?}", host.calls());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn asks(setup: &Setup, verb: &str) -> String {
    let output = setup.command(verb).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

#[tokio::test]
async fn less_is_reserved_within_a_second_of_the_event_and_more_is_offered_when_it_has_lasted() {
    let proxy = Proxy::recording();
    let (host, root, _setup, mut daemon) = scene(&proxy.url(), "\"7x 1g.5gb\"").await;
    soon_less_late_more(&host, root, &mut daemon, |cut| counted(cut, "")).await;
    daemon.stop();
}

#[tokio::test]
async fn a_reslice_in_seven_steps_is_two_writes_for_each_provider() {
    let proxy = Proxy::recording();
    let before = r#""3g.20gb@4", "2g.10gb@0", "2x 1g.5gb""#;
    let (host, root, _setup, mut daemon) = scene(&proxy.url(), before).await;
    proxy.take();
    // As `nvidia-smi mig -dgi` and `-cgi` do it, one instance after the other.
    let steps = [
        r#""2g.10gb@0", "2x 1g.5gb""#,
        r#""2x 1g.5gb""#,
        r#""1g.5gb""#,
        "",
        r#""3g.20gb@0""#,
        r#""3g.20gb@0", "1g.5gb@4""#,
        r#""3g.20gb@0", "3x 1g.5gb""#,
    ];
    for step in steps {
        host.rewrite(&counted(step, ""));
        // Not a wait for something: this is how fast those commands are.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_kept(&tree(root).await, "in the middle of a re-slice");
    until_offered(provider(root, A, 19), 3).await;
    daemon.settled().await;
    let writes: Vec<_> = proxy.take().into_iter().filter(|seen| seen.method != "GET").collect();
    let of =
        |uuid: ProviderUuid| writes.iter().filter(|seen| seen.target.contains(&uuid.to_string())).count();
    let counts = [19, 14, 9].map(|kind| of(provider(root, A, kind)));
    println!("writes for 1g.5gb, 2g.10gb, 3g.20gb: {counts:?}");
    // The kind that ends is reserved, then emptied, and its claims go after its inventory.
    assert!(counts[0] <= 2 && counts[1] <= 3 && counts[2] <= 2, "{counts:?}: {writes:?}");
    assert_eq!(offered(provider(root, A, 9)).await, 1);
}

#[tokio::test]
async fn an_xid_reserves_what_it_concerns_until_the_driver_says_that_it_is_over() {
    let proxy = Proxy::recording();
    let (host, root, _setup, mut daemon) = scene(&proxy.url(), "\"7x 1g.5gb\"").await;
    let ones = provider(root, A, 19);
    let told = |xids: &str, recovery: &str| {
        host.rewrite(&counted(
            "\"7x 1g.5gb\"",
            &format!("xids = [{xids}]\nhealth = {{ recovery = {recovery} }}"),
        ));
    };
    // A driver that tells no recovery action. 31 is its application's own affair.
    told("{ code = 31, instance = 9 }, { code = 62, instance = 9 }", "\"unsupported\"");
    until_offered(ones, 6).await;
    assert_eq!(daemon.said(&["WARN", "NPA0214", "GPU instance 9: XID 62"]), 1, "{}", daemon.log());
    assert_eq!(daemon.said(&["XID 31"]), 0, "{}", daemon.log());
    told("{ code = 62, instance = 9 }, { code = 79 }", "\"unsupported\"");
    until_offered(ones, 0).await;
    told("{ code = 62, instance = 9 }, { code = 79 }, { code = 79 }", "\"unsupported\"");
    daemon.cycles(1).await;
    assert_eq!(daemon.said(&["NPA0214", "XID 79"]), 1, "what goes on is said once: {}", daemon.log());
    // One that tells them has the last word: nothing is needed, or something is.
    told("", "0");
    daemon.signal("HUP");
    until_offered(ones, 7).await;
    told("", "1");
    daemon.signal("HUP");
    until_offered(ones, 0).await;
}

#[tokio::test]
async fn released_nvml_is_closed_and_sees_nothing() {
    let proxy = Proxy::recording();
    let (host, root, setup, mut daemon) = scene(&proxy.url(), "\"7x 1g.5gb\"").await;
    let maps = || std::fs::read_to_string(format!("/proc/{}/maps", daemon.id())).unwrap();
    assert!(maps().contains("libnvidia-ml"), "it is open for events");
    let began = Instant::now();
    assert!(asks(&setup, "release").contains("NVML is closed"));
    println!("released after {} ms", began.elapsed().as_millis());
    assert!(!maps().contains("libnvidia-ml"), "it was closed before it was said");
    host.forget_calls();
    host.rewrite(&counted("\"3x 1g.5gb\"", "xids = [{ code = 79 }]"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((host.calls(), offered(provider(root, A, 19)).await), (Vec::new(), 7));
    assert!(asks(&setup, "resume").contains("a scan begins"));
    until_offered(provider(root, A, 19), 3).await;
    watched(&host).await;
    host.rewrite(&counted("\"2x 1g.5gb\"", ""));
    until_offered(provider(root, A, 19), 2).await;
    // Released or not, it ends soon, with nobody in the library.
    asks(&setup, "release");
    daemon.stop();
}

#[tokio::test]
async fn turned_off_and_on_by_a_reload() {
    let proxy = Proxy::recording();
    let (host, root, mut setup, mut daemon) = scene(&proxy.url(), "\"7x 1g.5gb\"").await;
    setup.set("hardware.events", "false");
    daemon.signal("HUP");
    daemon.until("reloaded", |status| status["wake"] == "reload").await;
    let maps = || std::fs::read_to_string(format!("/proc/{}/maps", daemon.id())).unwrap();
    let began = Instant::now();
    while maps().contains("libnvidia-ml") {
        assert!(began.elapsed() < PATIENCE, "it is open still");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let cycles = daemon.status().unwrap()["cycles"].clone();
    host.rewrite(&counted("\"3x 1g.5gb\"", ""));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(daemon.status().unwrap()["cycles"], cycles, "nothing woke it");
    setup.set("hardware.events", "true");
    daemon.signal("HUP");
    until_offered(provider(root, A, 19), 3).await;
    daemon.stop();
}

#[tokio::test]
async fn a_wait_for_events_that_hangs_keeps_nothing_from_going_on_and_is_named() {
    let proxy = Proxy::recording();
    let host =
        SimulatedHost::new(&counted("\"7x 1g.5gb\"", "errors = { nvmlDeviceRegisterEvents = \"hang\" }"));
    let (root, _) = new_root(&client()).await;
    let setup = Setup::new(&host, root, &proxy.url());
    let mut daemon = setup.start();
    daemon.settled().await;
    let status = daemon.until("naming the call", |status| !status["stuck"].is_null()).await;
    assert_eq!(status["stuck"]["call"], "nvmlDeviceRegisterEvents of the GPU with NVML index 0, for events");
    let said = asks(&setup, "release");
    assert!(said.contains("keeps NVML open: nvmlDeviceRegisterEvents"), "{said}");
    asks(&setup, "resume");
    daemon.cycles(3).await;
    assert_eq!(offered(provider(root, A, 19)).await, 7);
    daemon.stop();
}
