//! The HTTP client that Keystone and Placement are spoken to with.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::Code;

use super::text::causes;

/// Apache closes idle connections after 5 s; a request on a connection that is just being closed fails.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// How to speak HTTP. Proxies come from the environment, as for every OpenStack service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpOptions {
    /// The longest that a connection may take to stand.
    pub connect_timeout: Duration,
    /// The longest that one request may take, connection and body included.
    pub timeout: Duration,
    /// Certificates (PEM) to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether to trust any certificate at all. Only an explicit word of the operator may set it.
    pub insecure: bool,
    /// `User-Agent`, which Placement's access log shows.
    pub user_agent: String,
}

impl Default for HttpOptions {
    fn default() -> Self {
        HttpOptions {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            ca_file: None,
            insecure: false,
            user_agent: concat!("nvidia-placement-agent/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// No HTTP client can be made with these options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpSetupError {
    /// The CA file cannot be read.
    #[error("cannot read the CA file {}: {cause}", path.display())]
    CaUnreadable {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        cause: String,
    },
    /// The CA file is not a list of PEM certificates.
    #[error("the CA file {} has no usable certificate: {cause}", path.display())]
    CaInvalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The TLS library cannot be set up.
    #[error("cannot set up HTTP: {cause}")]
    Tls {
        /// What it says.
        cause: String,
    },
}

impl HttpSetupError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            HttpSetupError::CaUnreadable { .. } => Code::ConfigUnreadable,
            HttpSetupError::CaInvalid { .. } | HttpSetupError::Tls { .. } => Code::ConfigInvalid,
        }
    }

    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            HttpSetupError::CaUnreadable { path, .. } => {
                format!("Make {} readable for the agent's user, or name another CA file.", path.display())
            }
            HttpSetupError::CaInvalid { path, .. } => {
                format!("Put the CA's certificate in PEM form (BEGIN CERTIFICATE) into {}.", path.display())
            }
            HttpSetupError::Tls { .. } => "Check the system's CA certificates.".to_owned(),
        }
    }
}

impl HttpOptions {
    /// A client: rustls with the system's roots and the CA file, no redirects (an API does not redirect, and
    /// a token must not follow one), no retries of its own (they are counted and logged by the caller).
    ///
    /// # Errors
    /// The CA file is unreadable or not PEM, or TLS cannot be set up.
    pub(crate) fn client(&self) -> Result<reqwest::Client, HttpSetupError> {
        let mut builder = reqwest::Client::builder()
            .use_rustls_tls()
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .danger_accept_invalid_certs(self.insecure)
            .user_agent(&self.user_agent);
        for certificate in self.certificates()? {
            builder = builder.add_root_certificate(certificate);
        }
        builder.build().map_err(|error| match &self.ca_file {
            Some(path) => HttpSetupError::CaInvalid { path: path.clone(), cause: causes(&error) },
            None => HttpSetupError::Tls { cause: causes(&error) },
        })
    }

    fn certificates(&self) -> Result<Vec<reqwest::Certificate>, HttpSetupError> {
        let Some(path) = &self.ca_file else { return Ok(Vec::new()) };
        let invalid = |cause: String| HttpSetupError::CaInvalid { path: path.clone(), cause };
        let pem = std::fs::read(path)
            .map_err(|error| HttpSetupError::CaUnreadable { path: path.clone(), cause: error.to_string() })?;
        let found = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| invalid(causes(&error)))?;
        if found.is_empty() { Err(invalid("no BEGIN CERTIFICATE in it".to_owned())) } else { Ok(found) }
    }
}

/// `Retry-After` in seconds; its other form, a date, needs a clock that agrees with the server's and is
/// left aside.
pub(crate) fn retry_after(headers: &reqwest::header::HeaderMap) -> Option<Duration> {
    let value = headers.get(reqwest::header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}
