//! More than one on a host.

use nvidia_ml::testing::SimulatedHost;

use super::daemon::Setup;
use crate::command::{a100, said};
use crate::direct::tree;
use crate::promise::assert_kept;
use crate::support::{client, new_root, placement_url};

#[tokio::test]
async fn a_second_agent_names_the_first_and_ends() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let setup = Setup::new(&host, root, &placement_url());
    let mut daemon = setup.start();
    daemon.settled().await;
    let output = setup.command("run").output().unwrap();
    assert_eq!(output.status.code(), Some(13), "{}", said(&output));
    assert!(said(&output).contains(&format!("process {}", daemon.id())), "{}", said(&output));
    assert!(daemon.status().is_some(), "the second one took the first one's socket");
    daemon.stop();
}

#[tokio::test]
async fn apply_may_be_used_beside_it() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(&host, root, &placement_url());
    let mut daemon = setup.set("run.interval", "\"20ms\"").set("settling.growth", "\"50ms\"").start();
    for cut in [r#""3g.20gb", "2x 1g.5gb""#, "\"7g.40gb\"", r#""2x 2g.10gb", "1g.5gb""#] {
        host.rewrite(&a100("NVIDIA A100", cut));
        let output = setup.command("apply").output().unwrap();
        // Either got there first; who meets the other's write looks again.
        assert_eq!(output.status.code(), Some(0), "{}\n{}", said(&output), daemon.log());
        assert_kept(&tree(root).await, cut);
    }
    daemon.settled().await;
    let tree = tree(root).await;
    let offered: Vec<(&str, u64)> =
        tree.iter().filter(|(_, s)| s.offered() > 0).map(|(n, s)| (n.as_str(), s.offered())).collect();
    assert_eq!(
        offered,
        [("ROOT:nvidia:0000:41:00.0:20b0:mig-14", 2), ("ROOT:nvidia:0000:41:00.0:20b0:mig-19", 1)]
    );
    assert_eq!(tree.len(), 1 + 4, "no provider was lost: {:?}", tree.keys());
}
