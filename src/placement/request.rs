//! How a request travels: token, headers, one attempt, the next attempts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;
use uuid::Uuid;

use crate::identity::text::{causes, scrub, shown};
use crate::identity::{Class, TokenSource};

use super::answer::{Answer, refusal};
use super::meters::Meters;
use super::{Call, MICROVERSION, PlacementError};

/// The first pause between two attempts; it doubles, and as much again is drawn by lot.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause of our own.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The longest `Retry-After` that is waited for inside a request; a longer one is the loop's to wait.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);

/// One request, before it is sent.
#[derive(Debug)]
pub(super) struct Request {
    method: Method,
    path: String,
    query: Option<String>,
    body: Option<Value>,
    microversion: &'static str,
}

impl Request {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Request::of(Method::GET, path, None)
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Request::of(Method::DELETE, path, None)
    }

    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Request::of(Method::POST, path, Some(body))
    }

    pub(super) fn put(path: impl Into<String>, body: Option<Value>) -> Self {
        Request::of(Method::PUT, path, body)
    }

    fn of(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Request { method, path: path.into(), query: None, body, microversion: MICROVERSION }
    }

    /// With a query string, encoded already.
    pub(super) fn query(mut self, query: impl Into<String>) -> Self {
        self.query = Some(query.into());
        self
    }

    /// With another microversion than [`MICROVERSION`].
    pub(super) fn microversion(mut self, microversion: &'static str) -> Self {
        self.microversion = microversion;
        self
    }

    fn call(&self) -> Box<Call> {
        let path = match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        };
        let request_id = format!("req-{}", Uuid::new_v4());
        Box::new(Call { method: self.method.to_string(), path, request_id })
    }

    fn url(&self, endpoint: &Url) -> Url {
        let mut url = endpoint.clone();
        url.set_path(&format!("{}{}", endpoint.path().trim_end_matches('/'), self.path));
        url.set_query(self.query.as_deref());
        url
    }
}

/// Everything that it takes to send a request.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) http: reqwest::Client,
    pub(super) tokens: Arc<dyn TokenSource>,
    pub(super) retries: usize,
    pub(super) patience: Duration,
    /// The last request was given up on. Until one is answered, each is tried once only: the loop waits between
    /// them already, and a fleet that insists is what a service that comes back needs least.
    pub(super) down: AtomicBool,
    pub(super) meters: Meters,
}

impl Transport {
    /// Sends it. What may pass by itself is tried again; a token that is refused is replaced, once.
    ///
    /// Every write may be repeated although its first answer was lost: Placement then answers 409, for a
    /// `PUT` because the generation moved, for a `POST` because the provider exists, and the caller looks
    /// again.
    pub(super) async fn send(&self, request: &Request) -> Result<Answer, PlacementError> {
        match self.persist(request).await {
            Err(PlacementError::Unauthorized { .. }) => self.persist(request).await,
            outcome => outcome,
        }
    }

    async fn persist(&self, request: &Request) -> Result<Answer, PlacementError> {
        let deadline = Instant::now() + self.patience;
        let retries = if self.down.load(Ordering::Relaxed) { 0 } else { self.retries };
        let pauses = ExponentialBuilder::new()
            .with_min_delay(FIRST_PAUSE)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(retries)
            .with_jitter();
        let outcome = (|| self.attempt(request))
            .retry(pauses)
            .when(|error: &PlacementError| error.class() == Class::Retry)
            .adjust(|error, pause| {
                let asked = error.retry_after().unwrap_or_default().min(LONGEST_RETRY_AFTER);
                pause.map(|pause| pause + asked).filter(|pause| Instant::now() + *pause < deadline)
            })
            .notify(|error, pause| tracing::debug!("trying again in {pause:.1?}: {error}"))
            .await;
        let down = outcome.as_ref().is_err_and(|error| error.class() == Class::Retry);
        self.down.store(down, Ordering::Relaxed);
        outcome
    }

    async fn attempt(&self, request: &Request) -> Result<Answer, PlacementError> {
        let token = self.tokens.token().await?;
        let endpoint = self.tokens.endpoint().await?;
        let call = request.call();
        let started = Instant::now();
        let outcome = self.exchange(request, &endpoint, &token, &call).await;
        let elapsed = started.elapsed();
        let status = outcome.as_ref().ok().map(|(status, ..)| *status);
        self.meters.asked(request.method.as_str(), &request.path, status, elapsed);
        let elapsed_ms = elapsed.as_millis();
        let Call { method, path, request_id } = call.as_ref();
        let (status, headers, text) = match outcome {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(%request_id, "{method} {path}: no answer after {elapsed_ms} ms: {error}");
                return Err(error);
            }
        };
        tracing::debug!(%request_id, "{method} {path}: {status} after {elapsed_ms} ms");
        let url = shown(&endpoint);
        if (200..300).contains(&status) {
            return Ok(Answer { call, url, text });
        }
        if status == 401 {
            self.tokens.invalidate(&token);
        }
        Err(refusal(call, url, request.microversion, status, &headers, &text))
    }

    async fn exchange(
        &self,
        request: &Request,
        endpoint: &Url,
        token: &SecretString,
        call: &Call,
    ) -> Result<(u16, reqwest::header::HeaderMap, String), PlacementError> {
        let broken = |error: reqwest::Error| {
            let (call, url, timed_out) = (Box::new(call.clone()), shown(endpoint), error.is_timeout());
            let cause = causes(&error.without_url());
            if timed_out {
                PlacementError::TimedOut { call, url, cause }
            } else {
                PlacementError::Unreachable { call, url, cause }
            }
        };
        let mut builder = self
            .http
            .request(request.method.clone(), request.url(endpoint))
            .header(ACCEPT, "application/json")
            .header("OpenStack-API-Version", format!("placement {}", request.microversion))
            .header("X-Openstack-Request-Id", &call.request_id);
        // A token that no header can carry is one that Placement would refuse.
        if let Ok(mut value) = HeaderValue::from_str(token.expose_secret()) {
            value.set_sensitive(true);
            builder = builder.header("X-Auth-Token", value);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let mut response = builder.send().await.map_err(broken)?;
        let status = response.status().as_u16();
        // Before the body, for which none of them is needed any more: it is unpacked already.
        let headers = std::mem::take(response.headers_mut());
        // JSON is UTF-8, and looked at once here; `text()` would copy it.
        let body = Vec::from(response.bytes().await.map_err(broken)?);
        let text =
            String::from_utf8(body).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        Ok((status, headers, scrub(text, token.expose_secret())))
    }
}
