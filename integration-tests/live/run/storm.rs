//! Many agents, and a Placement that is gone for a few seconds: what comes back to it is what it can serve.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::agents::{Running, start};
use crate::command::a100;
use crate::proxy::{forward, read_message};
use crate::support::{client, new_root};

/// A service with a switch, which notes when it is asked and how many wait at the same time.
#[derive(Default)]
struct Service {
    away: AtomicBool,
    waiting: AtomicUsize,
    most_waiting: AtomicUsize,
    asked: Mutex<Vec<Instant>>,
    served: Mutex<Vec<Instant>>,
}

impl Service {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let service = Arc::clone(&self);
            tokio::spawn(async move {
                let Some(request) = read_message(&mut stream).await else { return };
                service.asked.lock().unwrap().push(Instant::now());
                if service.away.load(Ordering::Relaxed) {
                    return;
                }
                let waiting = 1 + service.waiting.fetch_add(1, Ordering::Relaxed);
                service.most_waiting.fetch_max(waiting, Ordering::Relaxed);
                let answer = forward(&request).await;
                service.waiting.fetch_sub(1, Ordering::Relaxed);
                service.served.lock().unwrap().push(Instant::now());
                let _ = stream.write_all(&answer).await;
            });
        }
    }
}

async fn all_converge(agents: &[Running], since: Instant) -> Duration {
    while !agents.iter().all(Running::converged) {
        assert!(since.elapsed() < Duration::from_secs(180), "they do not converge");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    since.elapsed()
}

fn per_second(times: &[Instant], from: Instant) -> Vec<usize> {
    let mut counts = Vec::new();
    for time in times.iter().filter_map(|time| time.checked_duration_since(from)) {
        let second = usize::try_from(time.as_secs()).unwrap();
        counts.resize(counts.len().max(second + 1), 0);
        counts[second] += 1;
    }
    counts
}

/// Agents; how long the service is away. Gives the most requests of one second after it was back.
async fn storm(count: usize, away: Duration, interval: Duration) -> usize {
    tokio::task::LocalSet::new().run_until(storm_of(count, away, interval)).await
}

async fn storm_of(count: usize, away: Duration, interval: Duration) -> usize {
    let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = Arc::new(Service::default());
    let serving = tokio::spawn(Arc::clone(&service).serve(listener));
    let (client, begun) = (client(), Instant::now());
    let mut agents = Vec::new();
    for _ in 0..count {
        let (root, _) = new_root(&client).await;
        agents.push(start(&host, root, &url, interval, Duration::from_secs(600)));
    }
    println!(
        "{count} agents: first sync of all after {:.1} s",
        all_converge(&agents, begun).await.as_secs_f64()
    );

    service.away.store(true, Ordering::Relaxed);
    let gone = Instant::now();
    tokio::time::sleep(away).await;
    let failing = agents.iter().filter(|agent| agent.status.borrow().failures > 0).count();
    service.away.store(false, Ordering::Relaxed);
    service.most_waiting.store(0, Ordering::Relaxed);
    let back = Instant::now();
    let took = all_converge(&agents, back).await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    let (asked, served) = (service.asked.lock().unwrap().clone(), service.served.lock().unwrap().clone());
    let during: Vec<Instant> = asked.iter().copied().filter(|time| *time < back).collect();
    let after = per_second(&asked, back);
    println!(
        "away for {:.0} s, {failing} had failed: requests per second {:?}",
        away.as_secs_f64(),
        per_second(&during, gone)
    );
    println!("back, all converge after {:.1} s: requests per second {after:?}", took.as_secs_f64());
    println!("served per second {:?}", per_second(&served, back));
    println!("most that waited at once: {}", service.most_waiting.load(Ordering::Relaxed));
    assert!(agents.iter().all(Running::converged));
    serving.abort();
    after.into_iter().max().unwrap_or(0)
}

#[tokio::test]
async fn twenty_agents_come_back_to_placement_without_a_storm() {
    let most = storm(20, Duration::from_secs(3), Duration::from_secs(2)).await;
    assert!(most <= 100, "{most} requests in one second");
}

/// With the interval that it has by default, and with a short one, so that all of them notice.
#[tokio::test]
#[ignore = "takes minutes: make figures"]
async fn figures_restart_storm() {
    for (interval, away) in [(30, 5), (5, 8)] {
        println!("\n100 agents, interval {interval} s");
        let most = storm(100, Duration::from_secs(away), Duration::from_secs(interval)).await;
        println!("most requests in one second after it was back: {most}");
    }
}
