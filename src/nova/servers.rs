//! The names of guests, for people: a consumer of an allocation is a server's UUID, mostly.
//!
//! A courtesy, never needed for a decision. The role `service` may not see all servers, a cloud may have no
//! Nova, and a consumer may be a migration: what cannot be had is left out.

use std::collections::BTreeMap;

use openstack::session::{ServiceType, Session};
use openstack::{Error, ErrorKind};
use serde::Deserialize;
use uuid::Uuid;

/// A guest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// The id of the project that it belongs to.
    #[serde(rename = "tenant_id")]
    pub project: String,
    /// As Nova writes it: `ACTIVE`, `SHUTOFF`, …
    pub status: String,
}

#[derive(Deserialize)]
struct Answer {
    server: Server,
}

/// Nova. The base version of its API has all that is read here; discovery would cost requests and tell
/// nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compute;

impl ServiceType for Compute {
    fn catalog_type(&self) -> &'static str {
        "compute"
    }

    fn version_discovery_supported(&self) -> bool {
        false
    }
}

/// The servers among these consumers that Nova shows us. One request each, and none after the first answer
/// which says that the others would go alike.
pub async fn servers(
    session: &mut Session,
    consumers: impl IntoIterator<Item = Uuid>,
) -> BTreeMap<Uuid, Server> {
    let mut found = BTreeMap::new();
    for consumer in consumers {
        match server(session, consumer).await {
            Ok(server) => {
                found.insert(consumer, server);
            }
            Err(error) => {
                tracing::debug!(%consumer, %error, "Nova does not show the server");
                if !matches!(error.kind(), ErrorKind::ResourceNotFound | ErrorKind::InvalidResponse) {
                    break;
                }
            }
        }
    }
    found
}

async fn server(session: &mut Session, id: Uuid) -> Result<Server, Error> {
    match ask(session, id).await {
        // The crate does not try again with another token by itself.
        Err(error) if error.kind() == ErrorKind::AuthenticationFailed => {
            session.refresh().await?;
            ask(session, id).await
        }
        answer => answer,
    }
}

async fn ask(session: &Session, id: Uuid) -> Result<Server, Error> {
    let id = id.to_string();
    let answer: Answer = session.get_json(Compute, ["servers", id.as_str()]).await?;
    Ok(answer.server)
}

#[cfg(test)]
pub(super) mod tests;
