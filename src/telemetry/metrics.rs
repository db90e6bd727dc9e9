//! `/metrics`: the registry as Prometheus reads it. A scrape reads memory alone: no call into NVML, no request.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;

use super::App;

/// What all names begin with.
pub const PREFIX: &str = "nvidia_placement_agent";

/// OpenMetrics, for whoever asks for it.
const OPENMETRICS: &str = "application/openmetrics-text";

/// A registry whose names begin as they should, for everything that counts.
pub fn registry() -> Registry {
    Registry::with_prefix(PREFIX)
}

/// Answers with the registry.
pub(super) async fn metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let open = accepts.contains(OPENMETRICS);
    match encoded(&app.registry, open) {
        Ok((kind, body)) => ([(CONTENT_TYPE, kind)], body).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "the metrics cannot be written\n").into_response(),
    }
}

/// The text, and what kind of text it is.
pub(super) fn encoded(
    registry: &Arc<Registry>,
    open: bool,
) -> Result<(&'static str, String), std::fmt::Error> {
    let mut body = String::new();
    if open {
        text::encode(&mut body, registry)?;
        Ok(("application/openmetrics-text; version=1.0.0; charset=utf-8", body))
    } else {
        prometheus_text::encode(&mut body, registry)?;
        Ok((prometheus_text::CONTENT_TYPE, body))
    }
}
