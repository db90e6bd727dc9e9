//! The `openstack` crate on our login: its own cannot renew a token that was revoked, nor read a catalogue
//! with an endpoint without a region.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use openstack::auth::AuthType;
use openstack::session::Session;
use openstack::{Cloud, EndpointFilters, Error, ErrorKind};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{IdentityError, Keystone, TokenSource};

/// A [`Keystone`] as `openstack` wants it. Region and interfaces are Keystone's own settings, whatever the
/// crate's filters say: one configuration for all services.
#[derive(Debug)]
struct Riding {
    keystone: Arc<Keystone>,
    /// The token that was last used, to be thrown away when `openstack` asks for another.
    used: Mutex<Option<SecretString>>,
}

/// A session of the `openstack` crate, with our login, certificates and time limits.
///
/// # Errors
/// No login.
pub async fn session(keystone: Arc<Keystone>) -> Result<Session, Error> {
    let http = keystone.http().clone();
    Session::new_with_client(http, Riding { keystone, used: Mutex::new(None) }).await
}

/// A whole cloud of the `openstack` crate.
///
/// # Errors
/// No login.
pub async fn cloud(keystone: Arc<Keystone>) -> Result<Cloud, Error> {
    session(keystone).await.map(Cloud::from)
}

#[async_trait]
impl AuthType for Riding {
    async fn authenticate(
        &self,
        _client: &reqwest::Client,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::RequestBuilder, Error> {
        let token = self.keystone.token().await.map_err(as_theirs)?;
        let mut header = HeaderValue::from_str(token.expose_secret())
            .map_err(|_| Error::new(ErrorKind::InvalidResponse, "the token is no header value"))?;
        header.set_sensitive(true);
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(request.header("X-Auth-Token", header))
    }

    async fn get_endpoint(
        &self,
        _client: &reqwest::Client,
        service_type: &str,
        _filters: &EndpointFilters,
    ) -> Result<Url, Error> {
        self.keystone.endpoint_of(service_type).await.map_err(as_theirs)
    }

    async fn refresh(&self, _client: &reqwest::Client) -> Result<(), Error> {
        // The crate calls this at its beginning, too, where a token in memory is as good as a new one.
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(token) = used {
            self.keystone.invalidate(&token);
        }
        self.keystone.token().await.map(drop).map_err(as_theirs)
    }
}

fn as_theirs(error: IdentityError) -> Error {
    let kind = match &error {
        IdentityError::Unauthorized { .. } | IdentityError::Unscoped { .. } => {
            ErrorKind::AuthenticationFailed
        }
        IdentityError::NotInCatalog { .. } => ErrorKind::EndpointNotFound,
        IdentityError::Unreachable { .. } | IdentityError::Setup(_) => ErrorKind::ProtocolError,
        IdentityError::TimedOut { .. } => ErrorKind::OperationTimedOut,
        IdentityError::Unavailable { .. } => ErrorKind::InternalServerError,
        IdentityError::Nonsense { .. } => ErrorKind::InvalidResponse,
        IdentityError::Refused { .. } => ErrorKind::OperationFailed,
    };
    Error::new(kind, error.to_string())
}
