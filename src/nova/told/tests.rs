use serde_json::{Value, json};

use super::*;
use crate::identity::tests::server::{Reply, Request};
use crate::nova::servers::tests::{cloud, login, uuids, web};

const NODE: Uuid = Uuid::from_u128(0xffff);

fn found(body: &Value) -> Reply {
    Reply::new(200, body.to_string()).header("Content-Type", "application/json")
}

/// A Nova with one server, one migration, and a compute node or none, for an administrator or for somebody else.
async fn ask(admin: bool, node: bool, more: bool) -> (NovaTold, Vec<String>) {
    let [server, migration, nobody] = uuids();
    let http = cloud(true, move |request: &Request| {
        let path = request.path.as_str();
        let version = request.header("openstack-api-version").unwrap();
        match path {
            _ if path.ends_with(&server.to_string()) => web(server),
            _ if path.contains("/servers/") => Reply::new(404, "{}"),
            _ if !admin => Reply::new(403, "{}"),
            _ if path.ends_with("/os-migrations") => {
                assert_eq!(version, "compute 2.59");
                let one = json!({ "uuid": migration, "instance_uuid": server, "status": "running", "x": 1 });
                let mut all = json!({ "migrations": [one] });
                if more {
                    all["migrations_links"] = json!([{ "rel": "next" }]);
                }
                found(&all)
            }
            _ => {
                assert_eq!(
                    (path, version),
                    (format!("/v2.1/os-hypervisors/{NODE}").as_str(), "compute 2.53")
                );
                if node { found(&json!({ "hypervisor": {} })) } else { Reply::new(404, "{}") }
            }
        }
    })
    .await;
    let told = told(&mut login(&http).await, NODE, [server, migration, nobody]).await;
    (told, http.take())
}

#[tokio::test]
async fn an_administrator_learns_of_servers_migrations_and_nobody() {
    let [server, migration, nobody] = uuids();
    for node in [true, false] {
        let (told, asked) = ask(true, node, false).await;
        assert_eq!(told.node, Some(node));
        assert!(matches!(&told.consumers[&server], Consumer::Server(found) if found.name == "web"));
        let moving = Consumer::Migration { server, status: "running".to_owned() };
        assert_eq!((&told.consumers[&migration], &told.consumers[&nobody]), (&moving, &Consumer::Nobody));
        assert_eq!(asked.len(), 1 + 1 + 3 + 1, "a login, the node, three servers, all migrations");
    }
}

#[tokio::test]
async fn nobody_is_said_only_by_who_sees_everything() {
    let [server, migration, nobody] = uuids();
    let (told, _) = ask(false, true, false).await;
    assert_eq!((told.node, told.consumers.len()), (None, 1), "{told:?}");
    assert!(told.consumers.contains_key(&server));
    let (told, _) = ask(true, true, true).await;
    assert!(told.consumers.contains_key(&migration) && !told.consumers.contains_key(&nobody), "{told:?}");
}

#[test]
fn a_migration_that_is_over_leaves_a_leak() {
    let of = |status: &str| Consumer::Migration { server: NODE, status: status.to_owned() };
    assert!(["running", "finished", "post-migrating", "error"].iter().all(|status| !of(status).is_gone()));
    assert!(["completed", "confirmed", "reverted"].iter().all(|status| of(status).is_gone()));
    assert!(Consumer::Nobody.is_gone());
}
