//! What the documentation states of time beside Nova's own client doing the same work: in one run, in turn,
//! against the same Placement, which asks the same Keystone about every token.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::hardware;
use nvidia_placement_agent::identity::{
    AuthMethod, Domain, Entity, HttpOptions, Interface, Keystone, KeystoneSettings, Password, Scope,
};
use nvidia_placement_agent::model::{HostSnapshot, RootUuid};
use nvidia_placement_agent::placement::{Client, Options};
use nvidia_placement_agent::planner::{Attachable, Policy};
use nvidia_placement_agent::reconciler::{Pace, Reconciler, Silent};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::variable;
use crate::cloud::Cloud;
use crate::compute::Compute;

/// Four kinds on each of sixteen GPUs.
const PROVIDERS: usize = 64;
const ROUNDS: usize = 5;
const CYCLES: usize = 10;

async fn host() -> HostSnapshot {
    let gpu = |bus| {
        format!(
            "[[gpu]]\naddress = \"0000:{bus:02x}:00.0\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n\
             instances = [\"2g.10gb@0\", \"1g.10gb@2\", \"1g.5gb@4\", \"1g.5gb+me@5\"]\n"
        )
    };
    let text = (1..=16).map(gpu).fold("privileged = true\n".to_owned(), |host, gpu| host + &gpu);
    let simulated = SimulatedHost::new(&text);
    let deadline = Duration::from_secs(20);
    hardware::scan_within(hardware::Options {
        library: Some(simulated.library()),
        sysfs: Some(simulated.sysfs()),
        deadline,
        ..hardware::Options::default()
    })
    .await
    .unwrap()
}

/// As it is when it has just started: it has no token yet.
fn agent(root: RootUuid) -> Reconciler {
    let named =
        |name: &str| Entity::Name { name: name.to_owned(), domain: Domain::Name("Default".to_owned()) };
    let password = Password {
        user: named("npa"),
        password: variable("NPA_TEST_PASSWORD").into(),
        scope: Scope::Project(named("service")),
    };
    let settings = KeystoneSettings {
        auth_url: variable("NPA_TEST_KEYSTONE_URL").parse().unwrap(),
        method: AuthMethod::Password(password),
        region: Some("RegionOne".to_owned()),
        interfaces: vec![Interface::Public],
        endpoint_override: None,
        http: HttpOptions::default(),
    };
    let tokens = Arc::new(Keystone::new(settings).unwrap());
    let client = Arc::new(Client::new(Options::default(), tokens).unwrap());
    Reconciler::new(client, root, Policy { attachable: Attachable::Yes, ..Policy::default() })
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

#[tokio::test]
#[ignore = "takes minutes: make figures"]
async fn figures_beside_novas_own_client() {
    // No other test at the same time.
    let cloud = Cloud::take().await;
    let (host, placement) = (host().await, &cloud.placement);
    let (mut first, mut novas_first, mut steady, mut novas_steady) = (vec![], vec![], vec![], vec![]);
    // The first round makes the global traits of both, and is not counted.
    for round in 0..=ROUNDS {
        let root = placement.make(&format!("figures-{}", Uuid::new_v4()), None).await;
        let mut agent = agent(root.parse().unwrap());
        let mut ours = async || {
            let started = Instant::now();
            let cycle = agent.cycle(&host, Pace::AtOnce, &mut Silent).await;
            assert!(cycle.converged());
            started.elapsed().as_secs_f64()
        };
        let mut nova = Compute::plain();
        // nova-compute makes its root when it starts, and logs in.
        nova.updates();
        let mut novas = |verb: &str, argument: Value| nova.does(verb, argument).as_f64().unwrap();

        let spans = (ours().await, novas("sync", json!(PROVIDERS)));
        if round == 0 {
            continue;
        }
        first.push(spans.0);
        novas_first.push(spans.1);
        for _ in 0..CYCLES {
            steady.push(ours().await);
            novas_steady.push(novas("cycle", Value::Null));
        }
        assert_eq!(placement.listing(&root).await.len(), PROVIDERS + 1);
        assert_eq!(placement.listing(&nova.root).await.len(), PROVIDERS + 1);
    }
    println!("\n{PROVIDERS} providers; medians of {ROUNDS} first syncs and {} cycles\n", ROUNDS * CYCLES);
    println!("| | agent | Nova's SchedulerReportClient | ratio |");
    println!("|---|---|---|---|");
    for (what, ours, novas) in [("first sync", first, novas_first), ("steady cycle", steady, novas_steady)] {
        let (ours, novas) = (median(ours) * 1000.0, median(novas) * 1000.0);
        println!("| {what} | {ours:.0} ms | {novas:.0} ms | {:.3} |", ours / novas);
    }
}
