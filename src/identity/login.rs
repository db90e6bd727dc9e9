//! One login: `POST /v3/auth/tokens`, and what comes back.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::time::Instant;
use url::Url;

use super::catalog::Service;
use super::http::retry_after;
use super::text::{causes, excerpt, scrub, shown};
use super::{AuthMethod, IdentityError};

/// A token is renewed this long before it expires, or a tenth of its life before, whichever is less.
const RENEW_AHEAD: Duration = Duration::from_secs(300);

/// What a login gives.
pub(super) struct Session {
    pub(super) token: SecretString,
    pub(super) renew_at: Instant,
    pub(super) expires_at: Instant,
    pub(super) catalog: Vec<Service>,
}

#[derive(Deserialize)]
struct Answer {
    token: Token,
}

#[derive(Deserialize)]
struct Token {
    issued_at: Timestamp,
    expires_at: Timestamp,
    #[serde(default)]
    catalog: Vec<Service>,
    #[serde(default)]
    project: Option<IgnoredAny>,
    #[serde(default)]
    domain: Option<IgnoredAny>,
    #[serde(default)]
    system: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: ErrorBody,
}

#[derive(Deserialize)]
struct ErrorBody {
    message: String,
}

/// Logs in.
///
/// # Errors
/// Everything that [`IdentityError`] has, but for the catalogue.
pub(super) async fn login(
    http: &reqwest::Client,
    url: &Url,
    method: &AuthMethod,
) -> Result<Session, IdentityError> {
    // Before the request: the token's life has begun when the answer arrives.
    let started = Instant::now();
    let response = http
        .post(url.clone())
        .header("Accept", "application/json")
        .json(&method.body())
        .send()
        .await
        .map_err(|error| broken(url, error))?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let text = response.text().await.map_err(|error| broken(url, error))?;
    let text = scrub(text, method.secret().expose_secret());
    let elapsed_ms = started.elapsed().as_millis();
    tracing::debug!("keystone login at {url}: {status} after {elapsed_ms} ms", url = shown(url));
    if status == 201 {
        session(url, method, &headers, &text, started)
    } else {
        Err(refusal(url, method, status, &headers, &text))
    }
}

fn session(
    url: &Url,
    method: &AuthMethod,
    headers: &HeaderMap,
    text: &str,
    started: Instant,
) -> Result<Session, IdentityError> {
    // The body has no secret; the header alone is the token.
    let nonsense = |what: String| IdentityError::Nonsense { url: shown(url), what, excerpt: excerpt(text) };
    let token = headers
        .get("X-Subject-Token")
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| nonsense("no X-Subject-Token in a 201 answer".to_owned()))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let Answer { token: body } =
        serde_path_to_error::deserialize(&mut json).map_err(|error| nonsense(error.to_string()))?;
    // The difference of two of Keystone's own times: the local clock may be wrong.
    let life = Duration::try_from(body.expires_at.duration_since(body.issued_at))
        .ok()
        .filter(|life| !life.is_zero())
        .ok_or_else(|| nonsense(format!("the token expires at {}, before it is issued", body.expires_at)))?;
    match (&body.project, &body.domain, &body.system) {
        (Some(_), ..) => {}
        (None, None, None) => {
            return Err(IdentityError::Unscoped { url: shown(url), who: method.to_string() });
        }
        _ => {
            tracing::warn!("the token of {method} is for no project: Placement expects one and may refuse it")
        }
    }
    Ok(Session {
        token: SecretString::from(token),
        renew_at: started + (life - RENEW_AHEAD.min(life / 10)),
        expires_at: started + life,
        catalog: body.catalog,
    })
}

fn refusal(url: &Url, method: &AuthMethod, status: u16, headers: &HeaderMap, text: &str) -> IdentityError {
    let (url, who) = (shown(url), method.to_string());
    let error = serde_json::from_str::<ErrorAnswer>(text).ok().map(|answer| excerpt(&answer.error.message));
    match (status, error) {
        (429 | 500 | 502..=504, _) => {
            IdentityError::Unavailable { url, status, retry_after: retry_after(headers) }
        }
        // To a token that it does not know (any more), Keystone says 404.
        (404, Some(detail)) if matches!(method, AuthMethod::Token(_)) => {
            IdentityError::Unauthorized { url, who, detail }
        }
        (401 | 403, Some(detail)) => IdentityError::Unauthorized { url, who, detail },
        (400..=499, Some(detail)) => IdentityError::Refused { url, who, status, detail },
        (300..=399, _) => {
            let to = headers.get("Location").and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
            IdentityError::Nonsense {
                url,
                what: format!("{status}, a redirect to {to}"),
                excerpt: excerpt(text),
            }
        }
        _ => IdentityError::Nonsense { url, what: format!("status {status}"), excerpt: excerpt(text) },
    }
}

fn broken(url: &Url, error: reqwest::Error) -> IdentityError {
    let (timed_out, url) = (error.is_timeout(), shown(url));
    let cause = causes(&error.without_url());
    if timed_out { IdentityError::TimedOut { url, cause } } else { IdentityError::Unreachable { url, cause } }
}
