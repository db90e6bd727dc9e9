//! What the agent costs Placement, in requests. Formulas, not figures: asserted for several sizes.

use std::collections::BTreeMap;

use nvidia_placement_agent::model::{GpuInstance, HostSnapshot, marker};
use nvidia_placement_agent::reconciler::{Pace, Reconciler, Silent};
use uuid::Uuid;

use crate::direct::take;
use crate::hosts::{agent, gpu, host, identity};
use crate::proxy::Proxy;
use crate::support::{client, new_root};

/// Four kinds on one A100.
const FOUR: [(u32, u32); 4] = [(14, 0), (15, 2), (19, 4), (20, 5)];

/// A host that needs that many providers, and traits that nobody has: the new ones are the kinds' and the
/// board's.
fn cut_into(providers: usize) -> (HostSnapshot, usize) {
    let own = Uuid::new_v4().simple().to_string();
    let cuts: Vec<&[(u32, u32)]> = if providers == 1 { vec![&FOUR[..1]] } else { vec![&FOUR; providers / 4] };
    let gpus = cuts.iter().zip(1..).map(|(cut, bus)| {
        let mut gpu = gpu(&format!("0000:{bus:02x}:00.0"), cut);
        gpu.product = format!("NVIDIA {own}");
        for profile in gpu.profiles.values_mut() {
            profile.name = format!("LIVE-{own}-{}", profile.id);
        }
        gpu
    });
    (host(gpus), cuts[0].len() + 1)
}

async fn requests(proxy: &Proxy, agent: &mut Reconciler, host: &HostSnapshot) -> usize {
    let cycle = agent.cycle(host, Pace::AtOnce, &mut Silent).await;
    assert!(cycle.converged(), "{:?}", cycle.findings());
    proxy.take().len()
}

/// Requests of: a first sync, the next cycle, an agent that starts anew, its next cycle.
async fn measured(providers: usize) -> (usize, [usize; 4]) {
    let client = client();
    for common in [marker(), "CUSTOM_NVIDIA_MIG".parse().unwrap()] {
        client.create_trait(&common).await.unwrap();
    }
    let (root, _) = new_root(&client).await;
    let (host, new_traits) = cut_into(providers);
    let proxy = Proxy::recording();
    let mut counts = [0; 4];
    for run in [0, 2] {
        let mut agent = agent(&proxy.url(), root);
        counts[run] = requests(&proxy, &mut agent, &host).await;
        counts[run + 1] = requests(&proxy, &mut agent, &host).await;
    }
    (new_traits, counts)
}

/// The floor of the API is 2 + new traits + 3 for each provider. Ours asks for two things more: the root's
/// traits (is it a compute node?), and which of the traits exist, all in one request.
#[tokio::test]
async fn requests_are_the_floor_and_two() {
    for providers in [1, 8, 64] {
        let (new_traits, counts) = measured(providers).await;
        let restart = 3 + 2 * providers;
        assert_eq!(counts, [2 + new_traits + 3 * providers + 2, 1, restart, 1], "{providers} providers");
    }
}

#[tokio::test]
async fn a_draining_provider_costs_one_request_a_cycle() {
    let (root, _) = new_root(&client()).await;
    let proxy = Proxy::recording();
    let mut agent = agent(&proxy.url(), root);
    let address = "0000:01:00.0";
    requests(&proxy, &mut agent, &host([gpu(address, &FOUR)])).await;
    for (draining, kind) in [(1, 15), (2, 19)] {
        take(identity(address, kind).uuid(root), "VGPU").await.unwrap();
        let mut gpu = gpu(address, &FOUR);
        let gone = [15, 19][..draining].to_vec();
        let stays = |instance: &GpuInstance| !gone.contains(&instance.profile.get());
        gpu.instances = gpu.instances.into_iter().filter(|(_, i)| stays(i)).collect::<BTreeMap<_, _>>();
        let host = host([gpu]);
        requests(&proxy, &mut agent, &host).await;
        assert_eq!(requests(&proxy, &mut agent, &host).await, 1 + draining);
    }
}

#[tokio::test]
#[ignore = "prints a table: make figures"]
async fn figures_requests() {
    println!("\nrequests to Placement\n");
    println!("| providers | new traits | first sync | steady cycle | after a restart | steady cycle |");
    println!("|---|---|---|---|---|---|");
    for providers in [1, 8, 64] {
        let (new_traits, [first, steady, restart, again]) = measured(providers).await;
        println!("| {providers} | {new_traits} | {first} | {steady} | {restart} | {again} |");
    }
}
