mod full;
mod http;
mod metrics;
mod ready;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::registry::Registry;
use tokio::sync::watch;

use super::*;
use crate::model::{Code, CycleNote, Finding, Moment, Outcome, Samples, Status, Wake};
use crate::report;

/// A clock that stands still.
struct At(u64);

impl Clock for At {
    fn now(&self) -> Moment {
        Moment::new(Duration::from_secs(self.0))
    }

    fn wall(&self) -> Duration {
        Duration::from_secs(1_800_000_000)
    }
}

/// What answers for that status, 100 s after the start; the sender must live as long.
fn app(status: Status) -> (watch::Sender<Status>, App) {
    app_of(status, Samples::default(), registry())
}

fn app_of(status: Status, samples: Samples, registry: Registry) -> (watch::Sender<Status>, App) {
    let (sender, receiver) = watch::channel(status);
    let samples = watch::channel(samples).1;
    let shown = Shown { status: receiver, samples, host: "cmp1".to_owned() };
    (sender, App::new(shown, Arc::new(At(100)), registry))
}

struct Fixed(Result<&'static str, &'static str>);

impl Control for Fixed {
    fn ask(&self, what: Ask) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        let answer = self.0.map(|line| format!("{line} {what:?}")).map_err(str::to_owned);
        Box::pin(async { answer })
    }
}

fn with_agent<T>(control: Fixed, test: impl AsyncFnOnce(&std::path::Path) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.sock");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (_sender, app) = app(Status { cycles: 7, waiting: "for rain".to_owned(), ..Status::default() });
        let socket = Socket::bind(&path).unwrap();
        tokio::select! {
            () = socket.serve(app, Arc::new(control)) => panic!("it stopped"),
            result = test(&path) => result,
        }
    })
}

#[test]
fn the_status_is_a_document() {
    let text = with_agent(Fixed(Ok("")), async |path| ask(path, None).await).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&document["schema"], &document["cycles"]), (&"status/v1".into(), &7.into()));
}

#[test]
fn the_last_cycles_are_told_with_their_age() {
    let mut status = Status { cycles: 30, ..Status::default() };
    for second in 60..90 {
        status.note(CycleNote {
            ended: Moment::new(Duration::from_secs(second)),
            wake: Wake::Interval,
            took: Duration::from_micros(12_345),
            written: 2,
            outcome: Outcome::Stopped,
            stopped_by: Some(Finding::new(Code::Unreachable, "Placement", "refused", "wait")),
            steps: Vec::new(),
            steps_left_out: 3,
        });
    }
    let document = report::json::Status::new(&status, Moment::new(Duration::from_secs(100)));
    assert_eq!(document.history.len(), 20);
    insta::assert_json_snapshot!(document.history.last().unwrap());
}

#[test]
fn questions_reach_the_loop_and_answers_come_back() {
    with_agent(Fixed(Ok("yes")), async |path| {
        assert_eq!(ask(path, Some(Ask::Release)).await.unwrap(), "yes Release\n");
        assert_eq!(ask(path, Some(Ask::Resume)).await.unwrap(), "yes Resume\n");
        assert_eq!(ask(path, Some(Ask::Cycle)).await.unwrap(), "yes Cycle\n");
    });
    let error = with_agent(Fixed(Err("busy")), async |path| ask(path, Some(Ask::Cycle)).await).unwrap_err();
    assert!(error.to_string().contains("busy"), "{error}");
}

#[test]
fn the_file_goes_with_the_agent_and_a_left_one_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.sock");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _guard = runtime.enter();
    std::mem::drop(Socket::bind(&path).unwrap());
    assert!(path.exists(), "a killed agent leaves it");
    Socket::bind(&path).unwrap();
    let nobody = runtime.block_on(ask(&folder.path().join("none.sock"), None)).unwrap_err();
    assert!(nobody.to_string().contains("none.sock"));
}
