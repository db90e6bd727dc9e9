//! What the documentation states of memory and time. Measured on simulated GPUs: real ones take longer to
//! answer, and their library maps more memory.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{HostSnapshot, Identity, RootUuid};
use nvidia_placement_agent::reconciler::{Pace, Silent};

use super::daemon::{Daemon, Setup};
use super::fake;
use super::steady::{FOUR, many};
use crate::command::scan;
use crate::direct::listing;
use crate::hosts::agent;
use crate::proxy::{Proxy, forward};
use crate::support::{client, new_root, placement_url};

/// Of the process: resident, and of that what belongs to it alone.
fn memory(daemon: &Daemon) -> (u64, u64) {
    (daemon.figure("VmRSS"), daemon.figure("RssAnon"))
}

/// Waits as often as it takes: ten thousand cycles are a minute.
async fn until_cycle(daemon: &mut Daemon, cycle: u64) {
    loop {
        let status = daemon.until("going on", |_| true).await;
        assert_eq!(status["failures"], 0, "{status:#?}");
        if status["cycles"].as_u64().unwrap() >= cycle {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
#[ignore = "takes minutes: make figures"]
async fn figures_memory() {
    println!("\nresident memory of `run`, in kB (simulated GPUs; a Placement that answers at once)\n");
    println!("| providers | cycles | resident | of that its own |");
    println!("|---|---|---|---|");
    for gpus in [1, 16] {
        let host = SimulatedHost::new(&many(gpus, FOUR));
        let (root, _) = new_root(&client()).await;
        let mut setup = Setup::new(&host, root, &placement_url());
        let mut daemon = setup.start();
        daemon.settled().await;
        daemon.stop();
        let proxy = Proxy::start(fake::frozen(root).await);
        setup.set("placement.endpoint", format!("\"{}\"", proxy.url())).set("run.interval", "\"1ms\"");
        let mut daemon = setup.start();
        let mut measured = Vec::new();
        for cycles in [100, 1_000, 10_000] {
            until_cycle(&mut daemon, cycles).await;
            let (resident, own) = memory(&daemon);
            println!("| {} | {cycles} | {resident} | {own} |", 4 * gpus);
            measured.push(resident);
        }
        assert!(measured[2] <= measured[0] + 1024, "it grows: {measured:?}");
    }
}

/// The requests of a first sync of that host, as bytes, with what is the root's own in them.
async fn recorded(host: &HostSnapshot) -> (Vec<Vec<u8>>, RootUuid, String) {
    let (root, name) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let cycle = agent(&proxy.url(), root).cycle(host, Pace::AtOnce, &mut Silent).await;
    assert!(cycle.converged(), "{:?}", cycle.findings());
    (proxy.take().into_iter().map(|seen| seen.raw).collect(), root, name)
}

/// The same requests for another root: all names and UUIDs have the same length.
async fn translated(from: &(Vec<Vec<u8>>, RootUuid, String)) -> Vec<Vec<u8>> {
    let (requests, root, name) = from;
    let (other, other_name) = new_root(&client()).await;
    let mut pairs = vec![(root.to_string(), other.to_string()), (name.clone(), other_name)];
    for listed in listing(*root).await {
        if let Some(identity) = Identity::from_name(listed["name"].as_str().unwrap()) {
            pairs.push((identity.uuid(*root).to_string(), identity.uuid(other).to_string()));
        }
    }
    let translate = |request: &Vec<u8>| {
        let text = String::from_utf8(request.clone()).unwrap();
        pairs.iter().fold(text, |text, (from, to)| text.replace(from, to)).into_bytes()
    };
    requests.iter().map(translate).collect()
}

async fn bare(requests: &[Vec<u8>]) -> Duration {
    let started = Instant::now();
    for request in requests {
        let answer = forward(request).await;
        let status = crate::proxy::status(&answer);
        assert!((200..300).contains(&status), "{status}");
    }
    started.elapsed()
}

fn median(mut spans: Vec<Duration>) -> f64 {
    spans.sort();
    spans[spans.len() / 2].as_secs_f64() * 1000.0
}

/// First syncs, and steady cycles after each.
const SYNCS: usize = 15;
const STEADY_EACH: usize = 20;

#[tokio::test]
#[ignore = "takes minutes: make figures"]
async fn figures_steady() {
    let sim = SimulatedHost::new(&many(16, FOUR));
    let host = scan(&sim).await;
    recorded(&host).await;
    let record = recorded(&host).await;
    let (mut first, mut first_bare, mut steady, mut steady_bare) = (vec![], vec![], vec![], vec![]);
    // In turn, so that whatever else this machine does strikes both.
    for _ in 0..SYNCS {
        let (root, _) = new_root(&client()).await;
        let mut agent = agent(&placement_url(), root);
        let started = Instant::now();
        agent.cycle(&host, Pace::AtOnce, &mut Silent).await;
        first.push(started.elapsed());
        let requests = translated(&record).await;
        first_bare.push(bare(&requests).await);
        let listing =
            requests.iter().find(|request| request.starts_with(b"GET /resource_providers?")).unwrap();
        for _ in 0..STEADY_EACH {
            let started = Instant::now();
            agent.cycle(&host, Pace::AtOnce, &mut Silent).await;
            steady.push(started.elapsed());
            steady_bare.push(bare(std::slice::from_ref(listing)).await);
        }
    }
    let row = |what: &str, agent: Vec<Duration>, bare: Vec<Duration>| {
        let (agent, bare) = (median(agent), median(bare));
        println!("| {what} | {agent:.1} ms | {bare:.1} ms | {:+.1} % |", (agent / bare - 1.0) * 100.0);
    };
    println!(
        "\n64 providers, {} requests in the first sync; medians of {SYNCS} first syncs and {} steady cycles\n",
        record.0.len(),
        SYNCS * STEADY_EACH,
    );
    println!("| | agent | the same requests from a bare socket | more |");
    println!("|---|---|---|---|");
    row("first sync", first, first_bare);
    row("steady cycle", steady, steady_bare);
}

/// Processor time of a process or thread so far (`proc(5)`: `utime` and `stime`, in ticks of 10 ms), and its name.
fn ticks(stat: &Path) -> Option<(Duration, String)> {
    let text = std::fs::read_to_string(stat).ok()?;
    let (before_name, after_name) = text.rsplit_once(')')?;
    let fields = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.map(|field| field.parse::<u64>().unwrap()).sum();
    Some((Duration::from_millis(10 * ticks), before_name.rsplit('(').next()?.to_owned()))
}

/// Processor time of the process so far, threads that ended among it, without the one that waits for events: a
/// driver lets it sleep, the simulator looks at its file 100 times a second.
fn processor(daemon: &Daemon) -> Duration {
    let process = PathBuf::from(format!("/proc/{}", daemon.id()));
    let threads = std::fs::read_dir(process.join("task")).unwrap();
    let threads = threads.filter_map(|thread| ticks(&thread.unwrap().path().join("stat")));
    let waits: Duration = threads.filter(|(_, name)| name == "hardware-events").map(|(time, _)| time).sum();
    ticks(&process.join("stat")).unwrap().0 - waits
}

/// The value of a counter in a scrape: the series of that name with that word.
fn counter(text: &str, name: &str, word: &str) -> f64 {
    let of =
        |line: &&str| line.starts_with(&format!("nvidia_placement_agent_{name}{{")) && line.contains(word);
    text.lines().find(of).unwrap().rsplit_once(' ').unwrap().1.parse().unwrap()
}

const GPUS: u8 = 16;
const MEASURED: Duration = Duration::from_secs(120);
const SCRAPED: Duration = Duration::from_secs(10);

#[tokio::test]
#[ignore = "takes minutes: make figures"]
async fn figures_of_telemetry() {
    let gpu = |bus| {
        format!(
            "[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\nmodel = \"H100-80GB\"\nmig = \"on\"\n\
             instances = [\"7x 1g.10gb\"]\nfigures = {{ temperature = 50, power_mw = 100000 }}\n"
        )
    };
    println!("\ntelemetry of {GPUS} simulated H100 of 7 GPU instances each ({} in all):", GPUS * 7);
    println!(
        "`run` with a cycle every 30 s (its scans included) and a scrape every {SCRAPED:?}, for {MEASURED:?}"
    );
    println!(
        "\"each call takes\": how long the simulator lets every call into NVML take; real drivers differ"
    );
    println!(
        "\"one core\": processor time by the time that passed, without the simulator's waiting for events; \
         the target is 1 % and 14 MiB\n"
    );
    println!(
        "| each call takes | telemetry.interval | one core | resident, MiB | of that its own, MiB | \
         NVML calls of telemetry, a GPU and sample | all NVML calls a second | a scrape, slowest |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for latency in ["0us", "200us", "5ms"] {
        let gpus: String = (1..=GPUS).map(gpu).collect();
        let host =
            SimulatedHost::new(&format!("privileged = true\nlatency = {{ all = \"{latency}\" }}\n{gpus}"));
        let (root, _) = new_root(&client()).await;
        for interval in ["off", "10s"] {
            let mut setup = Setup::new(&host, root, &placement_url());
            setup.set("run.interval", "\"30s\"").set("hardware.scan_deadline", "\"20s\"");
            setup.set("telemetry.listen", "\"127.0.0.1:0\"").set("telemetry.guests", "\"off\"");
            let mut daemon = setup.set("telemetry.interval", format!("\"{interval}\"")).start();
            daemon.settled().await;
            let at = super::http::address(&mut daemon).await;
            let scrape = || {
                let began = Instant::now();
                let (status, text) = super::http::get(&at, "/metrics");
                assert_eq!(status, 200);
                (began.elapsed(), text)
            };
            let (_, first) = scrape();
            let (before, began) = (processor(&daemon), Instant::now());
            let (mut slowest, mut last) = (Duration::ZERO, String::new());
            while began.elapsed() < MEASURED {
                tokio::time::sleep(SCRAPED).await;
                let (took, text) = scrape();
                (slowest, last) = (slowest.max(took), text);
            }
            let (used, passed) = (processor(&daemon) - before, began.elapsed());
            let calls = |session: &str| {
                let of = |text| counter(text, "nvml_calls_total", &format!("\"{session}\""));
                of(&last) - of(&first)
            };
            let samples = f64::from(GPUS) * passed.as_secs_f64() / 10.0;
            let all = ["scan", "sample", "events"].map(calls).iter().sum::<f64>() / passed.as_secs_f64();
            let (resident, own) = memory(&daemon);
            println!(
                "| {latency} | {interval} | {:.2} % | {:.1} | {:.1} | {:.1} | {all:.0} | {slowest:.1?} |",
                100.0 * used.as_secs_f64() / passed.as_secs_f64(),
                resident as f64 / 1024.0,
                own as f64 / 1024.0,
                calls("sample") / samples,
            );
            daemon.stop();
        }
    }
}
