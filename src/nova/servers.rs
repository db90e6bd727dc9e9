//! The names of guests, for people: a consumer of an allocation is a server's UUID, mostly.
//!
//! A courtesy, never needed for a decision. The role `service` may not see all servers, a cloud may have no
//! Nova, and a consumer may be a migration: what cannot be had is left out.

use std::collections::BTreeMap;

use openstack::session::Session;
use openstack::{Error, ErrorKind};
use serde::Deserialize;
use uuid::Uuid;

use super::compute_api::get;
use crate::model::GuestServer;

/// The first version of the API has all that is read here.
const BASE: &str = "compute 2.1";

#[derive(Deserialize)]
struct Answer {
    server: Server,
}

#[derive(Deserialize)]
struct Server {
    name: String,
    #[serde(rename = "tenant_id")]
    project: String,
    status: String,
    // For an administrator alone.
    #[serde(rename = "OS-EXT-SRV-ATTR:hypervisor_hostname")]
    host: Option<String>,
}

/// The servers among these consumers that Nova shows us. One request each, and none after the first answer
/// which says that the others would go alike.
pub async fn servers(
    session: &mut Session,
    consumers: impl IntoIterator<Item = Uuid>,
) -> BTreeMap<Uuid, GuestServer> {
    let asked = ask_each(session, consumers).await.into_iter();
    asked.filter_map(|(consumer, server)| Some((consumer, server?))).collect()
}

/// The same with those of whom Nova says that it has no such server, which it also says of one that it hides.
pub(super) async fn ask_each(
    session: &mut Session,
    consumers: impl IntoIterator<Item = Uuid>,
) -> BTreeMap<Uuid, Option<GuestServer>> {
    let mut asked = BTreeMap::new();
    for consumer in consumers {
        match server(session, consumer).await {
            Ok(server) => {
                asked.insert(consumer, Some(server));
            }
            Err(error) => {
                tracing::debug!("Nova does not show the server {consumer}: {error}");
                match error.kind() {
                    ErrorKind::ResourceNotFound => drop(asked.insert(consumer, None)),
                    ErrorKind::InvalidResponse => {}
                    _ => break,
                }
            }
        }
    }
    asked
}

async fn server(session: &mut Session, id: Uuid) -> Result<GuestServer, Error> {
    let id = id.to_string();
    let answer: Answer = get(session, &["servers", id.as_str()], BASE).await?;
    let Server { name, project, status, host } = answer.server;
    Ok(GuestServer { name, project, status, host })
}

#[cfg(test)]
pub(super) mod tests;
