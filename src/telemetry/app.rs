//! What can be asked with GET, the same over TCP and over the Unix socket: nothing here changes anything.
//!
//! Everything is answered from what the loop told last, so that a question costs the hardware and Placement
//! nothing and cannot be kept waiting by them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use prometheus_client::registry::Registry;
use serde::Serialize;
use tokio::sync::watch;

use super::gpu_metrics::GpuMetrics;
use super::metrics::metrics;
use super::ready::ready;
use super::status_metrics::StatusMetrics;
use crate::model::{Code, Finding, Guests, Hardware, Moment, Samples, Status};
use crate::report::json;

/// What time it is. Nobody but main looks at a clock.
pub trait Clock: Send + Sync + 'static {
    /// On the clock of the status.
    fn now(&self) -> Moment;
    /// On the wall, since the epoch: to be shown, and for nothing else.
    fn wall(&self) -> Duration;
}

/// Where what is shown comes from.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The loop.
    pub status: watch::Receiver<Status>,
    /// What moves by itself.
    pub samples: watch::Receiver<Samples>,
    /// What this host is called.
    pub host: String,
}

/// What the answers are made from.
#[derive(Clone)]
pub struct App {
    pub(super) status: watch::Receiver<Status>,
    samples: watch::Receiver<Samples>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) registry: Arc<Registry>,
}

impl App {
    /// Answers with what is told there, and with the metrics of that registry and of all of it.
    pub fn new(shown: Shown, clock: Arc<dyn Clock>, mut registry: Registry) -> Self {
        let Shown { status, samples, host } = shown;
        let of_status = StatusMetrics { status: status.clone(), clock: Arc::clone(&clock) };
        registry.register_collector(Box::new(of_status));
        let of_gpus =
            GpuMetrics { samples: samples.clone(), status: status.clone(), clock: Arc::clone(&clock), host };
        registry.register_collector(Box::new(of_gpus));
        App { status, samples, clock, registry: Arc::new(registry) }
    }

    /// The routes.
    pub(super) fn routes(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok: the agent runs\n" }))
            .route("/readyz", get(readiness))
            .route("/metrics", get(metrics))
            .route("/api/v1/status", get(status))
            .route("/api/v1/host", get(host))
            .route("/api/v1/plan", get(plan))
            .route("/api/v1/apply", get(apply))
            .route("/api/v1/tree", get(tree))
            .merge(super::page::routes())
            .with_state(self)
    }
}

async fn readiness(State(app): State<App>) -> Response {
    match ready(&app.status.borrow(), app.clock.now()) {
        Ok(line) => format!("ready: {line}\n").into_response(),
        Err(line) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {line}\n")).into_response(),
    }
}

async fn status(State(app): State<App>) -> Response {
    let now = app.clock.now();
    Json(json::Status::new(&app.status.borrow(), now)).into_response()
}

async fn host(State(app): State<App>) -> Response {
    let now = app.clock.now();
    let samples = app.samples.borrow();
    let fresh = samples.gpus.iter().filter(|(_, sample)| sample.is_fresh(now));
    let figures = fresh.map(|(address, sample)| (*address, sample.figures.clone())).collect();
    let hardware = app.status.borrow().hardware.clone();
    let discover = |seen: Arc<Hardware>| {
        json::Discover::new(&seen.snapshot, &seen.prospects, &figures, &seen.findings, None)
    };
    document("the GPUs", hardware.map(discover))
}

async fn plan(State(app): State<App>) -> Response {
    let status = app.status.borrow();
    let decision = status.cycle.rounds.last().map(|round| &round.decision);
    document(
        "a decision",
        status.tree.as_ref().zip(decision).map(|(tree, decision)| json::Plan::new(tree, decision)),
    )
}

async fn apply(State(app): State<App>) -> Response {
    let status = app.status.borrow();
    document("a cycle", (status.cycles > 0).then(|| json::Apply::from(&status.cycle)))
}

async fn tree(State(app): State<App>) -> Response {
    let status = app.status.borrow();
    let nobody = Guests::new();
    let guests = status.guests(app.clock.now()).unwrap_or(&nobody);
    let tree = status.tree.as_ref().map(|tree| tree.held_by(guests));
    document("the tree", tree.map(|tree| json::Tree::new(&tree, guests)))
}

/// What the loop has not seen yet, nobody can be shown.
fn document(what: &str, document: Option<impl Serialize>) -> Response {
    match document {
        Some(document) => Json(document).into_response(),
        None => {
            let finding = Finding::new(
                Code::NotSeenYet,
                "the running agent",
                format!("{what} has not been seen since it started"),
                "ask again; /readyz says what it waits for",
            );
            (StatusCode::SERVICE_UNAVAILABLE, Json(json::Error::new(&[finding]))).into_response()
        }
    }
}
