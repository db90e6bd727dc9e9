//! `/metrics` of the real binary, scraped over TCP.

use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use serde_json::Value;

use super::daemon::{Daemon, Setup};
use super::drift::put;
use super::http::{address, get};
use super::switch::{Mood, Switch};
use crate::command::{a100, said};
use crate::direct::take;
use crate::hosts::{A, provider};
use crate::proxy::{Proxy, Verdict};
use crate::support::{client, new_root, placement_url};

/// The sum of the series of that name that have all of these words.
pub(super) fn value(text: &str, name: &str, words: &[&str]) -> f64 {
    let name = format!("nvidia_placement_agent_{name}");
    let of_name =
        |line: &&str| line.starts_with(&format!("{name}{{")) || line.starts_with(&format!("{name} "));
    let lines = text.lines().filter(of_name).filter(|line| words.iter().all(|word| line.contains(word)));
    let values: Vec<f64> = lines.map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap()).collect();
    assert!(!values.is_empty(), "no {name} with {words:?}\n{text}");
    values.iter().sum()
}

pub(super) fn scrape(at: &str) -> String {
    let (status, text) = get(at, "/metrics");
    assert_eq!(status, 200);
    text
}

pub(super) async fn started(
    sim: &SimulatedHost,
    url: &str,
) -> (Daemon, Setup, String, nvidia_placement_agent::model::RootUuid) {
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(sim, root, url);
    setup.set("telemetry.listen", "\"127.0.0.1:0\"").set("telemetry.guests", "\"100ms\"");
    let mut daemon = setup.set("telemetry.interval", "\"100ms\"").start();
    daemon.settled().await;
    let at = address(&mut daemon).await;
    (daemon, setup, at, root)
}

pub(super) async fn until(at: &str, what: &str, is: impl Fn(&str) -> bool) -> String {
    let began = Instant::now();
    loop {
        let text = scrape(at);
        if is(&text) {
            return text;
        }
        assert!(began.elapsed() < super::daemon::PATIENCE, "not {what}\n{text}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn counts_move_as_they_should() {
    let sim = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let switch = Switch::new();
    let proxy = Proxy::start(switch.hook());
    let (mut daemon, _setup, at, root) = started(&sim, &proxy.url()).await;
    let text = scrape(&at);
    assert_eq!(value(&text, "inventory_units", &["mig-19"]), 7.0);
    assert_eq!(value(&text, "drift_total", &["\"provider\""]), 1.0);
    assert_eq!(value(&text, "steps_total", &["\"create\"", "\"done\""]), 1.0);
    assert_eq!(value(&text, "ready", &[]), 1.0);
    assert_eq!(value(&text, "providers", &["\"own\"", "\"serve\""]), 1.0);
    assert!(value(&text, "nvml_calls_total", &["\"scan\""]) > 100.0);
    assert!(
        value(&text, "placement_requests_total", &["\"GET\"", "\"/resource_providers\"", "\"2xx\""]) > 1.0
    );

    // Somebody changes what is published: healed, and counted.
    let drift = |text: &str| value(text, "drift_total", &["\"reserved\""]);
    let before = drift(&scrape(&at));
    put(provider(root, A, 19), "inventories", |now| now["VGPU"]["reserved"] = 3.into()).await;
    until(&at, "healed", |text| drift(text) == before + 1.0).await;
    daemon.settled().await;

    // A guest comes: told within the interval of asking.
    take(provider(root, A, 19), "VGPU").await.unwrap();
    let text = until(&at, "held", |text| value(text, "inventory_used_units", &["mig-19"]) == 1.0).await;
    assert_eq!(value(&text, "consumer_units", &["mig-19"]), 1.0);

    // An outage.
    let stopped = |text: &str| value(text, "cycles_total", &["\"stopped\""]);
    assert_eq!(stopped(&text), 0.0);
    switch.set(Mood::Is(Verdict::Drop));
    let text = until(&at, "stopped", |text| stopped(text) > 0.0).await;
    assert!(
        value(&text, "placement_requests_total", &["\"none\""])
            + value(&text, "placement_requests_total", &["\"5xx\""])
            > 0.0
    );
    assert!(value(&text, "consecutive_failures", &[]) > 0.0);
    assert_eq!(value(&text, "inventory_units", &["mig-19"]), 7.0, "the last decision stands");
    switch.set(Mood::Is(Verdict::Go));
    until(&at, "over", |text| value(text, "consecutive_failures", &[]) == 0.0).await;
    daemon.stop();
}

fn two(sick: &str) -> String {
    let gpu = |address: &str, errors: &str| {
        format!(
            "[[gpu]]\naddress = \"{address}\"\nmodel = \"H100-80GB\"\nmig = \"on\"\ninstances = [\"7x 1g.10gb\"]\n\
             figures = {{ temperature = 50 }}\n{errors}\n"
        )
    };
    format!("privileged = true\ncount_calls = \"calls.log\"\n{}{}", gpu(A, ""), gpu(crate::hosts::B, sick))
}

#[tokio::test]
async fn a_gpu_that_hangs_delays_no_scrape_and_release_closes_telemetry_too() {
    let sim = SimulatedHost::new(&two(""));
    let (mut daemon, setup, at, _) = started(&sim, &placement_url()).await;
    let temperature = |text: &str, bus: &str| {
        text.lines().any(|line| line.contains("gpu_temperature") && line.contains(bus))
    };
    let both = |text: &str| temperature(text, "0000:41:00.0") && temperature(text, "0000:81:00.0");
    let text = until(&at, "both", both).await;
    assert!(
        text.contains("GPU_I_PROFILE=\"1g.10gb\",GPU_I_ID=")
            && text.contains("trait=\"CUSTOM_NVIDIA_1G10GB\""),
        "{text}"
    );

    sim.rewrite(&two("errors = { nvmlDeviceGetTemperature = \"hang\" }"));
    until(&at, "one alone", |text| !temperature(text, "0000:81:00.0") && temperature(text, "0000:41:00.0"))
        .await;
    let began = Instant::now();
    for _ in 0..20 {
        scrape(&at);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "20 scrapes took {:?}", began.elapsed());
    // The loop goes on, and readiness names the call.
    daemon.cycles(2).await;
    daemon
        .until("naming it", |status| {
            status["stuck"]["call"].as_str().is_some_and(|call| call.contains("telemetry"))
        })
        .await;
    let (status, line) = get(&at, "/readyz");
    assert!(status == 503 && line.contains("nvmlDeviceGetTemperature"), "{line}");

    sim.rewrite(&two(""));
    until(&at, "both again", both).await;
    let output = setup.command("release").output().unwrap();
    assert!(said(&output).contains("NVML is closed"), "{}", said(&output));
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", daemon.id())).unwrap();
    assert!(!maps.contains("libnvidia-ml"), "the library is still mapped");
    sim.forget_calls();
    let text = scrape(&at);
    assert!(!text.contains("gpu_temperature") && value(&text, "released", &[]) == 1.0, "{text}");
    assert_eq!(sim.calls(), Vec::<String>::new());
    assert!(setup.command("resume").output().unwrap().status.success());
    until(&at, "resumed", both).await;
    daemon.stop();
}

#[tokio::test]
async fn a_scrape_calls_nothing_and_asks_nothing() {
    let sim = SimulatedHost::new(&two(""));
    let proxy = Proxy::recording();
    let (mut daemon, mut setup, at, _) = started(&sim, &proxy.url()).await;
    setup
        .set("run.interval", "\"1h\"")
        .set("telemetry.interval", "\"off\"")
        .set("telemetry.guests", "\"off\"");
    daemon.signal("HUP");
    daemon.until("reloaded", |status: &Value| status["wake"] == "reload").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    sim.forget_calls();
    proxy.take();
    for path in
        ["/metrics", "/readyz", "/healthz", "/api/v1/status", "/api/v1/host", "/api/v1/tree", "/api/v1/plan"]
    {
        for _ in 0..5 {
            assert_eq!(get(&at, path).0, 200, "{path}");
        }
    }
    // Waiting for events is all that goes on.
    let other: Vec<String> =
        sim.calls().into_iter().filter(|call| !call.starts_with("nvmlEventSetWait")).collect();
    assert_eq!((other, proxy.take().len()), (Vec::new(), 0));
    daemon.stop();
}
