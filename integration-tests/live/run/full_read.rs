//! The net under the cache: everything is read again, though no generation moved.

use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::reconciler::FULL_READ;

use super::agents::start;
use crate::command::a100;
use crate::proxy::Proxy;
use crate::support::{client, new_root};

#[tokio::test]
async fn everything_is_read_again_now_and_then() {
    tokio::task::LocalSet::new().run_until(all_of_it_is_read_again_when_its_time_has_come()).await;
}

async fn all_of_it_is_read_again_when_its_time_has_come() {
    assert_eq!(FULL_READ, Duration::from_secs(600));
    let host = SimulatedHost::new(&a100("NVIDIA A100", r#""3g.20gb", "2x 1g.5gb""#));
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let mut agent = start(&host, root, &proxy.url(), Duration::from_millis(100), Duration::from_millis(1500));
    while !agent.converged() {
        agent.status.changed().await.unwrap();
    }
    proxy.take();
    let from = agent.status.borrow().cycles;
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(4) || agent.status.borrow().cycles < from + 6 {
        agent.status.changed().await.unwrap();
    }
    let most = begun.elapsed().as_millis() / 1500 + 1;
    let cycles = agent.status.borrow().cycles - from;
    let seen = proxy.take();
    let listings = seen.iter().filter(|seen| seen.target.contains("in_tree")).count();
    let others = seen.len() - listings;
    assert!(cycles > 5 && listings.abs_diff(usize::try_from(cycles).unwrap()) <= 1, "{cycles}: {seen:?}");
    // The root's traits, and two readings for each of two providers; two or three times in that span.
    let whole = others as u128 / 5;
    assert!(
        others.is_multiple_of(5) && (2..=most).contains(&whole),
        "{others} beside {listings} listings: {seen:?}"
    );
}
