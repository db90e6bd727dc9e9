//! What an operator is told to do about a [`PlacementError`], and its stable code.

use std::fmt;

use crate::model::{Code, Finding};

use super::PlacementError;

impl PlacementError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            PlacementError::Setup(error) => error.code(),
            PlacementError::Identity(error) => error.code(),
            PlacementError::Unreachable { .. } | PlacementError::TimedOut { .. } => Code::Unreachable,
            PlacementError::TooOld { .. } => Code::TooOld,
            PlacementError::Nonsense { .. } => Code::Nonsense,
            PlacementError::Unauthorized { .. } => Code::Unauthorized,
            PlacementError::Forbidden { .. } => Code::Forbidden,
            PlacementError::RootMissing { .. }
            | PlacementError::NotARoot { .. }
            | PlacementError::NoSuchParent { .. } => Code::RootMissing,
            PlacementError::DuplicateName { .. } => Code::Taken,
            PlacementError::NotFound { .. }
            | PlacementError::ConcurrentUpdate { .. }
            | PlacementError::InventoryInUse { .. }
            | PlacementError::ProviderInUse { .. }
            | PlacementError::NoSuchTrait { .. }
            | PlacementError::LostRace { .. } => Code::Conflict,
            PlacementError::Unavailable { .. } => Code::Unavailable,
            PlacementError::Refused { .. } => Code::Refused,
        }
    }

    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            PlacementError::Setup(error) => return error.remedy(),
            PlacementError::Identity(error) => return error.remedy(),
            PlacementError::Unreachable { .. } => {
                "Check the endpoint, name resolution, the network and the CA file. `run` keeps trying, and \
                 Placement keeps what it was told last."
            }
            PlacementError::TimedOut { .. } => {
                "Check Placement, its database and the network. `run` keeps trying."
            }
            PlacementError::TooOld { .. } => {
                "Upgrade Placement: 1.28 came with OpenStack's Rocky release. If it is newer than this agent knows, \
                 upgrade the agent."
            }
            PlacementError::Nonsense { .. } => {
                "Check that the endpoint is Placement's, as in https://cloud.example.org/placement, and that no \
                 proxy answers in its place."
            }
            PlacementError::Unauthorized { .. } => {
                "Check that Placement accepts tokens of this Keystone ([keystone_authtoken] in placement.conf) \
                 and that the clocks of both agree."
            }
            PlacementError::Forbidden { .. } => {
                "Give the agent's user the role `service` (or `admin`) in its project, and let it log in for that \
                 project: a token for a domain or the system does not do. `run` keeps trying, slowly."
            }
            PlacementError::NotARoot { .. } => {
                "Name the compute node itself: `openstack resource provider show` on the parent leads there. Nothing \
                 was written."
            }
            PlacementError::RootMissing { .. } => {
                "Start nova-compute on this host once: it creates the root. If it runs, check that the root is \
                 the right one: nova-compute's compute_id file and the name of its host."
            }
            PlacementError::NoSuchParent { .. } => {
                "The compute node's root provider has gone. Check nova-compute, which creates it; the agent \
                 waits for it."
            }
            PlacementError::DuplicateName { .. } => {
                "Look at who has the name or the UUID. If that is a leftover of another root, purge it there."
            }
            PlacementError::NotFound { .. } => {
                "Nothing, if it happens once: somebody deleted a provider. If it repeats, find out who."
            }
            PlacementError::ConcurrentUpdate { .. } | PlacementError::LostRace { .. } => {
                "Nothing, if it happens once. If it repeats, find out who else writes to these providers."
            }
            PlacementError::InventoryInUse { .. } | PlacementError::ProviderInUse { .. } => {
                "Wait for the guests on it to go; the provider stays drained until then."
            }
            PlacementError::NoSuchTrait { .. } => {
                "Nothing, if it happens once: the agent creates the trait again. If it repeats, find out who \
                 deletes it."
            }
            PlacementError::Unavailable { .. } => "Check Placement. `run` keeps trying.",
            PlacementError::Refused { .. } => {
                "See Placement's log for the request id. If the request is wrong, please report it."
            }
        }
        .to_owned()
    }

    /// The error as an operator sees it.
    pub fn finding(&self, subject: impl fmt::Display) -> Finding {
        Finding::new(self.code(), subject, self, self.remedy())
    }
}
