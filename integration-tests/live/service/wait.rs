//! `wait-ready`: what nova-compute can be ordered after.

use std::process::Output;

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::RootUuid;
use uuid::Uuid;

use crate::command::{a100, said};
use crate::run::daemon::Setup;
use crate::support::placement_url;

fn wait(setup: &Setup, patience: &str) -> Output {
    setup.command("wait-ready").args(["--timeout", patience]).output().unwrap()
}

#[test]
fn without_an_agent_it_ends_when_its_time_is_over() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let setup = Setup::new(&host, RootUuid::new(Uuid::new_v4()), &placement_url());
    let output = wait(&setup, "300ms");
    assert_eq!(output.status.code(), Some(14), "{}", said(&output));
    assert!(said(&output).contains("NPA0105") && said(&output).contains("within 0.3 s"), "{}", said(&output));
}

/// nova-compute waits for it, so it must not wait for what nova-compute makes, nor for Placement.
#[tokio::test]
async fn hardware_settles_without_a_root_and_without_placement() {
    for url in [placement_url(), "http://127.0.0.1:9".to_owned()] {
        let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
        let setup = Setup::new(&host, RootUuid::new(Uuid::new_v4()), &url);
        let command = setup
            .command("wait-ready")
            .arg("--timeout")
            .arg("40s")
            .stdout(std::process::Stdio::piped())
            .spawn();
        // It waits for the agent, too.
        let mut daemon = setup.start();
        let output = command.unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(said(&output).contains("settled after"), "{}", said(&output));
        let status = daemon.until("settled", |status| status["settled"] == true).await;
        assert_eq!((&status["converged"], &status["scanned"]), (&false.into(), &true.into()));
    }
}

#[tokio::test]
async fn what_keeps_changing_has_not_settled_and_neither_has_what_cannot_be_seen() {
    let host = SimulatedHost::new("privileged = true\nerror = \"driver_not_loaded\"");
    let mut setup = Setup::new(&host, RootUuid::new(Uuid::new_v4()), "http://127.0.0.1:9");
    let mut daemon = setup.set("settling.growth", "\"1h\"").start();
    daemon.cycles(2).await;
    let output = wait(&setup, "500ms");
    assert_eq!(output.status.code(), Some(15), "{}", said(&output));
    assert!(said(&output).contains("NPA0106"), "{}", said(&output));
    host.rewrite(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    daemon.cycles(2).await;
    assert_eq!(wait(&setup, "300ms").status.code(), Some(15), "it has not looked the same for an hour");
}
