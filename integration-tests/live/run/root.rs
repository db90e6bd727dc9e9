//! The compute node is not there yet.

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{ProviderUuid, RootUuid};
use uuid::Uuid;

use super::daemon::{Daemon, Setup};
use crate::command::a100;
use crate::direct::tree;
use crate::support::{client, placement_url};

async fn waits(daemon: &mut Daemon) {
    daemon.until("failing", |status| status["failures"].as_u64() >= Some(2)).await;
    daemon.waiting_for(&["NPA0301"]).await;
}

async fn appears(daemon: &mut Daemon, uuid: Uuid, name: &str) {
    client().create_provider(ProviderUuid::new(uuid), &name.parse().unwrap(), None).await.unwrap();
    daemon.settled().await;
    assert_eq!(tree(RootUuid::new(uuid)).await.values().map(|shown| shown.offered()).sum::<u64>(), 7);
    assert_eq!(daemon.said(&["ERROR", "NPA0301"]), 1, "{}", daemon.log());
    assert_eq!(daemon.said(&["INFO", "NPA0301", "no more"]), 1, "{}", daemon.log());
}

#[tokio::test]
async fn a_root_that_is_missing_is_waited_for() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let uuid = Uuid::new_v4();
    let mut daemon = Setup::new(&host, RootUuid::new(uuid), &placement_url()).start();
    waits(&mut daemon).await;
    appears(&mut daemon, uuid, &format!("live-{uuid}")).await;
}

/// Deleted and made anew with another UUID, as by a compute service that was deleted and enrolled again. What
/// was there before has not vanished from it, so nothing is waited for.
#[tokio::test]
async fn a_root_that_is_replaced_is_taken_up() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    let name = format!("live-{first}");
    let mut setup = Setup::new(&host, RootUuid::new(first), &placement_url());
    let mut daemon = setup.unset("root.uuid").set("root.name", format!("\"{name}\"")).start();
    waits(&mut daemon).await;
    appears(&mut daemon, first, &name).await;
    let ours = crate::hosts::provider(RootUuid::new(first), crate::hosts::A, 19);
    for uuid in [ours, ProviderUuid::new(first)] {
        // A cycle may be writing to it just now.
        while client().delete_provider(uuid).await.is_err() {}
    }
    daemon.waiting_for(&["NPA0301"]).await;
    client().create_provider(ProviderUuid::new(second), &name.parse().unwrap(), None).await.unwrap();
    daemon.settled().await;
    assert_eq!(tree(RootUuid::new(second)).await.values().map(|shown| shown.offered()).sum::<u64>(), 7);
}
