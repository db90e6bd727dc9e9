//! Finding the compute node's root provider. It is never created here: nova-compute does that.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::{Code, Finding, RootUuid};
use crate::nova::oslo::Search;
use crate::nova::{ComputeIdError, host_fqdn, read_compute_id};
use crate::placement::{Client, PlacementError};

/// The host's own name may take a name server to find out.
const NAME_PATIENCE: Duration = Duration::from_secs(5);

/// Where a name comes from that somebody typed.
pub const COMMAND_LINE: &str = "as given on the command line";

const NAMED: &str = "as root.name says";
const OWN_NAME: &str = "the name of this host";

/// What the operator says about the root; what is said is taken, in this order.
#[derive(Debug, Clone, Default)]
pub struct RootChoice {
    /// The provider with this UUID.
    pub uuid: Option<RootUuid>,
    /// The one whose UUID is in this file, as Nova writes it.
    pub compute_id_file: Option<PathBuf>,
    /// The one of this name.
    pub name: Option<String>,
    /// Nova's configuration: it tells where Nova has that file, when nothing else is said.
    pub nova: Search,
}

/// The root is not to be found.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// Nova's file is not as it should be.
    #[error(transparent)]
    ComputeId(#[from] ComputeIdError),
    /// Placement could not be asked.
    #[error(transparent)]
    Placement(#[from] PlacementError),
    /// Nobody has that name.
    #[error("Placement has no provider named {name:?}, {whence}")]
    NoSuchName {
        /// The name.
        name: String,
        /// Where the name comes from.
        whence: &'static str,
    },
    /// Somebody has that name, but is no root.
    #[error("the provider named {name:?} is a child of {parent}, not a root")]
    NotARoot {
        /// The name.
        name: String,
        /// Its parent.
        parent: String,
    },
}

impl RootError {
    /// The same for people and reports.
    pub fn finding(&self) -> Finding {
        match self {
            RootError::ComputeId(error) => Finding::new(error.code(), "root provider", self, error.remedy()),
            RootError::Placement(error) => error.finding("Placement"),
            RootError::NoSuchName { whence: COMMAND_LINE, .. } | RootError::NotARoot { .. } => Finding::new(
                Code::RootMissing,
                "root provider",
                self,
                "name the compute node itself, by hypervisor hostname or UUID (`openstack resource provider list` shows both): \
                 on the command line, or as root.name or root.uuid",
            ),
            RootError::NoSuchName { .. } => Finding::new(
                Code::RootMissing,
                "root provider",
                self,
                "nova-compute makes it when it starts: is it running here? If the compute node has another name, set \
                 root.name or root.uuid (`openstack resource provider list` shows both)",
            ),
        }
    }
}

/// Finds the root of this host. A UUID is not looked up here: the first reading of its tree tells whether it
/// exists.
///
/// # Errors
/// See [`RootError`].
pub async fn find_root(choice: &RootChoice, client: &Client) -> Result<RootUuid, RootError> {
    find_root_and_how(choice, client).await.map(|(root, _)| root)
}

/// The same, with what led to it.
///
/// # Errors
/// See [`RootError`].
pub async fn find_root_and_how(
    choice: &RootChoice,
    client: &Client,
) -> Result<(RootUuid, &'static str), RootError> {
    if let Some(uuid) = choice.uuid {
        return Ok((uuid, "as root.uuid says"));
    }
    let ask_nova = choice.compute_id_file.is_some() || choice.name.is_none();
    if ask_nova && let Some(uuid) = read_compute_id(choice.compute_id_file.as_deref(), &choice.nova)? {
        return Ok((uuid, "by Nova's compute_id file"));
    }
    match &choice.name {
        Some(name) => root_by_name(name, NAMED, client).await.map(|root| (root, NAMED)),
        None => {
            // Bounded, and rare: only while the root is not known.
            let name = tokio::task::spawn_blocking(|| host_fqdn(NAME_PATIENCE)).await.unwrap_or_default();
            root_by_name(&name, OWN_NAME, client).await.map(|root| (root, OWN_NAME))
        }
    }
}

/// Finds the root of that name, anywhere in the deployment.
///
/// # Errors
/// See [`RootError`].
pub async fn root_by_name(name: &str, whence: &'static str, client: &Client) -> Result<RootUuid, RootError> {
    let found = client.providers_by_name(name).await?.into_iter().next();
    let found = found.ok_or_else(|| RootError::NoSuchName { name: name.to_owned(), whence })?;
    match found.parent {
        None => Ok(RootUuid::new(found.uuid.get())),
        Some(parent) => Err(RootError::NotARoot { name: name.to_owned(), parent: parent.to_string() }),
    }
}
