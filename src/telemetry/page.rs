//! What people are shown: the status page, and what its messages mean.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderName;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::App;
use crate::report::html;

/// The routes.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(page)).route("/messages", get(messages))
}

async fn page(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let refresh =
        if query.as_deref() == Some("refresh=off") { html::Refresh::Off } else { html::Refresh::On };
    let now = app.clock.now();
    guarded(html::page(&app.status.borrow(), now, refresh))
}

async fn messages() -> Response {
    guarded(html::manual())
}

/// The page with all that keeps a browser from doing anything with it but show it.
fn guarded(page: String) -> Response {
    let headers: [(HeaderName, &str); 8] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, html::policy()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    (headers, page).into_response()
}
