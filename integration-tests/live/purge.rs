//! `purge` on a real Placement: what is used stays, what is empty goes, and nobody else's is touched.

use std::process::{Command, Output};

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::RootUuid;
use nvidia_placement_agent::reconciler::{Pace, Silent};
use serde_json::{Value, json};

use crate::command::{purge, said};
use crate::contention::before;
use crate::direct::{add_trait, call, done, get, listing, part, take, tree};
use crate::hosts::{A, B, agent, gpu, host, provider};
use crate::proxy::Proxy;
use crate::run::daemon::Setup;
use crate::support::{client, new_root, placement_url};

const DELETE: [&str; 3] = ["--delete", "--nova-compute-stopped", "--yes"];

/// A root with providers of two GPUs: a `3g.20gb` and two `1g.5gb`, and a `7g.40gb`.
async fn published() -> (RootUuid, String) {
    let (root, name) = new_root(&client()).await;
    let snapshot = host([gpu(A, &[(9, 0), (19, 4), (19, 5)]), gpu(B, &[(0, 0)])]);
    let cycle = agent(&placement_url(), root).cycle(&snapshot, Pace::AtOnce, &mut Silent).await;
    assert!(cycle.converged(), "{:?}", cycle.findings());
    (root, name)
}

fn ended(mut command: Command, exit: i32) -> String {
    let output: Output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(exit), "{}", said(&output));
    said(&output)
}

/// A verb's document, whatever its exit code.
fn document(root: RootUuid, words: &[&str]) -> Value {
    let output = purge(root, &placement_url(), words).args(["--format", "json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
}

#[tokio::test]
async fn what_is_used_is_drained_and_the_rest_is_parked_and_later_deleted() {
    let (root, _) = published().await;
    let before = tree(root).await;
    let used = provider(root, A, 19);
    let guest = take(used, "VGPU").await.unwrap();

    let shown = document(root, &[]);
    assert_eq!(
        (&shown["schema"], &shown["dry_run"], &shown["writes"]),
        (&json!("purge/v1"), &json!(true), &json!(5))
    );
    assert_eq!(tree(root).await.len(), before.len());
    assert_eq!(part(&used.to_string(), "inventories").await["VGPU"]["reserved"], 0, "only shown");

    let done_ = document(root, &["--yes"]);
    assert_eq!((&done_["written"], &done_["writes"]), (&json!(5), &json!(0)), "{done_:#}");
    let held = done_["providers"].as_array().unwrap().iter().find(|one| one["state"] == "drain").unwrap();
    assert_eq!(held["guests"][0]["consumer"], json!(guest));
    let codes: Vec<&Value> = done_["findings"].as_array().unwrap().iter().map(|f| &f["code"]).collect();
    assert!(codes.contains(&&json!("NPA0901")), "{codes:?}");
    let vgpu = part(&used.to_string(), "inventories").await["VGPU"].clone();
    assert_eq!((&vgpu["total"], &vgpu["reserved"]), (&json!(2), &json!(2)));
    assert_eq!(part(&used.to_string(), "traits").await.as_array().unwrap().len(), 4, "its traits stay");
    for (address, id) in [(A, 9), (B, 0)] {
        let uuid = provider(root, address, id).to_string();
        assert_eq!(part(&uuid, "inventories").await, json!({}));
        assert_eq!(part(&uuid, "traits").await, json!(["CUSTOM_NVIDIA_PLACEMENT_AGENT"]));
    }
    // Again: nothing is done twice.
    let again = ended(purge(root, &placement_url(), &["--yes"]), 50);
    assert!(again.contains("0 writes") && again.contains(&guest.to_string()), "{again}");

    done("DELETE", &format!("/allocations/{guest}"), None).await;
    let text = ended(purge(root, &placement_url(), &DELETE), 0);
    assert!(text.contains("Done: "), "{text}");
    assert_eq!(listing(root).await.len(), 1, "the root alone");
    assert!(ended(purge(root, &placement_url(), &DELETE), 0).contains("0 writes"));
}

#[tokio::test]
async fn deleting_spares_what_is_used() {
    let (root, _) = published().await;
    take(provider(root, A, 19), "VGPU").await.unwrap();
    let text = ended(purge(root, &placement_url(), &DELETE), 50);
    assert!(text.contains("NPA0901"), "{text}");
    let left: Vec<Value> = listing(root).await.into_iter().map(|listed| listed["uuid"].clone()).collect();
    assert_eq!(left.len(), 2);
    assert!(left.contains(&json!(provider(root, A, 19).to_string())));
}

#[tokio::test]
async fn deleting_wants_a_word_about_nova_compute_before_anybody_is_asked() {
    let (root, _) = published().await;
    let proxy = Proxy::recording();
    for words in [&["--delete"][..], &["--delete", "--yes"]] {
        let text = ended(purge(root, &proxy.url(), words), 51);
        assert!(
            text.contains("NPA0902") && text.contains("300 s") && text.contains("association_refresh"),
            "{text}"
        );
    }
    assert!(proxy.take().is_empty());
    for wrong in [
        &["--nova-compute-stopped"][..],
        &["--delete", "--nova-compute-stopped", "--nova-compute-will-restart"],
    ] {
        ended(purge(root, &proxy.url(), wrong), 64);
    }
    let text = ended(purge(root, &placement_url(), &["--delete", "--nova-compute-will-restart", "--yes"]), 0);
    assert!(text.contains("Now restart nova-compute"), "{text}");
}

#[tokio::test]
async fn another_host_is_purged_from_anywhere_and_the_own_one_is_not() {
    let ((own, _), (other, name)) = (published().await, published().await);
    let before = tree(own).await;
    for host in [name, other.to_string()] {
        let text = ended(purge(own, &placement_url(), &["--host", &host, "--yes"]), 0);
        assert!(text.contains("NPA0904"), "nobody can see an agent there: {text}");
    }
    assert!(tree(other).await.values().all(|shown| shown.offered() == 0));
    assert_eq!(tree(own).await, before);
    let text = ended(purge(own, &placement_url(), &["--host", "nosuch.example.org"]), 30);
    assert!(text.contains("nosuch.example.org"), "{text}");
    // The own one, by its name: known to be here.
    let text = ended(purge(own, &placement_url(), &["--host", &own.to_string(), "--yes"]), 0);
    assert!(!text.contains("NPA0904"), "{text}");
}

#[tokio::test]
async fn a_writer_in_between_is_met_and_what_he_wrote_stays() {
    const THEIRS: &str = "CUSTOM_LIVE_GOLD";
    let (root, _) = published().await;
    call("PUT", &format!("/traits/{THEIRS}"), None).await;
    let written = provider(root, A, 9);
    let is_it = move |seen: &crate::proxy::Seen| {
        seen.method == "PUT" && seen.target == format!("/resource_providers/{written}/inventories")
    };
    let proxy = before(is_it, move || async move { assert!(add_trait(written, THEIRS).await) });
    let text = ended(purge(root, &proxy.url(), &["--yes"]), 0);
    assert!(text.contains("looking again"), "{text}");
    let traits = part(&written.to_string(), "traits").await;
    assert!(
        traits.as_array().unwrap().contains(&json!(THEIRS)) && traits.as_array().unwrap().len() == 2,
        "{traits}"
    );
    assert_eq!(part(&written.to_string(), "inventories").await, json!({}));
}

#[tokio::test]
async fn a_guest_that_comes_in_between_keeps_its_provider() {
    let (root, _) = published().await;
    let taken = provider(root, A, 19);
    let is_it = move |seen: &crate::proxy::Seen| {
        seen.method == "PUT" && seen.target == format!("/resource_providers/{taken}/inventories")
    };
    let proxy = before(is_it, move || async move {
        take(taken, "VGPU").await.unwrap();
    });
    let text = ended(purge(root, &proxy.url(), &DELETE), 50);
    assert!(text.contains("looking again"), "{text}");
    let vgpu = get(&format!("/resource_providers/{taken}/inventories")).await["inventories"]["VGPU"].clone();
    assert_eq!((&vgpu["total"], &vgpu["reserved"]), (&json!(2), &json!(2)));
    assert_eq!(listing(root).await.len(), 2);
}

#[tokio::test]
async fn an_agent_that_runs_here_is_not_worked_against() {
    let simulated = SimulatedHost::new(&crate::command::a100("NVIDIA A100", r#""3g.20gb""#));
    let (root, _) = new_root(&client()).await;
    let setup = Setup::new(&simulated, root, &placement_url());
    let mut daemon = setup.start();
    daemon.settled().await;
    let before = tree(root).await;
    let run = |words: &[&str], exit: i32| {
        let mut command = setup.command("purge");
        command.args(words);
        ended(command, exit)
    };
    let text = run(&["--yes"], 52);
    assert!(text.contains("NPA0903") && text.contains("systemctl disable --now"), "{text}");
    assert_eq!(tree(root).await, before);
    // What would be done may be looked at.
    assert!(run(&[], 52).contains("--yes"));
    daemon.stop();
    run(&["--yes"], 0);
    assert!(tree(root).await.values().all(|shown| shown.offered() == 0));
}
