//! Keystone v3: one login at a time, renewed ahead of its expiry, thrown away when it is refused.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use super::catalog::Wanted;
use super::login::{Session, login};
use super::{AuthMethod, BoxFuture, HttpOptions, IdentityError, Interface, TokenSource};

/// After a renewal that failed, a token that is still good is used for this long before the next try: a
/// Keystone that is down must not slow every request down.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// How to log in, and which endpoint to take from the catalogue.
#[derive(Debug, Clone)]
pub struct KeystoneSettings {
    /// Keystone's address, with or without `/v3`.
    pub auth_url: Url,
    /// Credentials and scope.
    pub method: AuthMethod,
    /// The region of the endpoint; none takes any.
    pub region: Option<String>,
    /// Interfaces in order of preference.
    pub interfaces: Vec<Interface>,
    /// Placement's endpoint, to take instead of the catalogue's.
    pub endpoint_override: Option<Url>,
    /// How to speak HTTP.
    pub http: HttpOptions,
}

/// A token source that logs in to Keystone.
pub struct Keystone {
    settings: KeystoneSettings,
    http: reqwest::Client,
    tokens_url: Url,
    session: Mutex<Option<Arc<Session>>>,
    /// Held while logging in, so that many requests cause one login. Keeps when a renewal last failed.
    renewal: tokio::sync::Mutex<Option<Instant>>,
}

impl Keystone {
    /// Prepares it; the first login happens when the first token is asked for.
    ///
    /// # Errors
    /// No HTTP client can be made: the CA file.
    pub fn new(settings: KeystoneSettings) -> Result<Self, IdentityError> {
        Ok(Keystone {
            http: settings.http.client()?,
            tokens_url: tokens_url(&settings.auth_url),
            settings,
            session: Mutex::new(None),
            renewal: tokio::sync::Mutex::new(None),
        })
    }

    /// The endpoint of any service, from the catalogue.
    ///
    /// # Errors
    /// No login, or no such endpoint.
    pub async fn endpoint_of(&self, service: &str) -> Result<Url, IdentityError> {
        let KeystoneSettings { interfaces, region, .. } = &self.settings;
        Wanted { service, interfaces, region: region.as_deref() }.find(&self.session().await?.catalog)
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    fn remembered(&self) -> Option<Arc<Session>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fresh(&self) -> Option<Arc<Session>> {
        self.remembered().filter(|session| Instant::now() < session.renew_at)
    }

    async fn session(&self) -> Result<Arc<Session>, IdentityError> {
        if let Some(session) = self.fresh() {
            return Ok(session);
        }
        let mut failed_at = self.renewal.lock().await;
        // Somebody else may have logged in while this request waited.
        if let Some(session) = self.fresh() {
            return Ok(session);
        }
        let old = self.remembered().filter(|session| Instant::now() < session.expires_at);
        if let (Some(old), Some(at)) = (&old, *failed_at)
            && at.elapsed() < RENEWAL_PAUSE
        {
            return Ok(Arc::clone(old));
        }
        match login(&self.http, &self.tokens_url, &self.settings.method).await {
            Ok(session) => {
                *failed_at = None;
                let session = Arc::new(session);
                *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&session));
                Ok(session)
            }
            Err(error) => {
                *failed_at = Some(Instant::now());
                let Some(old) = old else { return Err(error) };
                tracing::warn!("the token cannot be renewed, the old one still holds: {error}");
                Ok(old)
            }
        }
    }
}

impl TokenSource for Keystone {
    fn token(&self) -> BoxFuture<'_, Result<SecretString, IdentityError>> {
        Box::pin(async { Ok(self.session().await?.token.clone()) })
    }

    fn endpoint(&self) -> BoxFuture<'_, Result<Url, IdentityError>> {
        Box::pin(async {
            match &self.settings.endpoint_override {
                Some(url) => Ok(url.clone()),
                None => self.endpoint_of("placement").await,
            }
        })
    }

    fn invalidate(&self, refused: &SecretString) {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if session.as_ref().is_some_and(|s| s.token.expose_secret() == refused.expose_secret()) {
            *session = None;
        }
    }
}

impl fmt::Debug for Keystone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keystone").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// `…/v3/auth/tokens`, for an address with or without `/v3`.
fn tokens_url(auth_url: &Url) -> Url {
    let mut url = auth_url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let version = if path.ends_with("/v3") { "" } else { "/v3" };
    url.set_path(&format!("{path}{version}/auth/tokens"));
    url
}
