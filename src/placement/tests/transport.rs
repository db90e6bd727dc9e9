use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::identity::tests::server::{Reply, Request, Server};
use crate::identity::{BoxFuture, HttpOptions, IdentityError, NoAuth, TokenSource};
use crate::model::{Code, Generation, ProviderUuid};
use crate::placement::{Class, Client, Options, PlacementError};

pub(super) const VERSIONS: &str = r#"{"versions": [{"id": "v1.0", "max_version": "1.39", "min_version": "1.0", "status": "CURRENT", "links": []}]}"#;
const EMPTY: &str = r#"{"resource_providers": []}"#;

pub(super) fn client(server: &Server) -> Client {
    Client::new(Options::default(), Arc::new(NoAuth::new(server.url.clone()))).unwrap()
}

/// Answers the root document, and everything else by its number, from 0.
async fn scripted(replies: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Server {
    let number = AtomicUsize::new(0);
    Server::start(move |request| match request.path.as_str() {
        "/" => Reply::new(200, VERSIONS),
        _ => replies(number.fetch_add(1, Ordering::SeqCst), request),
    })
    .await
}

async fn failing(reply: Reply) -> PlacementError {
    let server = scripted(move |_, _| reply.clone()).await;
    let http = HttpOptions { timeout: Duration::from_millis(500), ..HttpOptions::default() };
    let options = Options { http, retries: 0, ..Options::default() };
    let client = Client::new(options, Arc::new(NoAuth::new(server.url.clone()))).unwrap();
    client.providers_by_name("x").await.unwrap_err()
}

#[tokio::test]
async fn the_version_is_checked_once_and_every_request_has_its_headers() {
    let server = scripted(|_, _| Reply::new(200, EMPTY)).await;
    let client = client(&server);
    client.providers_by_name("a b&c").await.unwrap();
    client.list_compute_nodes(Some("cmp1")).await.unwrap();
    let seen = server.seen();
    let paths: Vec<&str> = seen.iter().map(|request| request.path.as_str()).collect();
    let nodes = "/resource_providers?required=COMPUTE_NODE&name=cmp1";
    assert_eq!(paths, ["/", "/resource_providers?name=a+b%26c", nodes]);
    for request in &seen {
        assert_eq!(request.header("openstack-api-version"), Some("placement 1.28"));
        assert_eq!(request.header("x-auth-token"), Some("admin"));
        assert_eq!(request.header("accept"), Some("application/json"));
        assert!(request.header("user-agent").unwrap().starts_with("nvidia-placement-agent/"));
        let id = request.header("x-openstack-request-id").unwrap();
        assert!(id.strip_prefix("req-").unwrap().parse::<uuid::Uuid>().is_ok(), "{id}");
    }
}

#[tokio::test]
async fn an_endpoint_may_have_a_path() {
    let server = Server::start(|request| match request.path.as_str() {
        "/placement/" => Reply::new(200, VERSIONS),
        _ => Reply::new(200, EMPTY),
    })
    .await;
    for path in ["/placement", "/placement/"] {
        let endpoint = server.url.join(path).unwrap();
        let client = Client::new(Options::default(), Arc::new(NoAuth::new(endpoint))).unwrap();
        client.providers_by_name("x").await.unwrap();
        assert_eq!(server.take(), ["GET /placement/", "GET /placement/resource_providers?name=x"]);
    }
}

#[tokio::test]
async fn a_server_that_is_too_old_or_another_service_is_named() {
    let old = VERSIONS.replace("1.39", "1.20");
    let unacceptable = r#"{"errors": [{"status": 406, "title": "Not Acceptable", "detail": "d\n\n Invalid microversion: Unacceptable version header: 1.28", "max_version": "1.20", "min_version": "1.0"}]}"#;
    for reply in [Reply::new(200, old), Reply::new(406, unacceptable)] {
        let server = Server::start(move |_| reply.clone()).await;
        let error = client(&server).version().await.unwrap_err();
        assert_eq!(error.code(), Code::TooOld);
        assert!(error.to_string().contains("the microversions 1.0 to 1.20; 1.28 is needed"), "{error}");
    }
    let keystone = r#"{"versions": {"values": []}}"#;
    let nova = r#"{"versions": [{"id": "v2.0", "version": "", "min_version": ""}, {"id": "v2.1", "version": "2.96", "min_version": "2.1"}]}"#;
    let missing = r#"{"errors": [{"status": 404, "detail": "The resource could not be found."}]}"#;
    for (status, text) in [(300, keystone), (200, nova), (404, missing), (404, "nope"), (200, "<html>")] {
        let server = Server::start(move |_| Reply::new(status, text)).await;
        let error = client(&server).version().await.unwrap_err();
        assert_eq!((error.code(), error.class()), (Code::Nonsense, Class::Fatal), "{error}");
        assert!(error.to_string().contains(server.url.as_str()), "{error}");
    }
}

#[tokio::test]
async fn answers_that_are_no_answers() {
    let redirect = failing(Reply::new(302, "").header("Location", "https://login.example.org/?next=1")).await;
    assert_eq!(redirect.code(), Code::Nonsense);
    assert!(
        redirect.to_string().contains("302, a redirect to https://login.example.org/?next=1"),
        "{redirect}"
    );
    let html = failing(Reply::new(200, "<html>\n<title>Maintenance</title>")).await;
    assert_eq!(html.code(), Code::Nonsense);
    assert!(html.to_string().contains("<title>Maintenance</title>"), "{html}");
    let half = failing(Reply::new(200, r#"{"resource_prov"#).cut()).await;
    assert_eq!((half.code(), half.class()), (Code::Unreachable, Class::Retry), "{half}");
    let slow = failing(Reply::new(200, EMPTY).after(Duration::from_secs(3))).await;
    assert!(matches!(slow, PlacementError::TimedOut { .. }), "{slow}");
    assert_eq!((slow.code(), slow.class()), (Code::Unreachable, Class::Retry));
}

#[tokio::test]
async fn a_refused_port_names_address_and_cause() {
    let options = Options { retries: 0, ..Options::default() };
    let endpoint: Url = "http://user:pa55word@127.0.0.1:1/placement".parse().unwrap();
    let client = Client::new(options, Arc::new(NoAuth::new(endpoint))).unwrap();
    let error = client.version().await.unwrap_err();
    assert_eq!((error.code(), error.class()), (Code::Unreachable, Class::Retry));
    let text = error.to_string();
    assert!(text.contains("http://127.0.0.1:1/placement"), "{text}");
    assert!(text.to_lowercase().contains("connection refused"), "{text}");
    assert!(!text.contains("pa55word"), "{text}");
}

#[tokio::test]
async fn an_outage_that_passes_is_not_noticed() {
    let server = scripted(|number, _| match number {
        0 => Reply::new(503, ""),
        1 => Reply::new(200, "{").cut(),
        2 => Reply::new(502, "<html>"),
        _ => Reply::new(200, EMPTY),
    })
    .await;
    client(&server).providers_by_name("x").await.unwrap();
    assert_eq!(server.take().len(), 5);
}

#[tokio::test]
async fn an_outage_that_does_not_pass_ends_after_the_retries() {
    let server = scripted(|_, _| Reply::new(503, "")).await;
    let error = client(&server).providers_by_name("x").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(server.take().len(), 1 + 4, "the version, one attempt and three more");
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let server = scripted(|number, _| match number {
        0 => Reply::new(503, "").header("Retry-After", "1"),
        _ => Reply::new(200, EMPTY),
    })
    .await;
    let started = Instant::now();
    client(&server).providers_by_name("x").await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_retry_after_beyond_our_patience_is_the_callers_to_wait() {
    let server = scripted(|_, _| Reply::new(503, "").header("Retry-After", "3600")).await;
    let options = Options { patience: Duration::from_secs(10), ..Options::default() };
    let client = Client::new(options, Arc::new(NoAuth::new(server.url.clone()))).unwrap();
    let started = Instant::now();
    let error = client.providers_by_name("x").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(server.take().len(), 2, "the version and one attempt");
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_ends_in_looking_again() {
    let taken = r#"{"errors": [{"status": 409, "detail": "d", "code": "placement.duplicate_name"}]}"#;
    let stale = r#"{"errors": [{"status": 409, "detail": "d", "code": "placement.concurrent_update"}]}"#;
    let server = scripted(move |number, request| match (number % 2, request.method.as_str()) {
        (0, _) => Reply::new(200, "{").cut(),
        (_, "POST") => Reply::new(409, taken),
        _ => Reply::new(409, stale),
    })
    .await;
    let client = client(&server);
    let uuid = ProviderUuid::new(uuid::Uuid::nil());
    let created = client.create_provider(uuid, &"x".parse().unwrap(), None).await.unwrap_err();
    assert!(matches!(created, PlacementError::DuplicateName { .. }), "{created:?}");
    let put = client.put_inventories(uuid, Generation::new(3), &BTreeMap::new()).await.unwrap_err();
    assert!(matches!(put, PlacementError::ConcurrentUpdate { .. }), "{put:?}");
    assert_eq!((created.class(), put.class()), (Class::Replan, Class::Replan));
    assert_eq!(server.take().len(), 1 + 2 + 2);
}

#[tokio::test]
async fn a_conflict_is_not_tried_again() {
    let body = r#"{"errors": [{"status": 409, "detail": "d", "code": "placement.concurrent_update"}]}"#;
    let server = scripted(move |_, _| Reply::new(409, body)).await;
    let error = client(&server).providers_by_name("x").await.unwrap_err();
    assert_eq!(error.class(), Class::Replan);
    assert_eq!(server.take().len(), 2);
}

/// Tokens with a number, a new one after each refusal.
#[derive(Debug)]
struct Numbered {
    endpoint: Url,
    number: AtomicUsize,
    refused: Mutex<Vec<String>>,
}

impl TokenSource for Numbered {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, IdentityError>> {
        let token = format!("token-number-{}", self.number.load(Ordering::SeqCst));
        Box::pin(async { Ok(token.into()) })
    }

    fn endpoint(&self) -> BoxFuture<'_, Result<Url, IdentityError>> {
        Box::pin(async { Ok(self.endpoint.clone()) })
    }

    fn invalidate(&self, refused: &SecretString) {
        self.number.fetch_add(1, Ordering::SeqCst);
        self.refused.lock().unwrap().push(refused.expose_secret().to_owned());
    }
}

async fn with_tokens(good: &'static str) -> (Server, Arc<Numbered>, Client) {
    let server = scripted(move |_, request| match request.header("x-auth-token") {
        Some(token) if token == good => Reply::new(200, EMPTY),
        // Some proxies answer with what they were sent.
        token => Reply::new(401, format!("<html>bad token {token:?}</html>")),
    })
    .await;
    let tokens = Arc::new(Numbered {
        endpoint: server.url.clone(),
        number: AtomicUsize::new(1),
        refused: Mutex::default(),
    });
    let client = Client::new(Options::default(), Arc::clone(&tokens) as Arc<dyn TokenSource>).unwrap();
    (server, tokens, client)
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let (server, tokens, client) = with_tokens("token-number-2").await;
    client.providers_by_name("x").await.unwrap();
    assert_eq!(server.take().len(), 3);
    assert_eq!(*tokens.refused.lock().unwrap(), ["token-number-1"]);
}

#[tokio::test]
async fn a_second_refusal_is_the_answer() {
    let (server, tokens, client) = with_tokens("none").await;
    let error = client.providers_by_name("x").await.unwrap_err();
    assert_eq!((error.code(), error.class()), (Code::Unauthorized, Class::Reauthenticate));
    assert_eq!(server.take().len(), 3);
    assert_eq!(tokens.refused.lock().unwrap().len(), 2, "neither of the two is kept");
    assert!(!format!("{error} {error:?}").contains("token-number"), "{error:?}");
}

#[tokio::test]
async fn a_token_that_is_echoed_is_not_shown() {
    let server = scripted(|_, request| Reply::new(200, format!("<html>{:?}", request.headers))).await;
    let tokens = NoAuth::with_token(server.url.clone(), "gAAAAABrBE_Dokw1cD9OHyK9ei".into());
    let client = Client::new(Options::default(), Arc::new(tokens)).unwrap();
    let error = client.provider(ProviderUuid::new(uuid::Uuid::nil())).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("Nonsense") && !text.contains("gAAAAABrBE"), "{text}");
    assert!(!format!("{client:?}").contains("gAAAAABrBE"), "{client:?}");
}

#[tokio::test]
async fn while_placement_is_away_each_request_is_tried_once() {
    let out = || Reply::new(503, "");
    // Answered, then away for two requests, then back, then away again.
    let server = scripted(move |n, _| if n == 0 || n == 4 { Reply::new(200, EMPTY) } else { out() }).await;
    let options = Options { retries: 1, ..Options::default() };
    let client = Client::new(options, Arc::new(NoAuth::new(server.url.clone()))).unwrap();
    let mut asked = Vec::new();
    for _ in 0..5 {
        server.take();
        let answered = client.providers_by_name("x").await.is_ok();
        asked.push((answered, server.take().iter().filter(|line| !line.ends_with(" /")).count()));
    }
    assert_eq!(asked, [(true, 1), (false, 2), (false, 1), (true, 1), (false, 2)]);
}
