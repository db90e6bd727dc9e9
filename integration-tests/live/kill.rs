//! The real binary, killed at every step: the next run converges to what an undisturbed one leaves behind.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{Code, RootUuid};
use nvidia_placement_agent::reconciler::{Pace, Silent};
use uuid::Uuid;

use crate::command::{a100, apply, purge, said, scan, start};
use crate::direct::{Shown, take, tree};
use crate::hosts::{A, agent, provider};
use crate::promise::assert_kept;
use crate::proxy::{Moment, Proxy, Verdict, at_once};
use crate::support::{client, new_root, placement_url};

/// What happens: the host was cut like this before, with a guest on a 1g.5gb, and is cut like that now.
#[derive(Clone, Copy)]
struct Story {
    before: Option<&'static str>,
    guest: bool,
    now: &'static str,
    what: What,
}

/// What is killed.
#[derive(Clone, Copy)]
enum What {
    Apply,
    Purge,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Instant {
    /// Placement has done it, and the agent does not know.
    BeforeTheAnswer,
    /// The agent knows, and wants to send its next request.
    AfterTheAnswer,
}

/// A root with the story's past; the host's board has a name of its own, for a trait that nobody has yet.
struct Scene {
    root: RootUuid,
    board: String,
    story: Story,
}

impl Scene {
    async fn new(story: Story, host: &SimulatedHost) -> Scene {
        let (root, _) = new_root(&client()).await;
        let board = Uuid::new_v4().simple().to_string().to_uppercase();
        let product = format!("NVIDIA {board}");
        if let Some(before) = story.before {
            host.rewrite(&a100(&product, before));
            let cycle =
                agent(&placement_url(), root).cycle(&scan(host).await, Pace::AtOnce, &mut Silent).await;
            assert!(cycle.converged(), "{:?}", cycle.findings());
            if story.guest {
                take(provider(root, A, 19), "VGPU").await.unwrap();
            }
        }
        host.rewrite(&a100(&product, story.now));
        Scene { root, board, story }
    }

    fn command(&self, host: &SimulatedHost, url: &str) -> Command {
        match self.story.what {
            What::Apply => apply(host, self.root, url, 0),
            What::Purge => purge(self.root, url, &["--delete", "--nova-compute-stopped", "--yes"]),
        }
    }

    async fn tree(&self) -> BTreeMap<String, Shown> {
        let mut tree = tree(self.root).await;
        for shown in tree.values_mut() {
            shown.traits = shown.traits.iter().map(|name| name.replace(&self.board, "IT")).collect();
        }
        tree
    }

    /// Runs it to its end.
    async fn converges(&self, host: &SimulatedHost) -> BTreeMap<String, Shown> {
        let output = self.command(host, &placement_url()).output().unwrap();
        let exit = match self.story.what {
            What::Purge if self.story.guest => i32::from(Code::StillUsed.exit_code()),
            _ => 0,
        };
        assert_eq!(output.status.code(), Some(exit), "{}", said(&output));
        self.tree().await
    }

    /// Kills it at that instant of its k-th request. Whether it lived long enough for that.
    fn killed(&self, host: &SimulatedHost, k: usize, instant: Instant) -> bool {
        let child: Arc<Mutex<Option<Child>>> = Arc::default();
        let victim = Arc::clone(&child);
        let mut killed = false;
        let proxy = Proxy::start(at_once(move |seen, moment| {
            killed |= match instant {
                Instant::BeforeTheAnswer => seen.number == k && moment == Moment::Answered,
                Instant::AfterTheAnswer => seen.number == k + 1 && moment == Moment::Asked,
            };
            if !killed {
                return Verdict::Go;
            }
            kill(&victim);
            Verdict::Drop
        }));
        *child.lock().unwrap() = Some(start(self.command(host, &proxy.url())));
        loop {
            let ended = child.lock().unwrap().as_mut().unwrap().try_wait().unwrap();
            match ended {
                Some(status) => return status.code().is_none(),
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }
}

/// SIGKILL to the child that was started, as soon as there is one.
fn kill(child: &Mutex<Option<Child>>) {
    while child.lock().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.lock().unwrap().as_mut().unwrap().kill().unwrap();
}

async fn at_every_step(story: Story, least: usize) {
    let host = SimulatedHost::new("");
    let expected = Scene::new(story, &host).await.converges(&host).await;
    for instant in [Instant::BeforeTheAnswer, Instant::AfterTheAnswer] {
        for k in 1.. {
            let scene = Scene::new(story, &host).await;
            if !scene.killed(&host, k, instant) {
                assert!(k > least, "only {k} requests: this does not test what it should");
                break;
            }
            let when = format!("killed {instant:?} of request {k}");
            if instant == Instant::BeforeTheAnswer {
                // Placement is the same at both instants, and one look at it costs more than the run.
                assert_kept(&scene.tree().await, &when);
            }
            assert_eq!(scene.converges(&host).await, expected, "{when}");
        }
    }
}

#[tokio::test]
async fn a_first_sync_killed_at_every_step() {
    at_every_step(
        Story { before: None, guest: false, now: r#""3g.20gb", "2x 1g.5gb""#, what: What::Apply },
        10,
    )
    .await;
}

#[tokio::test]
async fn a_reslice_killed_at_every_step() {
    let before = Some(r#""3g.20gb", "2x 1g.5gb""#);
    at_every_step(Story { before, guest: false, now: r#""7g.40gb""#, what: What::Apply }, 8).await;
}

#[tokio::test]
async fn a_drain_killed_at_every_step() {
    // Seven on offer and one in use: before they are reserved, none of the halves may be offered.
    let before = Some(r#""7x 1g.5gb""#);
    at_every_step(Story { before, guest: true, now: r#""2x 3g.20gb""#, what: What::Apply }, 8).await;
}

#[tokio::test]
async fn a_purge_killed_at_every_step() {
    let cut = r#""3g.20gb", "2x 1g.5gb""#;
    at_every_step(Story { before: Some(cut), guest: true, now: cut, what: What::Purge }, 6).await;
}
