//! Every way to log in to a real Keystone, and what each opens.

use std::sync::Arc;

use nvidia_placement_agent::identity::{
    ApplicationCredential, AuthMethod, Class, Credential, Domain, Entity, HttpOptions, Interface, Keystone,
    KeystoneSettings, Password, Scope, TokenExchange, TokenSource, openstack,
};
use nvidia_placement_agent::model::{Code, RootUuid};
use nvidia_placement_agent::nova::servers;
use nvidia_placement_agent::placement::{Client, Options, PlacementError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::variable;

/// A token, and whom and what it is for.
pub(crate) struct Login {
    pub(crate) token: SecretString,
    pub(crate) user: String,
    pub(crate) project: String,
}

pub(crate) fn in_default(name: &str) -> Entity {
    Entity::Name { name: name.to_owned(), domain: Domain::Name("Default".to_owned()) }
}

pub(crate) fn password(user: &str, scope: Scope) -> AuthMethod {
    AuthMethod::Password(Password {
        user: in_default(user),
        password: variable("NPA_TEST_PASSWORD").into(),
        scope,
    })
}

fn settings(method: AuthMethod) -> KeystoneSettings {
    KeystoneSettings {
        auth_url: variable("NPA_TEST_KEYSTONE_URL").parse().unwrap(),
        method,
        region: Some("RegionOne".to_owned()),
        interfaces: vec![Interface::Internal],
        endpoint_override: None,
        http: HttpOptions::default(),
    }
}

pub(crate) fn keystone(method: AuthMethod) -> Arc<Keystone> {
    Arc::new(Keystone::new(settings(method)).unwrap())
}

fn service() -> Scope {
    Scope::Project(in_default("service"))
}

/// A request to Keystone itself, with somebody's token.
pub(crate) async fn call(
    token: &SecretString,
    method: reqwest::Method,
    path: &str,
    body: Option<Value>,
) -> Value {
    let url = format!("{}{path}", variable("NPA_TEST_KEYSTONE_URL"));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.request(method, url).header("X-Auth-Token", token.expose_secret());
    let request = request.header("X-Subject-Token", token.expose_secret());
    let request = if let Some(body) = body { request.json(&body) } else { request };
    let response = request.send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

pub(crate) async fn login(user: &str, project: &str) -> Login {
    let token = keystone(password(user, Scope::Project(in_default(project)))).token().await.unwrap();
    let body = call(&token, reqwest::Method::GET, "/auth/tokens", None).await;
    let id = |what: &str| body["token"][what]["id"].as_str().unwrap().to_owned();
    Login { user: id("user"), project: id("project"), token }
}

/// A new application credential of `npa` in `service`: id, name and secret.
pub(crate) async fn new_credential() -> (String, String, SecretString) {
    let Login { token, user, .. } = login("npa", "service").await;
    let name = format!("live-{}", Uuid::new_v4());
    let body = json!({ "application_credential": { "name": name } });
    let path = format!("/users/{user}/application_credentials");
    let made = call(&token, reqwest::Method::POST, &path, Some(body)).await;
    let text = |key: &str| made["application_credential"][key].as_str().unwrap().to_owned();
    (text("id"), name, text("secret").into())
}

/// Asks Placement for something that wants the role `service`.
async fn asks(source: Arc<Keystone>) -> Result<(), PlacementError> {
    let client = Client::new(Options::default(), source as Arc<dyn TokenSource>).unwrap();
    client.list_tree(RootUuid::new(Uuid::new_v4())).await.map(drop)
}

#[tokio::test]
async fn a_password_with_names_or_ids_opens_placement() {
    let Login { user, project, .. } = login("npa", "service").await;
    let default = || Domain::Id("default".to_owned());
    let named = |name: &str| Entity::Name { name: name.to_owned(), domain: default() };
    for (user, project) in [
        (in_default("npa"), in_default("service")),
        (named("npa"), named("service")),
        (Entity::Id(user), Entity::Id(project)),
    ] {
        let password = variable("NPA_TEST_PASSWORD").into();
        let method = AuthMethod::Password(Password { user, password, scope: Scope::Project(project) });
        asks(keystone(method)).await.unwrap();
    }
}

#[tokio::test]
async fn an_application_credential_opens_placement() {
    let (id, name, secret) = new_credential().await;
    for credential in [Credential::Id(id), Credential::Name { name, user: in_default("npa") }] {
        let credential = ApplicationCredential { credential, secret: secret.clone() };
        asks(keystone(AuthMethod::ApplicationCredential(credential))).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_opens_placement_until_it_is_revoked() {
    let Login { token, .. } = login("npa", "service").await;
    let method = AuthMethod::Token(TokenExchange { token: token.clone(), scope: service() });
    asks(keystone(method)).await.unwrap();

    // Another one: Keystone remembers for a while what it has seen to be good.
    let Login { token, .. } = login("npa", "service").await;
    let method = AuthMethod::Token(TokenExchange { token: token.clone(), scope: service() });
    call(&token, reqwest::Method::DELETE, "/auth/tokens", None).await;
    let error = keystone(method).token().await.unwrap_err();
    assert_eq!((error.code(), error.class()), (Code::Unauthorized, Class::Wait));
    assert!(error.to_string().contains("the given token for project service"), "{error}");
    assert!(error.remedy().contains("expired"), "{}", error.remedy());
    assert!(!format!("{error:?}").contains(token.expose_secret()));
}

/// The token is real, and Placement itself says what is wrong with it.
#[tokio::test]
async fn placement_wants_a_project_and_says_so() {
    let Login { token, user, .. } = login("admin", "admin").await;
    let roles = call(&token, reqwest::Method::GET, "/roles?name=admin", None).await;
    let role = roles["roles"][0]["id"].as_str().unwrap();
    let path = format!("/domains/default/users/{user}/roles/{role}");
    call(&token, reqwest::Method::PUT, &path, None).await;
    for scope in [Scope::System, Scope::Domain(Domain::Name("Default".to_owned()))] {
        let source = keystone(password("admin", scope.clone()));
        source.token().await.unwrap();
        let error = asks(source).await.unwrap_err();
        assert_eq!(error.code(), Code::Forbidden, "{error}");
        let text = format!("{error} {}", error.remedy());
        assert!(text.contains("for a domain or the system"), "{scope}: {text}");
    }
}

#[tokio::test]
async fn a_project_without_a_role_is_refused_by_name() {
    let error = keystone(password("npa", Scope::Project(in_default("admin")))).token().await.unwrap_err();
    assert_eq!(error.code(), Code::Unauthorized);
    assert!(error.to_string().contains("user npa (domain Default) for project admin"), "{error}");
}

/// The stack has no Nova: the names of guests are a courtesy, and nothing fails without them.
#[tokio::test]
async fn the_openstack_crate_rides_on_the_login() {
    let source = keystone(password("npa", service()));
    let mut session = openstack::session(Arc::clone(&source)).await.unwrap();
    assert!(servers(&mut session, [Uuid::new_v4()]).await.is_empty());
    openstack::cloud(source).await.unwrap();
}

/// Keystone takes endpoints without a region, and has null for it in everybody's catalogue then.
#[tokio::test]
async fn an_endpoint_without_a_region_is_told_and_keeps_nobody_from_logging_in() {
    use reqwest::Method;
    let Login { token, .. } = login("admin", "admin").await;
    let services = call(&token, Method::GET, "/services?type=placement", None).await;
    let url = format!("{}/{}", variable("NPA_TEST_KEYSTONE_PLACEMENT_URL"), Uuid::new_v4().simple());
    let endpoint = json!({ "service_id": services["services"][0]["id"], "interface": "admin", "url": url });
    let made = call(&token, Method::POST, "/endpoints", Some(json!({ "endpoint": endpoint }))).await;
    let catalogue = call(&token, Method::GET, "/auth/catalog", None).await.to_string();

    let opened = asks(keystone(password("npa", service()))).await;
    let elsewhere = KeystoneSettings {
        region: Some("RegionTwo".to_owned()),
        interfaces: vec![Interface::Admin],
        ..settings(password("npa", service()))
    };
    let found = Keystone::new(elsewhere).unwrap().endpoint().await;
    let path = format!("/endpoints/{}", made["endpoint"]["id"].as_str().unwrap());
    call(&token, Method::DELETE, &path, None).await;

    assert!(catalogue.contains(&url) && catalogue.contains("\"region\":null"), "{catalogue}");
    opened.unwrap();
    let error = found.unwrap_err().to_string();
    assert!(error.contains(&format!("admin without a region ({url}")), "{error}");
}
