//! Nova's API as the `openstack` crate is told of it.

use openstack::session::{ServiceType, Session};
use openstack::{Error, ErrorKind};
use serde::de::DeserializeOwned;

/// Nova. Its base version, or the one that a request names, has what is read here; discovery would cost requests
/// and tell nothing.
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

/// One GET, at that microversion (`compute 2.59`).
pub(super) async fn get<T>(session: &mut Session, path: &[&str], microversion: &str) -> Result<T, Error>
where
    T: DeserializeOwned + Send,
{
    query(session, path, &[], microversion).await
}

/// One GET with a query, at that microversion.
pub(super) async fn query<T>(
    session: &mut Session,
    path: &[&str],
    query: &[(&str, String)],
    microversion: &str,
) -> Result<T, Error>
where
    T: DeserializeOwned + Send,
{
    let ask = async |session: &Session| {
        let request = session.get(Compute, path).header("OpenStack-API-Version", microversion);
        let request = if query.is_empty() { request } else { request.query(query) };
        request.fetch().await
    };
    match ask(session).await {
        // The crate does not try again with another token by itself.
        Err(error) if error.kind() == ErrorKind::AuthenticationFailed => {
            session.refresh().await?;
            ask(session).await
        }
        answer => answer,
    }
}
