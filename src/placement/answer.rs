//! From a status and a body to a value or an error.
//!
//! The codes and texts are Placement's, seen on a running one (2026.2 development). Texts are looked at only
//! where it gives no code: two kinds of 400.

use reqwest::header::{HeaderMap, LOCATION};
use serde::de::DeserializeOwned;

use crate::identity::http::retry_after;
use crate::identity::text::excerpt;

use super::wire::{ErrorBody, ErrorsBody};
use super::{Call, PlacementError};

/// An answer with a status of the 200s.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) call: Box<Call>,
    pub(super) url: String,
    pub(super) text: String,
}

impl Answer {
    /// The body as what it should be.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, PlacementError> {
        serde_json::from_str(&self.text).map_err(|error| {
            // Read again only to say where in it: nobody wants an account of that for an answer that is good.
            let mut json = serde_json::Deserializer::from_str(&self.text);
            match serde_path_to_error::deserialize::<_, T>(&mut json) {
                Err(at) => self.nonsense(at.to_string()),
                Ok(_) => self.nonsense(error.to_string()),
            }
        })
    }

    /// The body is not what it should be.
    pub(super) fn nonsense(&self, what: impl Into<String>) -> PlacementError {
        PlacementError::Nonsense {
            call: self.call.clone(),
            url: self.url.clone(),
            what: what.into(),
            excerpt: excerpt(&self.text),
        }
    }
}

/// The error that an answer with any other status stands for.
pub(super) fn refusal(
    call: Box<Call>,
    url: String,
    needed: &str,
    status: u16,
    headers: &HeaderMap,
    text: &str,
) -> PlacementError {
    let nonsense = |call: Box<Call>, url: String, what: String| PlacementError::Nonsense {
        call,
        url,
        what,
        excerpt: excerpt(text),
    };
    match status {
        401 => return PlacementError::Unauthorized { call },
        429 | 502..=504 => {
            return PlacementError::Unavailable { call, status, retry_after: retry_after(headers) };
        }
        300..=399 => {
            let to = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("nowhere");
            return nonsense(call, url, format!("{status}, a redirect to {to}"));
        }
        _ => {}
    }
    let errors = serde_json::from_str::<ErrorsBody>(text).ok();
    let Some(error) = errors.and_then(|body| body.errors.into_iter().next()) else {
        let detail = excerpt(text);
        // Whatever serves Placement may answer a crash in its own words.
        return match status {
            500 if writes_traits(&call) => PlacementError::LostRace { call, detail },
            500..=599 => PlacementError::Refused { call, status, detail },
            _ => nonsense(call, url, format!("status {status} without Placement's error body")),
        };
    };
    known(call, url, needed, status, error)
}

/// An error in Placement's own words.
fn known(call: Box<Call>, url: String, needed: &str, status: u16, error: ErrorBody) -> PlacementError {
    let said = error.said();
    let detail = excerpt(said);
    match (status, error.code.as_deref()) {
        (403, _) => PlacementError::Forbidden { call, detail },
        (404, _) => PlacementError::NotFound { call, detail },
        (406, _) => match (error.min_version, error.max_version) {
            (Some(min), Some(max)) => PlacementError::TooOld { url, min, max, needed: needed.to_owned() },
            _ => PlacementError::Refused { call, status, detail },
        },
        (409, Some("placement.concurrent_update")) => PlacementError::ConcurrentUpdate { call, detail },
        (409, Some("placement.inventory.inuse")) => PlacementError::InventoryInUse { call, detail },
        (409, Some("placement.duplicate_name")) => PlacementError::DuplicateName { call, detail },
        (
            409,
            Some("placement.resource_provider.inuse" | "placement.resource_provider.cannot_delete_parent"),
        ) => PlacementError::ProviderInUse { call, detail },
        (400, _) if said.contains("parent provider UUID does not exist") => {
            PlacementError::NoSuchParent { call, detail }
        }
        (400, _) if writes_traits(&call) && said.contains("No such trait") => {
            PlacementError::NoSuchTrait { call, detail }
        }
        (500, _) if writes_traits(&call) => PlacementError::LostRace { call, detail },
        _ => PlacementError::Refused { call, status, detail },
    }
}

fn writes_traits(call: &Call) -> bool {
    call.method == "PUT" && call.path.ends_with("/traits")
}
