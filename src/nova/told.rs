//! What Nova says of a compute node and of who holds allocations there: servers, migrations, or nobody.
//!
//! Nova hides servers and migrations of others from whoever may not see them, in the same words that it has for what
//! does not exist. So "nobody" is said only to a login that may ask for compute nodes, which Nova shows to
//! administrators alone.

use openstack::session::Session;
use openstack::{Error, ErrorKind};
use serde::Deserialize;
use uuid::Uuid;

use super::compute_api::get;
use super::servers::ask_each;
use crate::model::{Consumer, NovaTold};

/// Compute nodes are known by UUID from this version on.
const WITH_NODE_UUIDS: &str = "compute 2.53";
/// Migrations have UUIDs from this version on.
const WITH_MIGRATION_UUIDS: &str = "compute 2.59";

#[derive(Deserialize)]
struct Migrations {
    migrations: Vec<Migration>,
    /// Where more of them are: Nova shows the newest thousand at once.
    migrations_links: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Migration {
    uuid: Uuid,
    instance_uuid: Uuid,
    status: String,
}

/// Asks Nova, with as few requests as it takes: one for the node, one for each consumer, one for all migrations.
pub async fn told(session: &mut Session, node: Uuid, consumers: impl IntoIterator<Item = Uuid>) -> NovaTold {
    let mut told = NovaTold { node: compute_node(session, node).await, ..NovaTold::default() };
    let asked = ask_each(session, consumers).await;
    let unknown: Vec<Uuid> = asked.iter().filter(|(_, found)| found.is_none()).map(|(id, _)| *id).collect();
    told.consumers =
        asked.into_iter().filter_map(|(id, found)| Some((id, Consumer::Server(found?)))).collect();
    if unknown.is_empty() {
        return told;
    }
    let answer = get::<Migrations>(session, &["os-migrations"], WITH_MIGRATION_UUIDS).await;
    let Ok(list) = answer.inspect_err(|error| tracing::debug!("Nova shows no migrations: {error}")) else {
        return told;
    };
    let all = told.node.is_some() && list.migrations_links.is_none();
    for consumer in unknown {
        let found = list.migrations.iter().find(|migration| migration.uuid == consumer);
        let known = match found {
            Some(Migration { instance_uuid, status, .. }) => {
                Some(Consumer::Migration { server: *instance_uuid, status: status.clone() })
            }
            None => all.then_some(Consumer::Nobody),
        };
        told.consumers.extend(known.map(|known| (consumer, known)));
    }
    told
}

/// Whether Nova has a compute node with that UUID, if it tells us.
async fn compute_node(session: &mut Session, node: Uuid) -> Option<bool> {
    let id = node.to_string();
    let path = ["os-hypervisors", id.as_str()];
    let answer: Result<serde::de::IgnoredAny, Error> = get(session, &path, WITH_NODE_UUIDS).await;
    match answer {
        Ok(_) => Some(true),
        Err(error) if error.kind() == ErrorKind::ResourceNotFound => Some(false),
        Err(error) => {
            tracing::debug!("Nova does not show the compute node {node}: {error}");
            None
        }
    }
}

#[cfg(test)]
mod tests;
