//! Keystone's catalogue: which address a service has.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use url::Url;

use crate::model::ParseError;

use super::IdentityError;
use super::text::shown;

/// Which of a service's addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// The one for services of the cloud.
    Internal,
    /// The one for its users.
    Public,
    /// The one for its administrators, which few clouds still have.
    Admin,
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Interface::Internal => "internal",
            Interface::Public => "public",
            Interface::Admin => "admin",
        })
    }
}

impl FromStr for Interface {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        // clouds.yaml and nova.conf know both spellings.
        match text.trim().strip_suffix("URL").unwrap_or(text.trim()) {
            "internal" => Ok(Interface::Internal),
            "public" => Ok(Interface::Public),
            "admin" => Ok(Interface::Admin),
            _ => Err(ParseError {
                what: "interface",
                value: text.to_owned(),
                expected: "internal, public or admin",
            }),
        }
    }
}

/// One service of the catalogue, as Keystone sends it.
#[derive(Debug, Deserialize)]
pub(super) struct Service {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    endpoints: Vec<Endpoint>,
}

#[derive(Debug, Deserialize)]
struct Endpoint {
    interface: String,
    // Both null for an endpoint without a region, which Keystone allows.
    #[serde(default)]
    region_id: Option<String>,
    #[serde(default)]
    region: Option<String>,
    url: String,
}

impl Endpoint {
    fn region(&self) -> Option<&str> {
        self.region_id.as_deref().or(self.region.as_deref())
    }
}

/// What is looked for.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) service: &'a str,
    pub(super) interfaces: &'a [Interface],
    pub(super) region: Option<&'a str>,
}

impl Wanted<'_> {
    /// The service's URL on the first of the wanted interfaces that it has in the wanted region; without a
    /// wanted region, in any.
    pub(super) fn find(&self, catalog: &[Service]) -> Result<Url, IdentityError> {
        let endpoints: Vec<&Endpoint> = catalog
            .iter()
            .filter(|service| service.kind == self.service)
            .flat_map(|s| &s.endpoints)
            .collect();
        if endpoints.is_empty() {
            return Err(self.missing(catalog.iter().map(|s| format!("service {}", s.kind)).collect()));
        }
        let fits = |endpoint: &Endpoint, interface: Interface| {
            endpoint.interface == interface.to_string()
                && (self.region.is_none() || endpoint.region() == self.region)
        };
        let found = self
            .interfaces
            .iter()
            .find_map(|wanted| endpoints.iter().find(|endpoint| fits(endpoint, *wanted)))
            .ok_or_else(|| self.missing(endpoints.iter().map(|e| describe(e)).collect()))?;
        found.url.parse().map_err(|_| self.missing(vec![format!("the malformed URL {:?}", found.url)]))
    }

    fn missing(&self, mut has: Vec<String>) -> IdentityError {
        has.sort();
        has.dedup();
        let interfaces: Vec<String> = self.interfaces.iter().map(Interface::to_string).collect();
        let region = self.region.map_or("any region".to_owned(), |region| format!("region {region}"));
        IdentityError::NotInCatalog {
            wanted: format!(
                "service {}, interface {}, {region}",
                self.service,
                if interfaces.is_empty() { "(none named)".to_owned() } else { interfaces.join(" or ") },
            ),
            has,
        }
    }
}

fn describe(endpoint: &Endpoint) -> String {
    let url = endpoint.url.parse().map_or_else(|_| endpoint.url.clone(), |url: Url| shown(&url));
    match endpoint.region() {
        Some(region) => format!("{} in region {region} ({url})", endpoint.interface),
        None => format!("{} without a region ({url})", endpoint.interface),
    }
}
