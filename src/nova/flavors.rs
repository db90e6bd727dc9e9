//! The flavors of the cloud, with their extra specs.

use std::collections::BTreeMap;

use openstack::Error;
use openstack::session::Session;
use serde::Deserialize;

use super::compute_api::query;
use crate::model::Flavor;

/// The first that shows the extra specs with the flavors.
const MICROVERSION: &str = "compute 2.61";
/// Nova's own limit for a page by default.
const PAGE: usize = 1000;

#[derive(Deserialize)]
struct Page {
    flavors: Vec<Shown>,
}

#[derive(Deserialize)]
struct Shown {
    id: String,
    name: String,
    #[serde(rename = "os-flavor-access:is_public", default)]
    public: bool,
    #[serde(default)]
    extra_specs: BTreeMap<String, String>,
}

impl From<Shown> for Flavor {
    fn from(shown: Shown) -> Self {
        let Shown { id, name, public, extra_specs } = shown;
        Flavor { id, name, public, properties: extra_specs }
    }
}

/// All flavors that these credentials may see: with an administrator's role private ones, too.
///
/// # Errors
/// Nova does not answer, or refuses.
pub async fn flavors(session: &mut Session) -> Result<Vec<Flavor>, Error> {
    let mut all: Vec<Flavor> = Vec::new();
    loop {
        let marker = all.last().map(|flavor| flavor.id.clone());
        let mut wanted = vec![("is_public", "None".to_owned()), ("limit", PAGE.to_string())];
        wanted.extend(marker.map(|marker| ("marker", marker)));
        let page: Page = query(session, &["flavors", "detail"], &wanted, MICROVERSION).await?;
        // A page may be shorter than was asked for; only an empty one is the last.
        if page.flavors.is_empty() {
            return Ok(all);
        }
        all.extend(page.flavors.into_iter().map(Flavor::from));
    }
}

#[cfg(test)]
mod tests;
