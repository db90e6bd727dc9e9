//! What can be asked with GET, the same over TCP and over the Unix socket: nothing here changes anything.
//!
//! Everything is answered from what the loop told last, so that a question costs the hardware and Placement
//! nothing and cannot be kept waiting by them.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde::Serialize;
use tokio::sync::watch;

use super::ready::ready;
use crate::model::{Code, Finding, Guests, Moment, Status};
use crate::report::json;

/// What time it is. Nobody but main looks at a clock.
pub trait Clock: Send + Sync + 'static {
    /// On the clock of the status.
    fn now(&self) -> Moment;
}

/// What the answers are made from.
#[derive(Clone)]
pub struct App {
    pub(super) status: watch::Receiver<Status>,
    clock: Arc<dyn Clock>,
}

impl App {
    /// Answers with what the loop tells there.
    pub fn new(status: watch::Receiver<Status>, clock: Arc<dyn Clock>) -> Self {
        App { status, clock }
    }

    /// The routes. A page for people is one more of them.
    pub(super) fn routes(self) -> Router {
        Router::new()
            .route("/healthz", get(|| async { "ok: the agent runs\n" }))
            .route("/readyz", get(readiness))
            .route("/api/v1/status", get(status))
            .route("/api/v1/host", get(host))
            .route("/api/v1/plan", get(plan))
            .route("/api/v1/apply", get(apply))
            .route("/api/v1/tree", get(tree))
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
    let hardware = app.status.borrow().hardware.clone();
    document(
        "the GPUs",
        hardware.map(|seen| {
            let none = std::collections::BTreeMap::new();
            json::Discover::new(&seen.snapshot, &seen.prospects, &none, &seen.findings, None)
        }),
    )
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
    let tree = app.status.borrow().tree.clone();
    document("the tree", tree.map(|tree| json::Tree::new(&tree, &Guests::new())))
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
