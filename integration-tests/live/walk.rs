//! Random walks on a Placement that is never reset: a host in one random state after the other, consumers that
//! come and go, also between the requests of a cycle. After every write: no more is promised than the hardware
//! has, no allocation was touched, and what is not ours is byte for byte what it was.

mod lot;
mod states;
mod world;

use std::sync::Arc;

use nvidia_placement_agent::model::{
    Claim, Code, Cycle, Decision, HostSnapshot, Identity, ObservedTree, ProviderDecision, ProviderState,
    RootUuid, StepOutcome,
};
use nvidia_placement_agent::reconciler::{Pace, Reconciler, Silent};
use tokio::sync::Mutex;

use crate::hosts::agent;
use crate::proxy::{Moment, Proxy, Verdict};
use crate::support::{client, new_root};
use world::{Counts, World};

#[derive(Debug, Default)]
struct Tally {
    states: usize,
    requests: usize,
    writes: usize,
    conflicts: usize,
    rounds: usize,
    gave_up: usize,
    second_plans: usize,
    draining: usize,
    second_requests: usize,
}

struct Walk {
    world: Arc<Mutex<World>>,
    proxy: Proxy,
    agent: Reconciler,
    root: RootUuid,
    tally: Tally,
}

impl Walk {
    async fn new(seed: u64) -> Walk {
        let (root, name) = new_root(&client()).await;
        let world = Arc::new(Mutex::new(World::new(root, &name, seed).await));
        let everybody = Arc::clone(&world);
        let proxy = Proxy::start(Box::new(move |seen, moment| {
            let (world, seen) = (Arc::clone(&everybody), seen.clone());
            Box::pin(async move {
                let mut world = world.lock().await;
                if seen.method == "DELETE" || seen.target.contains("/allocations") {
                    world.violations.push(format!("the agent asked for {} {}", seen.method, seen.target));
                }
                if moment == Moment::Answered && seen.wrote() {
                    world.check(&format!("{} {}", seen.method, seen.target)).await;
                }
                // Before Placement decides on a request, or between its answer and the next one.
                if world.lively && moment != Moment::Passed && world.lot.below(4) == 0 {
                    world.stir().await;
                }
                Verdict::Go
            })
        }));
        let agent = agent(&proxy.url(), root);
        Walk { world, proxy, agent, root, tally: Tally::default() }
    }

    async fn cycle(&mut self, snapshot: &HostSnapshot, lively: bool) -> Cycle {
        self.world.lock().await.lively = lively;
        let cycle = self.agent.cycle(snapshot, Pace::AtOnce, &mut Silent).await;
        self.world.lock().await.lively = false;
        let seen = self.proxy.take();
        self.tally.requests += seen.len();
        self.tally.writes += seen.iter().filter(|seen| seen.wrote()).count();
        self.tally.conflicts += seen.iter().filter(|seen| seen.status == 409).count();
        self.tally.rounds += cycle.rounds.len();
        cycle
    }

    /// One state: a cycle in the thick of it, one in peace, and one that has nothing to do.
    async fn state(&mut self) {
        let (snapshot, name) = states::draw(&mut self.world.lock().await.lot);
        self.tally.states += 1;
        let at = format!("state {}: {name}", self.tally.states);
        if self.world.lock().await.lot.below(8) == 0 {
            self.agent = agent(&self.proxy.url(), self.root);
        }
        let stirred = self.cycle(&snapshot, true).await;
        let conflict = stirred.stopped_by.as_ref().is_some_and(|finding| finding.code == Code::Conflict);
        self.tally.gave_up += usize::from(conflict);
        assert!(conflict || stirred.stopped_by.is_none(), "{at}: {:?}", stirred.stopped_by);
        self.assert_good(&at).await;

        let quiet = self.cycle(&snapshot, false).await;
        assert_eq!(quiet.stopped_by, None, "{at}");
        let all_done =
            quiet.rounds.iter().flat_map(|round| &round.steps).all(|r| r.outcome == StepOutcome::Done);
        assert!(all_done && quiet.rounds.len() == 1, "{at}: undisturbed, and not done: {quiet:?}");

        let (tree, decision) = self.agent.decide(&snapshot, &mut Pace::AtOnce).await.unwrap();
        let (requests, needed) = (self.proxy.take(), unsettled(&tree, &decision));
        assert!(decision.plan.is_empty(), "{at}: a second plan is not empty: {:?}", decision.plan);
        // Who shares a GPU with one of them may be asked too: what is withheld depends on who holds what.
        let shared = |p: &&ProviderDecision| needed.iter().any(|one| one.address == p.identity.address);
        let most = decision.providers.iter().filter(|p| p.from.is_some()).filter(shared).count();
        let range = 1 + needed.len()..=1 + most;
        assert!(
            range.contains(&requests.len()),
            "{at}: {range:?} for a cycle without a change: {requests:?}"
        );
        self.tally.second_plans += 1;
        self.tally.draining += needed.len();
        self.tally.second_requests += requests.len();
        let mut world = self.world.lock().await;
        // Looking at everything is most of the work, and what goes wrong stays wrong.
        if self.tally.states.is_multiple_of(6) {
            world.audit(&at).await
        } else {
            world.count(&at).await
        }
        for _ in 0..2 {
            world.stir().await;
        }
        drop(world);
        self.assert_good(&at).await;
    }

    async fn assert_good(&self, at: &str) {
        let violations = std::mem::take(&mut self.world.lock().await.violations);
        assert!(violations.is_empty(), "{at}\n  {}", violations.join("\n  "));
    }
}

/// Providers whose usage must be read in every cycle: they drain, have another total than exists, or keep the
/// name of an older driver until they are empty.
fn unsettled(tree: &ObservedTree, decision: &Decision) -> Vec<Identity> {
    let exist = |identity: Identity| {
        let offers = decision.devices.get(&identity.address).into_iter().flat_map(|device| &device.offers);
        offers.filter(|offer| offer.identity == identity).map(|offer| offer.units).sum::<u32>()
    };
    let names = |uuid| {
        let claims = tree.providers[&uuid].traits.iter().filter_map(Claim::decode);
        claims.filter(Claim::is_offer).count()
    };
    let providers = decision.providers.iter().filter(|p| p.state != ProviderState::Hold);
    let unsettled = providers.filter(|p| {
        let total = p.from.as_ref().map(|inventory| inventory.total);
        total.is_some_and(|total| total != exist(p.identity) || names(p.uuid) > 1)
    });
    unsettled.map(|p| p.identity).collect()
}

async fn walk(seed: u64, states: usize) -> (Tally, Counts) {
    println!("seed {seed}, {states} states");
    let mut walk = Walk::new(seed).await;
    for done in 1..=states {
        walk.state().await;
        if done % 50 == 0 {
            println!("{done} states: {:?}", walk.tally);
        }
    }
    let counts = walk.world.lock().await.counts.clone();
    (walk.tally, counts)
}

#[tokio::test]
async fn a_short_walk() {
    let (tally, counts) = walk(41, 12).await;
    assert!(tally.writes > 30 && tally.conflicts > 0 && counts.allocated > 10, "{tally:?} {counts:?}");
}

#[tokio::test]
#[ignore = "takes minutes: make figures"]
async fn figures_walk() {
    let states = std::env::var("NPA_TEST_WALK_STATES").map_or(500, |states| states.parse().unwrap());
    let started = std::time::Instant::now();
    let (tally, counts) = walk(7, states).await;
    println!("{tally:#?}\n{counts:#?}\nin {:.0} s", started.elapsed().as_secs_f64());
}
