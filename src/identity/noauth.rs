//! No Keystone: Placement's `noauth2`, for development.

use secrecy::SecretString;
use url::Url;

use super::{BoxFuture, IdentityError, TokenSource};

/// A fixed endpoint and a fixed token.
#[derive(Debug, Clone)]
pub struct NoAuth {
    endpoint: Url,
    token: SecretString,
}

impl NoAuth {
    /// `admin`, which `auth_strategy = noauth2` takes for the role of that name.
    pub fn new(endpoint: Url) -> Self {
        NoAuth::with_token(endpoint, SecretString::from("admin"))
    }

    /// Another token.
    pub fn with_token(endpoint: Url, token: SecretString) -> Self {
        NoAuth { endpoint, token }
    }
}

impl TokenSource for NoAuth {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, IdentityError>> {
        Box::pin(async { Ok(self.token.clone()) })
    }

    fn endpoint(&self) -> BoxFuture<'_, Result<Url, IdentityError>> {
        Box::pin(async { Ok(self.endpoint.clone()) })
    }

    fn invalidate(&self, _refused: &SecretString) {}
}
