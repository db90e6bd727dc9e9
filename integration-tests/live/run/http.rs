//! The running agent asked over TCP.

use std::io::{Read, Write};
use std::net::TcpStream;

use nvidia_ml::testing::SimulatedHost;
use serde_json::Value;

use super::daemon::{Daemon, PATIENCE, Setup};
use crate::command::a100;
use crate::support::{client, new_root, placement_url};

/// Where it listens: some free port, told in the log.
pub(crate) async fn address(daemon: &mut Daemon) -> String {
    daemon.cycles(0).await;
    let log = daemon.log();
    let (_, rest) =
        log.split_once("listening on http://").unwrap_or_else(|| panic!("it does not listen\n{log}"));
    rest.split('/').next().unwrap().to_owned()
}

/// Status and body of a GET, by other code than the code under test.
pub(crate) fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: agent\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn document(address: &str, path: &str) -> Value {
    let (status, body) = get(address, path);
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn what_the_verbs_tell_is_told_over_http() {
    let sim = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(&sim, root, &placement_url());
    let mut daemon = setup
        .set("telemetry.listen", "\"127.0.0.1:0\"")
        // `discover` without --details shows none.
        .set("telemetry.interval", "\"off\"")
        .start();
    daemon.settled().await;
    // One after the one that wrote.
    daemon.cycles(1).await;
    let at = address(&mut daemon).await;

    assert_eq!(get(&at, "/healthz").0, 200);
    let (status, line) = get(&at, "/readyz");
    assert!(status == 200 && line.starts_with("ready: the last cycle"), "{line}");
    assert_eq!(get(&at, "/nothing").0, 404);

    let status = document(&at, "/api/v1/status");
    assert_eq!((&status["schema"], &status["converged"]), (&"status/v1".into(), &true.into()));
    assert!(status["history"].as_array().unwrap().iter().any(|past| past["outcome"] == "converged"));

    let host = document(&at, "/api/v1/host");
    assert_eq!(host["gpus"][0]["instances"].as_array().unwrap().len(), 7);
    let verb = setup.command("discover").args(["--format", "json"]).output().unwrap();
    let verb: Value = serde_json::from_slice(&verb.stdout).unwrap();
    assert_eq!(host, verb, "the same document");

    let plan = document(&at, "/api/v1/plan");
    assert_eq!((&plan["writes"], &plan["providers"][0]["to"]["total"]), (&0.into(), &7.into()));
    let done = document(&at, "/api/v1/apply");
    assert_eq!((&done["schema"], &done["converged"]), (&"apply/v1".into(), &true.into()));
    let tree = document(&at, "/api/v1/tree");
    let ours = tree["providers"].as_array().unwrap().iter().find(|one| one["owner"] == "agent").unwrap();
    assert_eq!((&ours["state"], &ours["inventories"][0]["total"]), (&"serve".into(), &7.into()));
    daemon.stop();
}

#[tokio::test]
async fn the_tree_is_told_as_the_cycle_left_it() {
    let sim = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(&sim, root, &placement_url());
    // One cycle that writes, and none after it.
    setup.set("settling.growth", "\"1ms\"").set("settling.other_kind", "\"1ms\"");
    let mut daemon = setup.set("telemetry.listen", "\"127.0.0.1:0\"").start();
    daemon.settled().await;
    setup.set("run.interval", "\"1h\"");
    daemon.signal("HUP");
    daemon.until("reloaded", |status| status["wake"] == "reload").await;
    sim.rewrite(&a100("NVIDIA A100", "\"3x 1g.5gb\""));
    daemon.until("cut anew", |status| status["written"] == 1).await;
    let tree = document(&address(&mut daemon).await, "/api/v1/tree");
    let ours = tree["providers"].as_array().unwrap().iter().find(|one| one["owner"] == "agent").unwrap();
    assert_eq!(ours["inventories"][0]["total"], 3, "{ours:#}");
    daemon.stop();
}

#[tokio::test]
async fn an_address_that_is_taken_is_told_and_stops_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let sim = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(&sim, root, &placement_url());
    let at = taken.local_addr().unwrap();
    let mut daemon = setup.set("telemetry.listen", format!("\"{at}\"")).start();
    let status = daemon.settled().await;
    let codes = status["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap());
    assert_eq!(
        (codes.collect::<Vec<_>>(), daemon.said(&["WARN", "NPA1001", &at.to_string()])),
        (vec!["NPA1001"], 1)
    );
    daemon.stop();
}
