//! The Unix socket: what the listener answers, and the questions of [`Ask`]. HTTP, so that curl can speak to it:
//! `curl --unix-socket /run/nvidia-placement-agent/agent.sock http://agent/api/v1/status`.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{self, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::{UnixListener, UnixStream};

use super::serve::serve;
use super::{App, Ask, Control};

/// Whoever is asked answers within this, or is said not to.
const PATIENCE: Duration = Duration::from_secs(10);

/// The listening socket. Its file is removed when it is dropped.
#[derive(Debug)]
pub struct Socket {
    path: PathBuf,
    listener: UnixListener,
}

impl Socket {
    /// Listens there, in place of a file that a killed agent left. Call it with the lock held.
    ///
    /// # Errors
    /// The folder is not there or may not be written.
    pub fn bind(path: &Path) -> io::Result<Socket> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
        Ok(Socket { path: path.to_owned(), listener })
    }

    /// Answers for as long as it is polled.
    pub async fn serve(self, app: App, control: Arc<dyn Control>) {
        struct Remove(PathBuf);
        impl Drop for Remove {
            fn drop(&mut self) {
                let _ = std::fs::remove_file(&self.0);
            }
        }
        let _remove = Remove(self.path);
        let questions = Router::new()
            .route("/api/v1/cycle", post(|state| put(state, Ask::Cycle)))
            .route("/api/v1/release", post(|state| put(state, Ask::Release)))
            .route("/api/v1/resume", post(|state| put(state, Ask::Resume)))
            .route("/api/v1/heal/{gpu}", post(heal))
            .with_state(control);
        serve(self.listener, app.routes().merge(questions)).await;
    }
}

async fn heal(state: State<Arc<dyn Control>>, gpu: extract::Path<String>) -> Response {
    match gpu.parse() {
        Ok(gpu) => put(state, Ask::Heal(gpu)).await,
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}

async fn put(State(control): State<Arc<dyn Control>>, what: Ask) -> Response {
    match tokio::time::timeout(PATIENCE, control.ask(what)).await {
        Ok(Ok(line)) => (StatusCode::OK, format!("{line}\n")).into_response(),
        Ok(Err(error)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
        Err(_) => {
            let line = "the agent is busy with a cycle, and nothing was changed: ask again (`status` tells what it waits for)\n";
            (StatusCode::SERVICE_UNAVAILABLE, line).into_response()
        }
    }
}

/// Why a running agent did not answer.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Nobody listens.
    #[error("no agent listens on {}: {cause}", path.display())]
    Nobody {
        /// The socket's path.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Somebody listens and does not answer as the agent does.
    #[error("the agent on {} did not answer: {cause}", path.display())]
    NoAnswer {
        /// The socket's path.
        path: PathBuf,
        /// What happened.
        cause: String,
    },
}

/// Asks the agent that listens there: `GET /api/v1/status` without a question. Gives the body.
///
/// # Errors
/// See [`SocketError`].
pub async fn ask(path: &Path, what: Option<Ask>) -> Result<String, SocketError> {
    let nobody = |cause| SocketError::Nobody { path: path.to_owned(), cause };
    let stream = UnixStream::connect(path).await.map_err(nobody)?;
    let answer = tokio::time::timeout(2 * PATIENCE, exchange(stream, what)).await;
    let answer = answer.unwrap_or_else(|_| Err("no answer in time".to_owned()));
    answer.map_err(|cause| SocketError::NoAnswer { path: path.to_owned(), cause })
}

async fn exchange(stream: UnixStream, what: Option<Ask>) -> Result<String, String> {
    let (method, path) = match what {
        None => (Method::GET, "/api/v1/status".to_owned()),
        Some(Ask::Cycle) => (Method::POST, "/api/v1/cycle".to_owned()),
        Some(Ask::Release) => (Method::POST, "/api/v1/release".to_owned()),
        Some(Ask::Resume) => (Method::POST, "/api/v1/resume".to_owned()),
        Some(Ask::Heal(gpu)) => (Method::POST, format!("/api/v1/heal/{gpu}")),
    };
    let said = |error: hyper::Error| error.to_string();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    let request =
        Request::builder().method(method).uri(path).header("host", "agent").body(Empty::<Bytes>::new());
    let request = request.map_err(|error| error.to_string())?;
    let talk = async {
        let response = sender.send_request(request).await.map_err(said)?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(said)?.to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        if status.is_success() { Ok(text) } else { Err(text.trim().to_owned()) }
    };
    tokio::pin!(connection);
    tokio::pin!(talk);
    tokio::select! {
        answer = &mut talk => answer,
        ended = &mut connection => match ended {
            Ok(()) => talk.await,
            Err(error) => Err(error.to_string()),
        },
    }
}
