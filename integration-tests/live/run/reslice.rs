//! A GPU is cut anew, and a watched file says so.

use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{ProviderUuid, RootUuid};

use super::daemon::{Daemon, PATIENCE, Setup};
use crate::command::a100;
use crate::direct::{part, tree};
use crate::hosts::{A, provider};
use crate::promise::assert_kept;
use crate::proxy::{Proxy, Seen};
use crate::support::{client, new_root};

/// An agent that the interval never wakes.
async fn scene(url: &str, cut: &str) -> (SimulatedHost, RootUuid, Setup, Daemon) {
    let host = SimulatedHost::new(&a100("NVIDIA A100", cut));
    let (root, _) = new_root(&client()).await;
    let mut setup = Setup::new(&host, root, url);
    let watched = host.folder().join("host.toml");
    setup.set("run.interval", "\"1h\"").set("settling.growth", "\"1s\"");
    setup.set("settling.other_kind", "\"5s\"");
    setup.set("hardware.wake_on_change", format!("[\"{}\"]", watched.display()));
    let mut daemon = setup.start();
    daemon.settled().await;
    (host, root, setup, daemon)
}

pub(super) async fn offered(uuid: ProviderUuid) -> u64 {
    let inventories = part(&uuid.to_string(), "inventories").await;
    let of = |key: &str| inventories["VGPU"][key].as_u64().unwrap_or(0);
    of("total") - of("reserved")
}

/// How long it takes until Placement offers that many.
pub(super) async fn until_offered(uuid: ProviderUuid, units: u64) -> Duration {
    let started = Instant::now();
    while offered(uuid).await != units {
        assert!(started.elapsed() < PATIENCE, "never {units}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    started.elapsed()
}

#[tokio::test]
async fn less_is_reserved_within_a_second_and_more_is_offered_when_it_has_lasted() {
    let proxy = Proxy::recording();
    let (host, root, _setup, mut daemon) = scene(&proxy.url(), "\"7x 1g.5gb\"").await;
    soon_less_late_more(&host, root, &mut daemon, |cut| a100("NVIDIA A100", cut)).await;
}

/// For how long so far something on this machine has waited for a processor, where the kernel counts that.
fn contended() -> Duration {
    let text = std::fs::read_to_string("/proc/pressure/cpu").unwrap_or_default();
    let total = text.lines().next().and_then(|some| some.rsplit_once("total=")?.1.parse().ok());
    Duration::from_micros(total.unwrap_or(0))
}

/// Seven instances become three, and seven again. It is 300 ms on an idle machine, but other tests share this one:
/// of a few tries one must come within the second, not counting when there were not processors enough.
pub(super) async fn soon_less_late_more(
    host: &SimulatedHost,
    root: RootUuid,
    daemon: &mut Daemon,
    cut: impl Fn(&str) -> String,
) {
    let uuid = provider(root, A, 19);
    let mut took = Vec::new();
    while took.len() < 5 && took.last().is_none_or(|less| *less >= Duration::from_secs(1)) {
        assert_eq!(offered(uuid).await, 7);
        let waited = contended();
        host.rewrite(&cut("\"3x 1g.5gb\""));
        let less = until_offered(uuid, 3).await;
        println!("less capacity is reserved {} ms after the GPU was cut", less.as_millis());
        took.push(less.saturating_sub(contended() - waited));
        assert_eq!(daemon.settled().await["wake"], "hardware");

        host.rewrite(&cut("\"7x 1g.5gb\""));
        let more = until_offered(uuid, 7).await;
        println!("more is offered after {} ms, settling for 1 s", more.as_millis());
        assert!(more > Duration::from_secs(1), "{more:?}");
        daemon.settled().await;
    }
    assert!(took.last().is_some_and(|less| *less < Duration::from_secs(1)), "{took:?}");
}

#[tokio::test]
async fn a_reslice_in_seven_steps_is_two_writes_for_each_provider() {
    let proxy = Proxy::recording();
    let before = r#""3g.20gb@4", "2g.10gb@0", "2x 1g.5gb""#;
    let (host, root, _setup, mut daemon) = scene(&proxy.url(), before).await;
    proxy.take();
    // As `nvidia-smi mig -dgi` and `-cgi` do it, one instance after the other.
    let steps = [
        r#""2g.10gb@0", "2x 1g.5gb""#,
        r#""2x 1g.5gb""#,
        r#""1g.5gb""#,
        "",
        r#""3g.20gb@0""#,
        r#""3g.20gb@0", "1g.5gb@4""#,
        r#""3g.20gb@0", "3x 1g.5gb""#,
    ];
    for step in steps {
        host.rewrite(&a100("NVIDIA A100", step));
        // Not a wait for something: this is how fast those commands are.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_kept(&tree(root).await, "in the middle of a re-slice");
    until_offered(provider(root, A, 19), 3).await;
    until_offered(provider(root, A, 9), 1).await;
    let written = || proxy.take().into_iter().filter(|seen| seen.method != "GET");
    let mut writes: Vec<_> = written().collect();
    let of = |writes: &[Seen], kind| {
        let uuid = provider(root, A, kind).to_string();
        writes.iter().filter(|seen| seen.target.contains(&uuid)).count()
    };
    let counts = [19, 14, 9].map(|kind| of(&writes, kind));
    println!("writes for 1g.5gb, 2g.10gb, 3g.20gb: {counts:?}");
    assert!(counts.iter().all(|count| *count <= 2), "{counts:?}: {writes:?}");
    // What the cut leaves behind is emptied when it has stayed away, and its claims go after its inventory.
    daemon.settled().await;
    writes.extend(written());
    assert_eq!([19, 14, 9].map(|kind| of(&writes, kind)), [counts[0], 3, counts[2]], "{writes:?}");
}
