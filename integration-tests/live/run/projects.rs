//! Whose guests they are: `telemetry.project_ids`, and what it costs.

use std::collections::{BTreeMap, BTreeSet};

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{ProviderUuid, RootUuid};
use serde_json::json;
use uuid::Uuid;

use super::daemon::{Daemon, Setup};
use super::http::address;
use super::metrics::{until, value};
use super::steady::{many, requests};
use crate::command::a100;
use crate::direct::done;
use crate::hosts::{A, provider};
use crate::proxy::{Proxy, Seen};
use crate::support::{client, new_root};

/// What the agent asks for at once, at most.
const MOST: usize = 50;

async fn hold(uuid: ProviderUuid, consumer: Uuid, project: &str) {
    let allocations = json!({ uuid.to_string(): { "resources": { "VGPU": 1 } } });
    let body = json!({ "allocations": allocations, "project_id": project, "user_id": "live",
        "consumer_generation": null });
    done("PUT", &format!("/allocations/{consumer}"), Some(&body)).await;
}

async fn let_go(consumer: Uuid) {
    done("DELETE", &format!("/allocations/{consumer}"), None).await;
}

/// How often each consumer was asked about.
fn asked(seen: &[Seen]) -> BTreeMap<Uuid, usize> {
    let mut asked = BTreeMap::new();
    for consumer in seen.iter().filter_map(|one| one.target.strip_prefix("/allocations/")) {
        *asked.entry(consumer.parse().unwrap()).or_default() += 1;
    }
    asked
}

fn once(consumers: impl IntoIterator<Item = Uuid>) -> BTreeMap<Uuid, usize> {
    consumers.into_iter().map(|consumer| (consumer, 1)).collect()
}

/// The consumers that a scrape shows with that project.
fn shown(text: &str, project: &str) -> BTreeSet<Uuid> {
    let wanted = format!("project_id=\"{project}\"");
    let lines = text.lines().filter(|line| line.contains("_consumer_units{") && line.contains(&wanted));
    let consumer = |line: &str| line.split("consumer=\"").nth(1)?.split('"').next()?.parse().ok();
    lines.filter_map(consumer).collect()
}

/// A host whose providers are in Placement, and no agent any more.
async fn published(host: &str) -> (SimulatedHost, RootUuid, Proxy, Setup) {
    let sim = SimulatedHost::new(host);
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let setup = Setup::new(&sim, root, &proxy.url());
    let mut daemon = setup.start();
    daemon.settled().await;
    daemon.stop();
    (sim, root, proxy, setup)
}

/// One provider, three guests that are there before the agent starts.
async fn scene(
    set: impl Fn(&mut Setup),
) -> (Proxy, Daemon, Setup, String, ProviderUuid, Vec<Uuid>, SimulatedHost) {
    let (sim, root, proxy, mut setup) = published(&a100("NVIDIA A100", "\"7x 1g.5gb\"")).await;
    let (uuid, guests) = (provider(root, A, 19), [(); 3].map(|()| Uuid::new_v4()));
    for guest in guests {
        hold(uuid, guest, "p-1").await;
    }
    proxy.take();
    setup.set("telemetry.listen", "\"127.0.0.1:0\"");
    set(&mut setup);
    // Only what this one says.
    std::fs::remove_file(setup.file().with_file_name("log")).unwrap();
    let mut daemon = setup.start();
    daemon.settled().await;
    let at = address(&mut daemon).await;
    (proxy, daemon, setup, at, uuid, guests.to_vec(), sim)
}

#[tokio::test]
async fn without_it_nobody_is_asked_about_and_a_steady_cycle_stays_one_request() {
    let (proxy, mut daemon, _setup, at, uuid, guests, _sim) = scene(|setup| {
        setup.set("telemetry.guests", "\"1h\"").set("run.interval", "\"400ms\"");
    })
    .await;
    let text = until(&at, "asked", |text| text.contains("_consumer_units{")).await;
    assert_eq!(value(&text, "consumer_units", &[]), guests.len() as f64);
    assert!(!text.contains("project_id"), "{text}");
    let of_provider = format!("/resource_providers/{uuid}/allocations");
    let seen = proxy.take();
    assert_eq!(seen.iter().filter(|seen| seen.target == of_provider).count(), 1);
    assert_eq!(asked(&seen), BTreeMap::new());
    let seen = requests(&mut daemon, &proxy, 3).await;
    assert!(seen.len() == 3 && seen.iter().all(|seen| seen.target.contains("in_tree")), "{seen:?}");
    daemon.stop();
}

#[tokio::test]
async fn each_new_consumer_costs_one_request_and_one_that_is_gone_is_forgotten() {
    let (proxy, mut daemon, mut setup, at, uuid, guests, _sim) = scene(|setup| {
        setup.set("telemetry.guests", "\"100ms\"").set("telemetry.project_ids", "true");
    })
    .await;
    let all: BTreeSet<Uuid> = guests.iter().copied().collect();
    until(&at, "all with their project", |text| shown(text, "p-1") == all).await;
    daemon.cycles(4).await;
    let seen = proxy.take();
    assert_eq!(asked(&seen), once(all.clone()));
    let of_provider = |seen: &[Seen]| seen.iter().filter(|one| one.target.ends_with("/allocations")).count();
    assert!(of_provider(&seen) > 2, "it went on asking who is there");

    // One goes, one comes: one request.
    let (gone, new) = (guests[0], Uuid::new_v4());
    let_go(gone).await;
    hold(uuid, new, "p-2").await;
    let moved = |text: &str| shown(text, "p-2") == [new].into() && !shown(text, "p-1").contains(&gone);
    until(&at, "the new one", moved).await;
    daemon.cycles(2).await;
    assert_eq!(asked(&proxy.take()), once([new]));

    // It comes again, as somebody else's: nothing is remembered of it.
    hold(uuid, gone, "p-3").await;
    until(&at, "the old one again", |text| shown(text, "p-3") == [gone].into()).await;
    assert_eq!(asked(&proxy.take()), once([gone]));

    // Switched off: the label goes, and then the figure.
    setup.set("telemetry.project_ids", "false");
    daemon.signal("HUP");
    until(&at, "off", |text| text.contains("_consumer_units{") && !text.contains("project_id")).await;
    setup.set("telemetry.guests", "\"off\"");
    daemon.signal("HUP");
    until(&at, "not asked", |text| !text.contains("_consumer_units{") && !text.contains("_used_units{"))
        .await;
    daemon.stop();
}

#[tokio::test]
async fn where_everything_is_new_it_is_asked_in_portions() {
    let (_sim, root, proxy, mut setup) = published(&many(8, "\"7x 1g.5gb\"")).await;
    let mut guests = BTreeSet::new();
    for bus in 1..=8 {
        let uuid = provider(root, &format!("0000:{bus:02x}:00.0"), 19);
        for guest in [(); 7].map(|()| Uuid::new_v4()) {
            hold(uuid, guest, "p-1").await;
            guests.insert(guest);
        }
    }
    proxy.take();
    setup.set("telemetry.listen", "\"127.0.0.1:0\"").set("telemetry.guests", "\"100ms\"");
    setup.set("telemetry.project_ids", "true");
    std::fs::remove_file(setup.file().with_file_name("log")).unwrap();
    let mut daemon = setup.start();
    daemon.settled().await;
    let at = address(&mut daemon).await;
    until(&at, "all with their project", |text| shown(text, "p-1") == guests).await;
    let seen = proxy.take();
    assert_eq!(asked(&seen), once(guests.clone()));
    // Between two askings who is there, there is one portion.
    let portions = seen.split(|one| one.target.ends_with("/allocations"));
    let portions: Vec<usize> = portions.map(|part| asked(part).len()).filter(|many| *many > 0).collect();
    assert_eq!(portions, [MOST, guests.len() - MOST]);
    daemon.stop();
}
