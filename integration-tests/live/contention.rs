//! Somebody else at the same time: another agent, an operator who deletes, another root with our names.

use std::collections::BTreeMap;

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{Code, HostSnapshot, Moment as Time, RootUuid};
use nvidia_placement_agent::planner::{Attachable, Memory, Policy};
use nvidia_placement_agent::reconciler::{Pace, Reconciler, Silent};
use serde_json::json;
use uuid::Uuid;

use crate::command::{a100, apply, said};
use crate::direct::{Shown, call, delete, done, tree};
use crate::hosts::{A, B, agent, gpu, host, identity};
use crate::promise::assert_kept;
use crate::proxy::{Moment, Proxy, Seen, Verdict};
use crate::support::{client, new_root, placement_url};

const CUT: &str = r#""3g.20gb", "2x 1g.5gb""#;

/// One that waits a moment before each request: another moment for each seed.
fn slow_agent(root: RootUuid, mut seed: u64) -> (Proxy, Reconciler) {
    let proxy = Proxy::start(Box::new(move |_, moment| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pause = std::time::Duration::from_millis(if moment == Moment::Asked { seed >> 59 } else { 0 });
        Box::pin(async move {
            tokio::time::sleep(pause).await;
            Verdict::Go
        })
    }));
    let agent = agent(&proxy.url(), root);
    (proxy, agent)
}

async fn undisturbed(hosts: &[HostSnapshot]) -> BTreeMap<String, Shown> {
    let (root, _) = new_root(&client()).await;
    let mut agent = agent(&placement_url(), root);
    for host in hosts {
        assert!(agent.cycle(host, Pace::AtOnce, &mut Silent).await.converged());
    }
    tree(root).await
}

#[tokio::test]
async fn two_agents_of_one_root_converge() {
    let two = |a: &[(u32, u32)], b: &[(u32, u32)]| host([gpu(A, a), gpu(B, b)]);
    let hosts = [two(&[(9, 0), (19, 4), (19, 5)], &[(14, 0)]), two(&[(0, 0)], &[(14, 0), (14, 2)])];
    let expected = undisturbed(&hosts).await;
    for seed in 1..=4 {
        let (root, _) = new_root(&client()).await;
        let (_first_proxy, mut first) = slow_agent(root, seed);
        let (_second_proxy, mut second) = slow_agent(root, seed + 100);
        for host in &hosts {
            let (mut silent, mut quiet) = (Silent, Silent);
            let (one, two) = tokio::join!(
                first.cycle(host, Pace::AtOnce, &mut silent),
                second.cycle(host, Pace::AtOnce, &mut quiet)
            );
            for stopped in [one.stopped_by, two.stopped_by].into_iter().flatten() {
                assert_eq!(stopped.code, Code::Conflict, "seed {seed}: {stopped:?}");
            }
            assert_kept(&tree(root).await, "two agents at once");
            assert!(first.cycle(host, Pace::AtOnce, &mut Silent).await.converged(), "seed {seed}");
            let (_, decision) = second.decide(host, &mut Pace::AtOnce).await.unwrap();
            assert!(decision.plan.is_empty(), "seed {seed}: {:?}", decision.plan);
        }
        assert_eq!(tree(root).await, expected, "seed {seed}");
    }
}

#[tokio::test]
async fn a_global_trait_deleted_between_plan_and_apply_is_made_again() {
    let (root, _) = new_root(&client()).await;
    let board = Uuid::new_v4().simple().to_string().to_uppercase();
    let name = format!("CUSTOM_NVIDIA_BOARD_{board}");
    let deleted = format!("/traits/{name}");
    let proxy = before(
        |seen| seen.method == "PUT" && seen.target.ends_with("/traits"),
        move || {
            let deleted = deleted.clone();
            async move { drop(done("DELETE", &deleted, None).await) }
        },
    );
    let simulated = SimulatedHost::new(&a100(&format!("NVIDIA {board}"), CUT));
    let output = apply(&simulated, root, &proxy.url(), 0).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("looking again"), "{}", said(&output));
    let tree = tree(root).await;
    assert_eq!(tree.values().filter(|shown| shown.traits.contains(&name)).count(), 2);
}

/// Exit code and words when somebody under another root has the name, or the UUID, of our 1g.5gb.
async fn taken(by_name: bool) {
    let client = client();
    let (root, root_name) = new_root(&client).await;
    let (elsewhere, _) = new_root(&client).await;
    let (ours, other) = (identity(A, 19).uuid(root), Uuid::new_v4());
    let our_name = identity(A, 19).name(&root_name).unwrap().to_string();
    let (uuid, name) =
        if by_name { (other.to_string(), our_name) } else { (ours.to_string(), format!("live-{other}")) };
    let body = json!({ "uuid": uuid, "name": name, "parent_provider_uuid": elsewhere.to_string() });
    done("POST", "/resource_providers", Some(&body)).await;

    let simulated = SimulatedHost::new(&a100("NVIDIA A100-SXM4-40GB", CUT));
    let output = apply(&simulated, root, &placement_url(), 0).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(i32::from(Code::Taken.exit_code())), "{text}");
    let holder = if by_name { &uuid } else { &name };
    assert!(
        text.contains("NPA0303") && text.contains(holder) && text.contains(&elsewhere.to_string()),
        "{text}"
    );

    // When it is given up, the next run goes on.
    done("DELETE", &format!("/resource_providers/{uuid}"), None).await;
    let output = apply(&simulated, root, &placement_url(), 0).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[tokio::test]
async fn a_name_that_somebody_else_has() {
    taken(true).await;
}

#[tokio::test]
async fn a_uuid_that_somebody_else_has() {
    taken(false).await;
}

/// The root goes before the first request of that kind is forwarded, and what is under it.
async fn root_deleted(is_it: impl Fn(&Seen) -> bool + Send + 'static) {
    let (root, _) = new_root(&client()).await;
    let proxy = before(is_it, move || async move {
        for id in [19, 9] {
            call("DELETE", &format!("/resource_providers/{}", identity(A, id).uuid(root)), None).await;
        }
        delete(root.provider()).await;
    });
    let simulated = SimulatedHost::new(&a100("NVIDIA A100-SXM4-40GB", CUT));
    let output = apply(&simulated, root, &proxy.url(), 0).output().unwrap();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(i32::from(Code::RootMissing.exit_code())), "{text}");
    assert!(text.contains("NPA0301") && text.contains("nova-compute"), "{text}");
}

#[tokio::test]
async fn a_root_deleted_before_its_first_child_is_made() {
    root_deleted(|seen| seen.method == "POST").await;
}

#[tokio::test]
async fn a_root_deleted_while_a_child_gets_its_traits() {
    root_deleted(|seen| seen.method == "PUT" && seen.target.ends_with("/traits")).await;
}

#[tokio::test]
async fn a_root_deleted_while_a_child_gets_its_inventory() {
    root_deleted(|seen| seen.method == "PUT" && seen.target.ends_with("/inventories")).await;
}

#[tokio::test]
async fn a_root_deleted_while_it_is_read() {
    root_deleted(|seen| seen.target.ends_with("/traits")).await;
}

/// What vanishes while an answer of Placement is waited for has vanished then, not when the cycle began: a minute
/// from there nothing is made.
#[tokio::test]
async fn a_child_that_vanished_in_a_slow_cycle_stays_away_for_a_whole_minute() {
    let at = |seconds: u64| Time::new(std::time::Duration::from_secs(seconds));
    let (root, _) = new_root(&client()).await;
    let snapshot = host([gpu(A, &[(9, 0), (19, 4)])]);
    let policy = Policy { attachable: Attachable::Yes, ..Policy::default() };
    let (mut agent, mut memory) = (agent(&placement_url(), root), Memory::default());
    memory.see_hardware(&snapshot, &policy, at(0));
    let mut written = Vec::new();
    for (scanned, answered) in [(20, 20), (100, 150), (205, 205), (211, 211)] {
        memory.see_hardware(&snapshot, &policy, at(scanned));
        let clock = || at(answered);
        let pace = Pace::Settling(&mut memory, at(scanned), &clock);
        written.push(agent.cycle(&snapshot, pace, &mut Silent).await.written());
        if scanned == 20 {
            delete(identity(A, 19).uuid(root)).await;
        }
    }
    // Global traits may be new, too, in the first.
    assert!(written[0] >= 6, "{written:?}");
    assert_eq!(written[1..], [0, 0, 3]);
}

/// A proxy that does something before the first such request is forwarded.
pub(crate) fn before<F>(
    mut is_it: impl FnMut(&Seen) -> bool + Send + 'static,
    act: impl Fn() -> F + Send + 'static,
) -> Proxy
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut acted = false;
    Proxy::start(Box::new(move |seen, moment| {
        let now = !acted && moment == Moment::Asked && is_it(seen);
        acted |= now;
        let act = now.then(&act);
        Box::pin(async move {
            if let Some(act) = act {
                act.await;
            }
            Verdict::Go
        })
    }))
}
