//! A Placement that cannot be reached, is none, or does not let the agent in.

use crate::agent::Config;
use crate::cloud::variable;
use crate::fake::{Answer, Fake, GOOD_ROOT};
use crate::refusal::Refusal;
use crate::stage::Stage;

const VERBS: [&str; 3] = ["plan", "apply", "tree"];
const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const HTML: &[(&str, &str)] = &[("content-type", "text/html")];

fn refused(code: &str, exit: i32, says: &[&str], change: impl Fn(&mut Config)) {
    let stage = Stage::new().published();
    let mut config = stage.config.clone();
    change(&mut config);
    Refusal { code, exit, says, fatal: true }.of(&stage, &config, &VERBS, &[]);
}

fn answered(code: &str, exit: i32, says: &[&str], root: Answer, other: Answer) {
    let fake = Fake::answering(root, other);
    refused(code, exit, says, |config| {
        config.set("placement.endpoint", &fake.url);
    });
    let seen = fake.seen();
    assert!(!seen.is_empty() && seen.iter().all(|request| request.starts_with("GET ")), "{seen:?}");
}

fn json(status: u16, body: &'static str) -> Answer {
    Answer { status, headers: JSON, body }
}

#[test]
fn a_port_where_nobody_listens() {
    // Bound and closed again: nobody else gets it so soon.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    refused("NPA0401", 40, &["Placement", &url, "refused", "Check the endpoint"], |config| {
        config.set("placement.endpoint", &url);
    });
}

#[test]
fn a_name_that_no_name_server_knows() {
    refused("NPA0401", 40, &["nowhere.invalid", "name resolution"], |config| {
        config.set("placement.endpoint", "http://nowhere.invalid:8778").set("placement.timeout", "5s");
    });
}

#[test]
fn nothing_answers_in_time() {
    // Accepted by the kernel, never by a program.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    refused("NPA0401", 40, &[&url, "did not answer in time", "Check Placement"], |config| {
        config.set("placement.endpoint", &url).set("placement.timeout", "300ms");
    });
}

#[test]
fn too_old() {
    const OLD: &str = r#"{"versions": [{"id": "v1.0", "min_version": "1.0", "max_version": "1.10"}]}"#;
    let says = ["1.0 to 1.10", "1.28", "Upgrade Placement"];
    answered("NPA0402", 41, &says, json(200, OLD), json(500, ""));
}

#[test]
fn a_web_page() {
    let page = Answer { status: 200, headers: HTML, body: "<!DOCTYPE html><title>Welcome to nginx!</title>" };
    let says =
        ["does not behave like Placement", "Welcome to nginx!", "Check that the endpoint is Placement's"];
    answered("NPA0403", 42, &says, page, page);
}

#[test]
fn json_of_another_kind() {
    let other = json(200, r#"{"message": "hello"}"#);
    let says = ["does not behave like Placement", "missing field `versions`", "Check that the endpoint"];
    answered("NPA0403", 42, &says, other, other);
}

#[test]
fn json_of_another_kind_behind_a_good_root_document() {
    let says = ["does not behave like Placement", "resource_providers", "Check that the endpoint"];
    answered("NPA0403", 42, &says, json(200, GOOD_ROOT), json(200, r#"{"resource_providers": 7}"#));
}

#[test]
fn a_redirect() {
    let headers = &[("location", "https://login.example.org/")];
    let redirect = Answer { status: 302, headers, body: "" };
    let says = ["302, a redirect to https://login.example.org/", "no proxy answers"];
    answered("NPA0403", 42, &says, redirect, redirect);
}

#[test]
fn forbidden() {
    const BODY: &str = r#"{"errors": [{"status": 403, "title": "Forbidden", "detail": "placement:resource_providers:list"}]}"#;
    let says = ["does not allow", "placement:resource_providers:list", "role `service`"];
    answered("NPA0404", 43, &says, json(200, GOOD_ROOT), json(403, BODY));
}

#[test]
fn a_token_that_is_not_accepted() {
    let says = ["does not accept the token", "keystone_authtoken"];
    let body = r#"{"error": {"code": 401, "title": "Unauthorized", "message": "no"}}"#;
    answered("NPA0405", 44, &says, json(200, GOOD_ROOT), json(401, body));
}

#[test]
fn out_of_service() {
    let says = ["out of service", "503", "Check Placement"];
    let body = Answer { status: 503, headers: HTML, body: "<h1>Service Unavailable</h1>" };
    answered("NPA0407", 46, &says, body, body);
    answered("NPA0407", 46, &says, json(200, GOOD_ROOT), body);
}

fn behind_keystone(code: &str, exit: i32, says: &[&str], change: impl Fn(&mut Config)) {
    let stage = Stage::behind_keystone().published();
    let mut config = stage.config.clone();
    change(&mut config);
    Refusal { code, exit, says, fatal: true }.of(&stage, &config, &VERBS, &[]);
}

#[test]
fn a_user_without_the_role() {
    behind_keystone("NPA0404", 43, &["does not allow", "role `service`"], |config| {
        config.set("keystone.username", "npa-reader");
    });
}

#[test]
fn a_wrong_password() {
    let url = variable("NPA_TEST_KEYSTONE_URL");
    behind_keystone("NPA0405", 44, &["Keystone", &url, "npa", "Check user, secret"], |config| {
        config.set("keystone.password", "not-the-right-one");
    });
}

#[test]
fn a_keystone_that_is_not_there() {
    behind_keystone("NPA0401", 40, &["Keystone at http://127.0.0.1:9", "Check auth_url"], |config| {
        config.set("keystone.auth_url", "http://127.0.0.1:9/v3");
    });
}

#[test]
fn a_region_that_the_catalogue_does_not_have() {
    behind_keystone("NPA0101", 10, &["RegionTwo", "RegionOne", "Correct region"], |config| {
        config.set("placement.region", "RegionTwo");
    });
}
