//! A GPU that is not well: reserved over a restart, for commands beside the agent too, until something shows
//! that it is over or an operator says so.

use nvidia_ml::testing::SimulatedHost;
use serde_json::json;

use super::daemon::Setup;
use crate::command::{a100, said};
use crate::direct::tree;
use crate::support::{client, new_root, placement_url};

fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap().trim().to_owned()
}

/// What an agent that was killed left behind: the GPU has fallen off the bus.
fn note(setup: &Setup, boot_id: &str) {
    let xids = json!([{"code": 79, "gpu_instance": null}]);
    let gpu = json!({"uuid": null, "uncorrectable_ecc": null, "xids": xids});
    let note = json!({"boot_id": boot_id, "gpus": {"0000:41:00.0": gpu}});
    std::fs::create_dir_all(setup.directory()).unwrap();
    std::fs::write(setup.directory().join("health.json"), note.to_string()).unwrap();
}

#[tokio::test]
async fn what_was_noted_is_reserved_after_a_restart_until_an_operator_says_that_it_is_over() {
    // A driver that tells no recovery action: nothing but the note knows.
    let silent = "health = { recovery = \"unsupported\" }\n";
    let sim = SimulatedHost::new(&format!("{}{silent}", a100("NVIDIA A100", "\"7x 1g.5gb\"")));
    let (root, _) = new_root(&client()).await;
    let offered = async || tree(root).await.values().map(|shown| shown.offered()).sum::<u64>();
    let setup = Setup::new(&sim, root, &placement_url());
    let mut daemon = setup.start();
    daemon.settled().await;
    assert_eq!(offered().await, 7);
    daemon.stop();

    note(&setup, &boot_id());
    let mut daemon = setup.start();
    let ill = |status: &serde_json::Value| status["providers"][0]["state"] == "reserve";
    let status = daemon.until("reserving", |status| ill(status) && status["converged"] == true).await;
    assert_eq!(offered().await, 0);
    assert_eq!(status["findings"][0]["code"], "NPA0214", "{status:#?}");
    assert_eq!(daemon.said(&["NPA0214", "XID 79", "0000:41:00.0"]), 1, "{}", daemon.log());
    // A command beside it knows as much.
    let apply = setup.command("apply").output().unwrap();
    assert!(apply.status.success(), "{}", said(&apply));
    assert_eq!(offered().await, 0, "{}", said(&apply));

    let heal = |gpu: &str| said(&setup.command("heal").arg(gpu).output().unwrap());
    assert!(heal("0000:42:00.0").contains("no XID event is remembered"));
    assert!(heal("0000:41:00.0").contains("are forgotten"));
    daemon.until("well", |status| status["providers"][0]["state"] == "serve").await;
    daemon.settled().await;
    assert_eq!(offered().await, 7);
    assert_eq!(daemon.said(&["NPA0214", "no more"]), 1, "{}", daemon.log());
    daemon.stop();
    let mut daemon = setup.start();
    daemon.settled().await;
    assert_eq!(offered().await, 7);
}

#[tokio::test]
async fn a_note_of_an_earlier_boot_means_nothing() {
    let sim = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let setup = Setup::new(&sim, root, &placement_url());
    note(&setup, "00000000-0000-0000-0000-000000000000");
    let mut daemon = setup.start();
    daemon.settled().await;
    assert_eq!(tree(root).await.values().map(|shown| shown.offered()).sum::<u64>(), 7);
}
