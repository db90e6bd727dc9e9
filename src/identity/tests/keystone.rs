use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::server::{Reply, Request, Server};
use crate::identity::{
    AuthMethod, Class, Domain, Entity, HttpOptions, IdentityError, Interface, Keystone, KeystoneSettings,
    Password, Scope, TokenSource,
};
use crate::model::Code;

const PASSWORD: &str = "pa55word-of-the-test";

fn settings(server: &Server) -> KeystoneSettings {
    KeystoneSettings {
        auth_url: server.url.clone(),
        method: AuthMethod::Password(Password {
            user: Entity::Name { name: "npa".to_owned(), domain: Domain::Name("Default".to_owned()) },
            password: SecretString::from(PASSWORD),
            scope: Scope::Project(Entity::Name {
                name: "service".to_owned(),
                domain: Domain::Id("default".to_owned()),
            }),
        }),
        region: None,
        interfaces: vec![Interface::Internal, Interface::Public],
        endpoint_override: None,
        http: HttpOptions::default(),
    }
}

fn keystone(server: &Server) -> Keystone {
    Keystone::new(settings(server)).unwrap()
}

/// A token that lives for that many seconds. The dates are long past: only their difference may count.
fn token(number: usize, seconds: u32) -> Reply {
    let body = json!({ "token": {
        "project": { "id": "1", "name": "service" },
        "issued_at": "2016-01-01T00:00:00.000000Z",
        "expires_at": format!("2016-01-01T{:02}:{:02}:{:02}.000000Z", seconds / 3600, seconds / 60 % 60, seconds % 60),
        "catalog": [ { "type": "placement", "name": "placement", "id": "1", "endpoints": [
            { "id": "2", "interface": "public", "region": null, "region_id": null, "url": "http://placement/p" } ] } ],
    } });
    Reply::new(201, body.to_string()).header("X-Subject-Token", format!("token-{number}"))
}

/// A Keystone whose tokens are numbered.
async fn numbered(seconds: u32) -> Server {
    let logins = AtomicUsize::new(0);
    Server::start(move |_| token(logins.fetch_add(1, Ordering::SeqCst) + 1, seconds)).await
}

async fn text(source: &Keystone) -> String {
    source.token().await.unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn logs_in_once_with_the_body_that_keystone_documents() {
    let server = numbered(3600).await;
    let source = keystone(&server);
    assert_eq!(text(&source).await, "token-1");
    assert_eq!(text(&source).await, "token-1");
    assert_eq!(source.endpoint().await.unwrap().as_str(), "http://placement/p");
    let [Request { method, path, body, .. }] = &server.seen()[..] else { panic!("not one login") };
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/v3/auth/tokens"));
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
        json!({ "auth": {
            "identity": { "methods": ["password"], "password": { "user":
                { "name": "npa", "domain": { "name": "Default" }, "password": PASSWORD } } },
            "scope": { "project": { "name": "service", "domain": { "id": "default" } } },
        } })
    );
}

#[tokio::test]
async fn v3_may_be_said_and_a_path_stays() {
    for (path, expected) in
        [("/", "/v3/auth/tokens"), ("/v3/", "/v3/auth/tokens"), ("/identity", "/identity/v3/auth/tokens")]
    {
        let server = numbered(3600).await;
        let mut settings = settings(&server);
        settings.auth_url.set_path(path);
        text(&Keystone::new(settings).unwrap()).await;
        assert_eq!(server.take(), [format!("POST {expected}")]);
    }
}

#[tokio::test]
async fn many_requests_cause_one_login_and_one_after_a_refusal() {
    let server = numbered(3600).await;
    let source = Arc::new(keystone(&server));
    for expected in ["token-1", "token-2"] {
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let source = Arc::clone(&source);
                tokio::spawn(async move { source.token().await.unwrap() })
            })
            .collect();
        let mut tokens = Vec::new();
        for task in waiting {
            tokens.push(task.await.unwrap());
        }
        assert!(tokens.iter().all(|token| token.expose_secret() == expected));
        // All eight were refused; the first to say so makes the next login, the others find it.
        for token in &tokens {
            source.invalidate(token);
        }
    }
    source.invalidate(&SecretString::from("token-1"));
    assert_eq!(text(&source).await, "token-3");
    source.invalidate(&SecretString::from("token-2"));
    assert_eq!(text(&source).await, "token-3", "a late complaint about an old token costs nothing");
}

/// Lets time pass for everyone but the network.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn renews_ahead_of_expiry_and_not_at_every_request() {
    // Five minutes ahead of an hour; a tenth ahead of five minutes, or every request would be a login.
    for (life, still, over) in [(3600, 3200, 150), (300, 250, 30)] {
        let server = numbered(life).await;
        let source = keystone(&server);
        assert_eq!(text(&source).await, "token-1");
        pass(still).await;
        assert_eq!(text(&source).await, "token-1");
        pass(over).await;
        assert_eq!(text(&source).await, "token-2");
    }
}

#[tokio::test]
async fn a_token_that_still_holds_survives_a_keystone_that_is_down() {
    let logins = AtomicUsize::new(0);
    let server = Server::start(move |_| match logins.fetch_add(1, Ordering::SeqCst) {
        0 => token(1, 3600),
        _ => Reply::new(503, ""),
    })
    .await;
    let source = keystone(&server);
    text(&source).await;
    pass(3400).await;
    assert_eq!(text(&source).await, "token-1");
    assert_eq!(text(&source).await, "token-1");
    assert_eq!(server.take().len(), 2, "one try of a renewal, and then a pause");
    pass(31).await;
    assert_eq!(text(&source).await, "token-1");
    assert_eq!(server.take().len(), 1);
    pass(200).await;
    assert_eq!(source.token().await.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn the_endpoint_may_be_given() {
    let server = numbered(3600).await;
    let endpoint_override = Some("http://elsewhere/placement".parse().unwrap());
    let source = Keystone::new(KeystoneSettings { endpoint_override, ..settings(&server) }).unwrap();
    assert_eq!(source.endpoint().await.unwrap().as_str(), "http://elsewhere/placement");
    assert!(server.take().is_empty());
}

async fn refused(reply: Reply) -> IdentityError {
    let server = Server::start(move |_| reply.clone()).await;
    let mut settings = settings(&server);
    settings.http.timeout = Duration::from_millis(500);
    Keystone::new(settings).unwrap().token().await.unwrap_err()
}

#[tokio::test]
async fn refusals_are_told_apart() {
    // Bodies as Keystone 2026.2 sends them.
    let unauthorized = r#"{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}"#;
    let bad =
        r#"{"error":{"code":400,"message":"Expecting to find auth in request body.","title":"Bad Request"}}"#;
    let html = "<!doctype html>\n<title>404 Not Found</title>";
    for (reply, code, class) in [
        (Reply::new(401, unauthorized), Code::Unauthorized, Class::Wait),
        (Reply::new(400, bad), Code::Refused, Class::Fatal),
        (Reply::new(404, html), Code::Nonsense, Class::Fatal),
        (Reply::new(302, "").header("Location", "https://login/"), Code::Nonsense, Class::Fatal),
        (Reply::new(200, html), Code::Nonsense, Class::Fatal),
        (Reply::new(201, "{}"), Code::Nonsense, Class::Fatal),
        (
            Reply::new(201, r#"{"token":{}}"#).header("X-Subject-Token", "secret-token"),
            Code::Nonsense,
            Class::Fatal,
        ),
        (Reply::new(503, html).header("Retry-After", "7"), Code::Unavailable, Class::Retry),
        (Reply::new(429, ""), Code::Unavailable, Class::Retry),
        (Reply::new(201, "{").cut(), Code::Unreachable, Class::Retry),
        (Reply::new(201, "").after(Duration::from_secs(5)), Code::Unreachable, Class::Retry),
    ] {
        let error = refused(reply.clone()).await;
        assert_eq!((error.code(), error.class()), (code, class), "{reply:?}: {error}");
        assert!(!error.remedy().is_empty());
    }
    let error = refused(Reply::new(401, unauthorized)).await;
    assert!(error.to_string().contains("user npa (domain Default) for project service"), "{error}");
    let error = refused(Reply::new(503, "").header("Retry-After", "7")).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn an_expiry_before_the_issue_is_nonsense() {
    let body = r#"{"token":{"issued_at":"2016-01-02T00:00:00Z","expires_at":"2016-01-01T00:00:00Z"}}"#;
    let error = refused(Reply::new(201, body).header("X-Subject-Token", "x")).await;
    assert!(matches!(error, IdentityError::Nonsense { .. }), "{error}");
}

#[tokio::test]
async fn a_token_for_nothing_is_refused_before_anybody_else_does() {
    let body = r#"{"token":{"issued_at":"2016-01-01T00:00:00Z","expires_at":"2016-01-02T00:00:00Z"}}"#;
    let error = refused(Reply::new(201, body).header("X-Subject-Token", "secret-token")).await;
    assert!(matches!(error, IdentityError::Unscoped { .. }), "{error}");
    assert!(error.to_string().contains("user npa (domain Default)"), "{error}");
    assert_eq!((error.code(), error.class()), (Code::Unauthorized, Class::Wait));
}

#[tokio::test]
async fn nothing_shows_the_password() {
    let server = Server::start(|request| Reply::new(418, request.body.clone())).await;
    let source = keystone(&server);
    let error = source.token().await.unwrap_err();
    let texts =
        [error.to_string(), format!("{error:?}"), format!("{source:?}"), format!("{:?}", settings(&server))];
    for text in texts {
        assert!(!text.contains(PASSWORD), "{text}");
    }
}

#[tokio::test]
async fn a_refused_port_names_the_cause() {
    let server = numbered(1).await;
    let mut settings = settings(&server);
    settings.auth_url = "http://127.0.0.1:1/v3".parse().unwrap();
    let error = Keystone::new(settings).unwrap().token().await.unwrap_err();
    assert_eq!((error.code(), error.class()), (Code::Unreachable, Class::Retry));
    assert!(error.to_string().to_lowercase().contains("connection refused"), "{error}");
}
