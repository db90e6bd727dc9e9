use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::identity::tests::server::{Reply, Request, Server as Http};
use crate::identity::{
    AuthMethod, Entity, HttpOptions, Interface, Keystone, KeystoneSettings, Password, Scope,
    openstack::session,
};

/// Keystone and Nova in one; tokens are numbered, `endpoints` is what the catalogue has of Nova.
pub(in crate::nova) async fn cloud(
    nova: bool,
    answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> Http {
    let logins = AtomicUsize::new(0);
    Http::start(move |request| {
        if request.path != "/v3/auth/tokens" {
            return answer(request);
        }
        let number = logins.fetch_add(1, Ordering::SeqCst) + 1;
        let url = format!("http://{}/v2.1", request.header("host").unwrap());
        let endpoint = json!({ "interface": "public", "region": null, "region_id": null, "url": url });
        let kind = if nova { "compute" } else { "image" };
        let token = json!({ "token": { "issued_at": "2016-01-01T00:00:00Z", "expires_at": "2016-01-01T01:00:00Z",
            "project": {}, "catalog": [ { "type": kind, "endpoints": [endpoint] } ] } });
        Reply::new(201, token.to_string()).header("X-Subject-Token", format!("token-{number}"))
    })
    .await
}

async fn ask(http: &Http, consumers: &[Uuid]) -> BTreeMap<Uuid, GuestServer> {
    servers(&mut login(http).await, consumers.iter().copied()).await
}

/// A session of whoever may do what the cloud lets him.
pub(in crate::nova) async fn login(http: &Http) -> Session {
    let method = AuthMethod::Password(Password {
        user: Entity::Id("u".to_owned()),
        password: SecretString::from("pa55word-of-the-test"),
        scope: Scope::Project(Entity::Id("p".to_owned())),
    });
    let settings = KeystoneSettings {
        auth_url: http.url.clone(),
        method,
        region: None,
        interfaces: vec![Interface::Internal, Interface::Public],
        endpoint_override: None,
        http: HttpOptions::default(),
    };
    let keystone = Arc::new(Keystone::new(settings).unwrap());
    session(keystone).await.unwrap()
}

pub(in crate::nova) fn uuids<const N: usize>() -> [Uuid; N] {
    std::array::from_fn(|number| Uuid::from_u128(number as u128 + 1))
}

pub(in crate::nova) fn web(id: Uuid) -> Reply {
    let server =
        json!({ "server": { "id": id, "name": "web", "tenant_id": "p1", "status": "ACTIVE", "x": 1 } });
    Reply::new(200, server.to_string()).header("Content-Type", "application/json")
}

#[tokio::test]
async fn what_nova_shows_is_named_and_the_rest_left_out() {
    let [first, migration, last] = uuids();
    let http = cloud(true, move |request| {
        assert_eq!(request.header("x-auth-token"), Some("token-1"));
        let missing = request.path.ends_with(&migration.to_string());
        if missing { Reply::new(404, "{}") } else { web(first) }
    })
    .await;
    let found = ask(&http, &[first, migration, last]).await;
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), [first, last]);
    let web = GuestServer {
        name: "web".to_owned(),
        project: "p1".to_owned(),
        status: "ACTIVE".to_owned(),
        host: None,
    };
    assert_eq!(found[&first], web);
    assert_eq!(
        http.take(),
        ["POST /v3/auth/tokens".to_owned()]
            .into_iter()
            .chain([first, migration, last].map(|id| format!("GET /v2.1/servers/{id}")))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_refusal_ends_the_asking() {
    for status in [403, 503] {
        let http = cloud(true, move |_| Reply::new(status, "{}")).await;
        assert!(ask(&http, &uuids::<5>()).await.is_empty());
        assert_eq!(http.take().len(), 2, "one login, one request");
    }
}

#[tokio::test]
async fn a_cloud_without_nova_costs_nothing() {
    let http = cloud(false, |_| Reply::new(500, "")).await;
    assert!(ask(&http, &uuids::<5>()).await.is_empty());
    assert_eq!(http.take(), ["POST /v3/auth/tokens"]);
}

#[tokio::test]
async fn a_refused_token_costs_one_login() {
    let [id] = uuids();
    let http = cloud(true, move |request| match request.header("x-auth-token") {
        Some("token-1") => Reply::new(401, "{}"),
        _ => web(id),
    })
    .await;
    assert_eq!(ask(&http, &[id]).await.len(), 1);
    assert_eq!(http.take().iter().filter(|request| request.starts_with("POST")).count(), 2);
}
