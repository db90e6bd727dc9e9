//! Every row of what Placement answers when it does not do what was asked, with bodies as a running one
//! (2026.2 development) sends them.

use std::collections::BTreeSet;

use reqwest::header::{HeaderMap, HeaderValue};

use crate::model::Code;
use crate::placement::answer::refusal;
use crate::placement::{Call, Class, PlacementError};

const R: &str = "3d41afac-a3e2-4919-8c74-96388397a90c";

fn body(status: u16, detail: &str, code: &str) -> String {
    format!(
        r#"{{"errors": [{{"status": {status}, "title": "T", "detail": "There was a conflict when trying to complete your request.\n\n {detail}  ", "code": "{code}", "request_id": "req-db3927"}}]}}"#
    )
}

fn refuse(method: &str, path: &str, status: u16, text: &str) -> PlacementError {
    let call = Call { method: method.to_owned(), path: path.to_owned(), request_id: "req-1".to_owned() };
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", HeaderValue::from_static("12"));
    headers.insert("location", HeaderValue::from_static("https://login.example.org/"));
    refusal(Box::new(call), "http://p".to_owned(), "1.28", status, &headers, text)
}

struct Row {
    request: (&'static str, String),
    status: u16,
    body: String,
    variant: &'static str,
    class: Class,
    code: Code,
    says: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |method, path: &str, status, body, variant, class, code, says| Row {
        request: (method, path.to_owned()),
        status,
        body,
        variant,
        class,
        code,
        says,
    };
    let inventories = &format!("/resource_providers/{R}/inventories");
    let traits = &format!("/resource_providers/{R}/traits");
    let provider = &format!("/resource_providers/{R}");
    let providers = "/resource_providers";
    let undefined = "placement.undefined_code";
    let range = r#"{"errors": [{"status": 406, "title": "Not Acceptable", "detail": "x\n\n Invalid microversion: Unacceptable version header: 1.28", "request_id": "req-cb", "max_version": "1.20", "min_version": "1.0"}]}"#;
    let html = || "<html><h1>502 Bad Gateway</h1></html>".to_owned();
    vec![
        row("PUT", inventories, 409, body(409, "resource provider generation conflict", "placement.concurrent_update"), "ConcurrentUpdate", Class::Replan, Code::Conflict, "generation conflict"),
        row("PUT", inventories, 409, body(409, "update conflict: Inventory for 'VGPU' on resource provider in use.", "placement.inventory.inuse"), "InventoryInUse", Class::Replan, Code::Conflict, "'VGPU'"),
        row("DELETE", provider, 409, body(409, "Unable to delete: Resource provider has allocations.", "placement.resource_provider.inuse"), "ProviderInUse", Class::Replan, Code::Conflict, "allocations"),
        row("DELETE", provider, 409, body(409, "Unable to delete parent", "placement.resource_provider.cannot_delete_parent"), "ProviderInUse", Class::Replan, Code::Conflict, "parent"),
        row("POST", providers, 409, body(409, "Conflicting resource provider name: x already exists.", "placement.duplicate_name"), "DuplicateName", Class::Replan, Code::Taken, "name: x"),
        row("POST", providers, 409, body(409, "Conflicting resource provider uuid: x already exists.", "placement.duplicate_name"), "DuplicateName", Class::Replan, Code::Taken, "uuid: x"),
        row("PUT", inventories, 409, body(409, "something new", "placement.something_new"), "Refused", Class::Replan, Code::Refused, "something new"),
        row("POST", providers, 400, body(400, "Unable to create resource provider: Object action create failed because: parent provider UUID does not exist.", undefined), "NoSuchParent", Class::Wait, Code::RootMissing, "parent provider UUID"),
        row("PUT", traits, 400, body(400, "No such trait CUSTOM_NOPE", undefined), "NoSuchTrait", Class::Replan, Code::Conflict, "CUSTOM_NOPE"),
        row("PUT", inventories, 400, body(400, "JSON does not validate: 0 is less than the minimum of 1", undefined), "Refused", Class::Fatal, Code::Refused, "less than the minimum"),
        row("PUT", traits, 500, body(500, "The server has either erred", undefined), "LostRace", Class::Replan, Code::Conflict, "erred"),
        row("PUT", traits, 500, "Internal Server Error".to_owned(), "LostRace", Class::Replan, Code::Conflict, "Internal Server Error"),
        row("PUT", inventories, 500, body(500, "The server has either erred", undefined), "Refused", Class::Retry, Code::Refused, "erred"),
        row("GET", providers, 401, r#"{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}"#.to_owned(), "Unauthorized", Class::Reauthenticate, Code::Unauthorized, "fresh one"),
        row("PUT", "/traits/CUSTOM_A", 403, body(403, "Policy does not allow placement:traits:update to be performed.", undefined), "Forbidden", Class::Wait, Code::Forbidden, "placement:traits:update"),
        row("GET", provider, 404, body(404, "No resource provider with uuid x found", undefined), "NotFound", Class::Replan, Code::Conflict, "No resource provider"),
        row("GET", provider, 404, html(), "Nonsense", Class::Fatal, Code::Nonsense, "status 404"),
        row("GET", provider, 403, html(), "Nonsense", Class::Fatal, Code::Nonsense, "status 403"),
        row("GET", providers, 302, String::new(), "Nonsense", Class::Fatal, Code::Nonsense, "redirect to https://login.example.org/"),
        row("GET", providers, 406, range.to_owned(), "TooOld", Class::Fatal, Code::TooOld, "1.0 to 1.20; 1.28 is needed"),
        row("GET", providers, 429, String::new(), "Unavailable", Class::Retry, Code::Unavailable, "429"),
        row("GET", providers, 502, html(), "Unavailable", Class::Retry, Code::Unavailable, "502"),
        row("GET", providers, 503, html(), "Unavailable", Class::Retry, Code::Unavailable, "503"),
        row("GET", providers, 504, html(), "Unavailable", Class::Retry, Code::Unavailable, "504"),
    ]
}

#[test]
fn every_row_has_its_variant_class_and_code() {
    for Row { request: (method, path), status, body, variant, class, code, says } in rows() {
        let error = refuse(method, &path, status, &body);
        let debug = format!("{error:?}");
        assert!(debug.starts_with(variant), "{status} {body}: {debug}");
        assert_eq!((error.class(), error.code()), (class, code), "{debug}");
        let text = error.to_string();
        assert!(text.contains(says), "{text}");
        assert!(matches!(error, PlacementError::TooOld { .. }) || text.contains(&path), "{text}");
        assert!(matches!(error, PlacementError::TooOld { .. }) || text.contains("req-1"), "{text}");
        assert!(error.remedy().ends_with('.'), "{}", error.remedy());
        assert_eq!(error.finding("placement").code, code);
    }
}

#[test]
fn no_row_is_forgotten() {
    let variants: BTreeSet<&str> = rows().iter().map(|row| row.variant).collect();
    // The others (Setup, Identity, Unreachable, TimedOut, RootMissing) are no answer of Placement's.
    assert_eq!(variants.len(), 14, "{variants:?}");
}

#[test]
fn the_sentence_that_says_nothing_is_left_out() {
    let error = refuse(
        "PUT",
        "/x",
        409,
        &body(409, "resource provider generation conflict", "placement.concurrent_update"),
    );
    assert_eq!(
        error.to_string(),
        "somebody else wrote at the same time: PUT /x (req-1): resource provider generation conflict"
    );
}

#[test]
fn what_matters_is_found_behind_a_long_name() {
    let name = "n".repeat(200);
    let detail = format!(
        "Unable to create resource provider {name}, {R}: Object action create failed because: parent provider UUID does not exist."
    );
    let error = refuse("POST", "/resource_providers", 400, &body(400, &detail, "placement.undefined_code"));
    assert!(matches!(error, PlacementError::NoSuchParent { .. }), "{error:?}");
    assert!(error.to_string().len() < 400, "{error}");
}
