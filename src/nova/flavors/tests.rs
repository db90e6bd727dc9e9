use serde_json::json;

use super::*;
use crate::identity::tests::server::{Reply, Request};
use crate::nova::servers::tests::{cloud, login};

fn page(ids: &[&str]) -> Reply {
    let one = |id: &&str| {
        json!({ "id": id, "name": format!("gpu.{id}"), "os-flavor-access:is_public": *id != "b", "ram": 1,
            "extra_specs": { "resources:VGPU": "1" } })
    };
    let flavors: Vec<_> = ids.iter().map(one).collect();
    Reply::new(200, json!({ "flavors": flavors }).to_string()).header("Content-Type", "application/json")
}

#[tokio::test]
async fn every_page_is_read_with_its_extra_specs() {
    let http = cloud(true, |request: &Request| {
        assert_eq!(request.header("openstack-api-version"), Some("compute 2.61"));
        let query = request.path.split_once('?').unwrap().1;
        assert!(query.contains("is_public=None"), "{query}");
        match query {
            query if query.contains("marker=c") => page(&[]),
            query if query.contains("marker=b") => page(&["c"]),
            _ => page(&["a", "b"]),
        }
    })
    .await;
    let all = flavors(&mut login(&http).await).await.unwrap();
    assert_eq!(
        all.iter().map(|flavor| flavor.name.as_str()).collect::<Vec<_>>(),
        ["gpu.a", "gpu.b", "gpu.c"]
    );
    assert_eq!(all.iter().map(|flavor| flavor.public).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(all[0].properties["resources:VGPU"], "1");
    assert_eq!(http.take().len(), 4, "a login and three pages");
}

#[tokio::test]
async fn a_refusal_is_an_error_and_a_refused_token_one_more_login() {
    let http = cloud(true, |_: &Request| Reply::new(403, "{}")).await;
    assert!(flavors(&mut login(&http).await).await.is_err());
    let http = cloud(true, |request: &Request| match request.header("x-auth-token") {
        Some("token-1") => Reply::new(401, "{}"),
        _ => page(&[]),
    })
    .await;
    assert!(flavors(&mut login(&http).await).await.unwrap().is_empty());
    assert_eq!(http.take().iter().filter(|request| request.starts_with("POST")).count(), 2);
}
