//! What somebody else's write at the same time refuses, as `/metrics` counts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nvidia_ml::testing::SimulatedHost;
use uuid::Uuid;

use super::drift::put;
use super::metrics::{scrape, started, until, value};
use crate::command::a100;
use crate::contention::before;
use crate::direct::add_trait;
use crate::hosts::{A, provider};
use crate::proxy::{Moment, Proxy, Verdict, at_once};
use crate::support::{client, new_trait};

fn conflicts(text: &str) -> f64 {
    value(text, "conflicts_total", &[])
}

/// An operator changes an inventory; between the agent's reading and its writing somebody writes once more.
#[tokio::test]
async fn a_write_that_came_in_between_is_counted_and_healed() {
    let name = new_trait();
    client().create_trait(&name).await.unwrap();
    let (target, added) = (Arc::new(std::sync::Mutex::new(None)), Arc::new(AtomicBool::new(false)));
    let (there, done) = (Arc::clone(&target), Arc::clone(&added));
    let armed = Arc::clone(&target);
    let is_it = move |seen: &crate::proxy::Seen| {
        armed.lock().unwrap().is_some() && seen.method == "PUT" && seen.target.ends_with("/inventories")
    };
    let proxy = before(is_it, move || {
        let (uuid, name, done) = (there.lock().unwrap().unwrap(), name.to_string(), Arc::clone(&done));
        async move { done.store(add_trait(uuid, &name).await, Ordering::SeqCst) }
    });
    let sim = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (mut daemon, _setup, at, root) = started(&sim, &proxy.url()).await;
    let conflict = |text: &str| value(text, "steps_total", &["\"inventories\"", "\"conflict\""]);
    assert_eq!((conflicts(&scrape(&at)), conflict(&scrape(&at))), (0.0, 0.0));

    let uuid = provider(root, A, 19);
    *target.lock().unwrap() = Some(uuid);
    put(uuid, "inventories", |now| now["VGPU"]["reserved"] = 3.into()).await;
    let text = until(&at, "a conflict", |text| conflicts(text) == 1.0).await;
    assert!(added.load(Ordering::SeqCst), "somebody wrote in between");
    assert_eq!(conflict(&text), 1.0);
    // Looked again and healed in the same cycle: no cycle was stopped by it.
    daemon.settled().await;
    let text = scrape(&at);
    assert_eq!((value(&text, "cycles_total", &["\"stopped\""]), conflicts(&text)), (0.0, 1.0));
    assert_eq!(value(&text, "inventory_reserved_units", &["mig-19"]), 0.0);
    daemon.stop();
}

/// Placement answers so where two make a global trait at the same moment.
#[tokio::test]
async fn a_global_trait_that_somebody_made_in_the_same_moment_is_counted() {
    let mut refused = false;
    let proxy = Proxy::start(at_once(move |seen, moment| {
        let is_it = moment == Moment::Asked && seen.method == "PUT" && seen.target.starts_with("/traits/");
        if refused || !is_it {
            return Verdict::Go;
        }
        refused = true;
        let body = r#"{"errors": [{"status": 409, "title": "Conflict", "detail": "somebody made it", "code": "placement.concurrent_update"}]}"#;
        Verdict::Instead(409, "", body.to_owned())
    }));
    let board = format!("NVIDIA {}", Uuid::new_v4().simple());
    let sim = SimulatedHost::new(&a100(&board, "\"7x 1g.5gb\""));
    let (mut daemon, _setup, at, _) = started(&sim, &proxy.url()).await;
    let text = scrape(&at);
    let of_trait = |outcome: &str| value(&text, "steps_total", &["\"trait\"", outcome]);
    assert_eq!((conflicts(&text), of_trait("\"conflict\"")), (1.0, 1.0));
    assert!(of_trait("\"done\"") >= 1.0, "made in the next round");
    assert_eq!(value(&text, "cycles_total", &["\"stopped\""]), 0.0);
    daemon.stop();
}
