//! However it ends, it ends soon, and the next start converges.

use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;

use super::daemon::Setup;
use super::switch::{Mood, Switch};
use crate::command::a100;
use crate::direct::tree;
use crate::promise::assert_kept;
use crate::proxy::Proxy;
use crate::support::{client, new_root, placement_url};

const CUT: &str = r#""3g.20gb", "2x 1g.5gb""#;

#[tokio::test]
async fn told_to_stop_when_it_waits_it_leaves_nothing_behind() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(&host, root, &placement_url());
    for signal in ["TERM", "INT"] {
        let mut daemon = setup.set("run.interval", "\"1h\"").start();
        daemon.settled().await;
        daemon.signal(signal);
        let (status, took) = daemon.wait();
        assert_eq!(status.code(), Some(0), "{}", daemon.log());
        assert!(took < Duration::from_millis(500), "{signal}: {took:?}");
        assert!(!setup.directory().join("agent.sock").exists());
    }
}

#[tokio::test]
async fn told_to_stop_in_the_middle_of_a_cycle_it_stops_within_a_second() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let switch = Switch::new();
    let proxy = Proxy::start(switch.hook());
    let setup = Setup::new(&host, root, &proxy.url());
    // Each slow in another way: an answer that comes in time for its step to end, and one that does not.
    for slow in [Duration::from_millis(150), Duration::from_secs(3)] {
        switch.set(Mood::Slow(slow));
        proxy.take();
        let mut daemon = setup.start();
        let begun = if slow < Duration::from_secs(1) { 3 } else { 0 };
        while proxy.asked() <= begun {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        daemon.stop();
        assert_kept(&tree(root).await, "stopped in a cycle");
    }
    switch.set(Mood::Slow(Duration::ZERO));
    setup.start().settled().await;
    assert_eq!(tree(root).await.values().map(|shown| shown.offered()).sum::<u64>(), 3);
}

/// The lock is the kernel's and goes with the process; the socket's file stays and is replaced.
#[tokio::test]
async fn killed_it_is_started_again_as_if_nothing_had_been() {
    let host = SimulatedHost::new(&a100("NVIDIA A100", CUT));
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let setup = Setup::new(&host, root, &proxy.url());
    for requests in [3, 9, 14] {
        let mut daemon = setup.start();
        while proxy.asked() < requests {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        daemon.signal("KILL");
        assert_eq!(daemon.wait().0.code(), None);
        assert!(setup.directory().join("agent.sock").exists());
        assert_kept(&tree(root).await, "killed");
        proxy.take();
    }
    let mut daemon = setup.start();
    daemon.settled().await;
    assert_eq!(tree(root).await.values().map(|shown| shown.offered()).sum::<u64>(), 3);
    daemon.stop();
}
