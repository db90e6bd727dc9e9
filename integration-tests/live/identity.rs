//! Logging in to a real Keystone, and being refused by it and by the Placement behind it.

use std::sync::Arc;

use nvidia_placement_agent::identity::{
    AuthMethod, Class, Domain, Entity, HttpOptions, Interface, Keystone, KeystoneSettings, Password, Scope,
    TokenSource,
};
use nvidia_placement_agent::model::{Code, RootUuid};
use nvidia_placement_agent::placement::{Client, Options, PlacementError};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::support::{new_child, new_root, new_trait, placement_url, variable};

fn in_default(name: &str) -> Entity {
    Entity::Name { name: name.to_owned(), domain: Domain::Name("Default".to_owned()) }
}

fn settings(user: &str) -> KeystoneSettings {
    let method = AuthMethod::Password(Password {
        user: in_default(user),
        password: variable("NPA_TEST_PASSWORD").into(),
        scope: Scope::Project(in_default("service")),
    });
    KeystoneSettings {
        auth_url: variable("NPA_TEST_KEYSTONE_URL").parse().unwrap(),
        method,
        region: Some("RegionOne".to_owned()),
        interfaces: vec![Interface::Internal, Interface::Public],
        endpoint_override: None,
        http: HttpOptions::default(),
    }
}

fn source(settings: KeystoneSettings) -> Arc<Keystone> {
    Arc::new(Keystone::new(settings).unwrap())
}

fn client(source: &Arc<Keystone>) -> Client {
    Client::new(Options::default(), Arc::clone(source) as Arc<dyn TokenSource>).unwrap()
}

/// Revokes a token by itself.
async fn revoke(token: &SecretString) {
    let url = format!("{}/auth/tokens", variable("NPA_TEST_KEYSTONE_URL"));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.delete(url).header("X-Auth-Token", token.expose_secret());
    let response = request.header("X-Subject-Token", token.expose_secret()).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 204);
}

#[tokio::test]
async fn the_role_service_is_enough_for_everything() {
    let source = source(settings("npa"));
    let expected = variable("NPA_TEST_KEYSTONE_PLACEMENT_URL");
    assert_eq!(source.endpoint().await.unwrap().as_str().trim_end_matches('/'), expected);
    let client = client(&source);
    let (root, _) = new_root(&client).await;
    let (child, _) = new_child(&client, root).await;
    let claim = new_trait();
    client.create_trait(&claim).await.unwrap();
    let at = client.provider(child).await.unwrap().generation;
    let at = client.put_traits(child, at, &[claim].into()).await.unwrap();
    client.put_inventories(child, at, &crate::support::vgpu(4, 0)).await.unwrap();
    client.usages(child).await.unwrap();
    assert_eq!(client.list_tree(root).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_reader_may_not_write_and_is_told_which_role_it_takes() {
    let client = client(&source(settings("npa-reader")));
    let error = client.create_trait(&new_trait()).await.unwrap_err();
    assert!(matches!(error, PlacementError::Forbidden { .. }), "{error:?}");
    assert_eq!((error.code(), error.class()), (Code::Forbidden, Class::Wait));
    assert!(error.remedy().contains("`service`"), "{}", error.remedy());
    assert!(error.to_string().contains("placement:traits:update"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_not_retried_as_an_outage() {
    let mut settings = settings("npa");
    let AuthMethod::Password(password) = &mut settings.method else { panic!() };
    password.password = "not-the-password".into();
    let error = client(&source(settings)).version().await.unwrap_err();
    assert_eq!((error.code(), error.class()), (Code::Unauthorized, Class::Wait));
    assert!(error.to_string().contains("user npa (domain Default)"), "{error}");
    assert!(!format!("{error} {error:?}").contains("not-the-password"));
}

#[tokio::test]
async fn a_revoked_token_costs_one_login() {
    let source = source(settings("npa"));
    let client = Arc::new(client(&source));
    client.version().await.unwrap();
    let revoked = source.token().await.unwrap();
    revoke(&revoked).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { client.list_tree(RootUuid::new(Uuid::new_v4())).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_ne!(source.token().await.unwrap().expose_secret(), revoked.expose_secret());
}

#[tokio::test]
async fn ids_do_as_well_as_names() {
    let named = settings("npa");
    let url = format!("{}/auth/tokens", named.auth_url);
    let token = source(named).token().await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.get(url).header("X-Auth-Token", token.expose_secret());
    let answer = request.header("X-Subject-Token", token.expose_secret()).send().await.unwrap();
    let body: serde_json::Value = answer.json().await.unwrap();
    let id = |what: &str| Entity::Id(body["token"][what]["id"].as_str().unwrap().to_owned());
    let mut by_id = settings("npa");
    let AuthMethod::Password(password) = &mut by_id.method else { panic!() };
    (password.user, password.scope) = (id("user"), Scope::Project(id("project")));
    source(by_id).token().await.unwrap();
}

#[tokio::test]
async fn a_region_that_does_not_exist_is_named_beside_those_that_do() {
    let region = Some("RegionTwo".to_owned());
    let error = source(KeystoneSettings { region, ..settings("npa") }).endpoint().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("region RegionTwo") && text.contains("internal in region RegionOne"), "{text}");
}

#[tokio::test]
async fn an_address_that_is_not_keystones_is_nonsense() {
    let auth_url = placement_url().parse().unwrap();
    let error = source(KeystoneSettings { auth_url, ..settings("npa") }).token().await.unwrap_err();
    assert_eq!((error.code(), error.class()), (Code::Nonsense, Class::Fatal), "{error}");
    assert!(error.remedy().contains("auth_url"), "{}", error.remedy());
}
