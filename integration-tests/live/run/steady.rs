//! What a running agent costs when nothing happens: one request a cycle, and one more for each provider that
//! drains.

use nvidia_ml::testing::SimulatedHost;

use super::daemon::{Daemon, Setup};
use crate::command::a100;
use crate::direct::take;
use crate::hosts::{A, provider};
use crate::proxy::{Proxy, Seen};
use crate::support::{client, new_root};

/// Four kinds on each GPU.
pub(crate) const FOUR: &str = r#""2g.10gb@0", "1g.10gb@2", "1g.5gb@4", "1g.5gb+me@5""#;

/// A host of so many A100s.
pub(crate) fn many(gpus: usize, instances: &str) -> String {
    let gpu = |bus| {
        format!(
            "[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n\
             instances = [{instances}]\n"
        )
    };
    (1..=gpus).map(gpu).fold("privileged = true\n".to_owned(), |host, gpu| host + &gpu)
}

/// The requests of so many whole cycles: from between two to between two others, with an interval that leaves
/// time to look.
pub(crate) async fn requests(daemon: &mut Daemon, proxy: &Proxy, cycles: u64) -> Vec<Seen> {
    for _ in 0..20 {
        daemon.cycles(1).await;
        let Some((before, _)) = between(daemon, proxy) else { continue };
        daemon.cycles(cycles).await;
        if let Some((after, seen)) = between(daemon, proxy)
            && after == before + cycles
        {
            return seen;
        }
    }
    panic!("this machine is too slow for the interval of this test");
}

/// The requests so far, and of how many cycles, if no cycle was under way when they were looked at.
fn between(daemon: &Daemon, proxy: &Proxy) -> Option<(u64, Vec<Seen>)> {
    let ended = || {
        let status = daemon.status().unwrap();
        let under_way = status["waiting"].as_str().unwrap().contains("under way");
        (!under_way).then(|| status["cycles"].as_u64().unwrap())
    };
    let before = ended()?;
    let seen = proxy.take();
    (ended() == Some(before)).then_some((before, seen))
}

async fn one_request(host: &str, providers: usize) {
    let host = SimulatedHost::new(host);
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let mut daemon = Setup::new(&host, root, &proxy.url()).set("run.interval", "\"400ms\"").start();
    let status = daemon.settled().await;
    assert_eq!(status["providers"].as_array().unwrap().len(), providers);
    let seen = requests(&mut daemon, &proxy, 3).await;
    let listing = format!("/resource_providers?in_tree={root}");
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(seen.iter().all(|seen| seen.method == "GET" && seen.target == listing), "{seen:?}");
    daemon.stop();
}

#[tokio::test]
async fn one_provider_costs_one_request_a_cycle() {
    one_request(&many(1, "\"7x 1g.5gb\""), 1).await;
}

#[tokio::test]
async fn sixty_four_providers_cost_one_request_a_cycle() {
    one_request(&many(16, FOUR), 64).await;
}

#[tokio::test]
async fn each_draining_provider_costs_one_more() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", r#""3g.20gb", "2x 1g.5gb""#));
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let mut daemon = Setup::new(&host, root, &proxy.url()).set("run.interval", "\"400ms\"").start();
    daemon.settled().await;
    for (draining, (kind, left)) in [(19, "\"3g.20gb\""), (9, "\"1g.10gb@6\"")].into_iter().enumerate() {
        take(provider(root, A, kind), "VGPU").await.unwrap();
        host.rewrite(&a100("NVIDIA A100", left));
        let drains = |status: &serde_json::Value| {
            let providers = status["providers"].as_array().unwrap();
            providers.iter().filter(|provider| provider["state"] == "drain").count() == draining + 1
        };
        daemon.until("draining", drains).await;
        daemon.settled().await;
        let seen = requests(&mut daemon, &proxy, 2).await;
        assert_eq!(seen.len(), 2 * (2 + draining), "{seen:?}");
        assert!(seen.iter().all(|seen| seen.method == "GET"), "{seen:?}");
    }
}
