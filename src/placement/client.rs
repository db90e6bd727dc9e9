//! The client: what it is made of, and the one check before the first request.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::identity::text::shown;
use crate::identity::{HttpOptions, TokenSource};
use crate::model::ParseError;

use super::answer::Answer;
use super::meters::Meters;
use super::request::{Request, Transport};
use super::wire::{VersionBody, VersionsBody};
use super::{MICROVERSION, Microversion, PlacementError, VersionRange};

/// How to speak to Placement.
#[derive(Debug, Clone)]
pub struct Options {
    /// How to speak HTTP.
    pub http: HttpOptions,
    /// How often a request is tried again when it meets an outage.
    pub retries: usize,
    /// No attempt starts later than this after the first.
    pub patience: Duration,
    /// What counts.
    pub meters: Meters,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            http: HttpOptions::default(),
            retries: 3,
            patience: Duration::from_secs(60),
            meters: Meters::default(),
        }
    }
}

/// One method for each request. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    version: OnceCell<VersionRange>,
}

impl Client {
    /// Prepares it; nothing is sent yet.
    ///
    /// # Errors
    /// [`PlacementError::Setup`]: the CA file.
    pub fn new(options: Options, tokens: Arc<dyn TokenSource>) -> Result<Self, PlacementError> {
        let Options { http, retries, patience, meters } = options;
        let transport = Transport {
            http: http.client()?,
            tokens,
            retries,
            patience,
            down: AtomicBool::new(false),
            meters,
        };
        Ok(Client { transport, version: OnceCell::new() })
    }

    /// The versions that the server speaks, [`MICROVERSION`] among them: `GET /`, once, before the first
    /// other request.
    ///
    /// # Errors
    /// [`PlacementError::TooOld`] where [`MICROVERSION`] is not among them, [`PlacementError::Nonsense`]
    /// where it is another service's root document, and everything that any request can meet.
    pub async fn version(&self) -> Result<VersionRange, PlacementError> {
        self.version.get_or_try_init(|| self.ask_version()).await.copied()
    }

    async fn ask_version(&self) -> Result<VersionRange, PlacementError> {
        let answer = match self.transport.send(&Request::get("/")).await {
            // A path that what answers does not know: Placement is not at this endpoint.
            Err(PlacementError::NotFound { call, detail }) => {
                let url = shown(&self.transport.tokens.endpoint().await?);
                let what = "no root document".to_owned();
                return Err(PlacementError::Nonsense { call, url, what, excerpt: detail });
            }
            outcome => outcome?,
        };
        let VersionsBody { versions } = answer.json()?;
        let [VersionBody { min_version, max_version }] = versions.as_slice() else {
            return Err(answer.nonsense(format!("{} versions instead of one", versions.len())));
        };
        let parse = |text: &str| text.parse().map_err(|error: ParseError| answer.nonsense(error.to_string()));
        let (min, max, needed): (Microversion, Microversion, Microversion) =
            (parse(min_version)?, parse(max_version)?, parse(MICROVERSION)?);
        if min <= needed && needed <= max {
            tracing::info!("Placement found at {url}, microversions {min} to {max}", url = answer.url);
            return Ok(VersionRange { min, max });
        }
        let (min, max, needed) = (min.to_string(), max.to_string(), needed.to_string());
        Err(PlacementError::TooOld { url: answer.url, min, max, needed })
    }

    pub(super) async fn send(&self, request: Request) -> Result<Answer, PlacementError> {
        self.version().await?;
        self.transport.send(&request).await
    }
}
