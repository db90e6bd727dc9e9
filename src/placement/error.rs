//! What Placement answers when it does not do what was asked, told apart by what helps against it.

use std::time::Duration;

use crate::identity::{Class, HttpSetupError, IdentityError};
use crate::model::{ProviderUuid, RootUuid};

use super::Call;

/// A request that failed. Carries no token in any of its texts.
///
/// One variant for each answer that is acted upon differently; what they say and when Placement says it was
/// seen on a running one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacementError {
    /// No HTTP client can be made.
    #[error(transparent)]
    Setup(#[from] HttpSetupError),
    /// There is no token, or no endpoint.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// No connection, or it broke.
    #[error("cannot reach Placement at {url}: {call}: {cause}")]
    Unreachable {
        /// The request.
        call: Box<Call>,
        /// The address.
        url: String,
        /// Every cause, outermost first.
        cause: String,
    },
    /// No answer in time.
    #[error("Placement at {url} did not answer in time: {call}: {cause}")]
    TimedOut {
        /// The request.
        call: Box<Call>,
        /// The address.
        url: String,
        /// Every cause, outermost first.
        cause: String,
    },
    /// The microversion that is needed is not in the server's range (406, or the root document says so).
    #[error("Placement at {url} speaks the microversions {min} to {max}; {needed} is needed")]
    TooOld {
        /// The address.
        url: String,
        /// The server's lowest.
        min: String,
        /// The server's highest.
        max: String,
        /// What is needed.
        needed: String,
    },
    /// The answer is not Placement's, or makes no sense.
    #[error("what answers at {url} does not behave like Placement: {call}: {what}: {excerpt}")]
    Nonsense {
        /// The request.
        call: Box<Call>,
        /// The address.
        url: String,
        /// What is wrong with the answer; for a body, the field and its path.
        what: String,
        /// How it begins.
        excerpt: String,
    },
    /// 401, also with a token made for this request.
    #[error("Placement does not accept the token, nor a fresh one: {call}")]
    Unauthorized {
        /// The request.
        call: Box<Call>,
    },
    /// 403: the role is missing.
    #[error("Placement does not allow {call}: {detail}")]
    Forbidden {
        /// The request.
        call: Box<Call>,
        /// What Placement says: the policy's name.
        detail: String,
    },
    /// 404: the provider is not there (any more).
    #[error("not found: {call}: {detail}")]
    NotFound {
        /// The request.
        call: Box<Call>,
        /// What Placement says.
        detail: String,
    },
    /// The listing of the tree is empty: Placement does not know the root.
    #[error("Placement has no provider {root}, the root that was asked for")]
    RootMissing {
        /// The root.
        root: RootUuid,
    },
    /// The provider that was taken for the root has a parent.
    #[error("provider {root} is a child of {parent}, not a root")]
    NotARoot {
        /// What was taken for the root.
        root: RootUuid,
        /// Its parent.
        parent: ProviderUuid,
    },
    /// 409 `placement.concurrent_update`: somebody else has written to the provider since it was read.
    #[error("somebody else wrote at the same time: {call}: {detail}")]
    ConcurrentUpdate {
        /// The request.
        call: Box<Call>,
        /// What Placement says.
        detail: String,
    },
    /// 409 `placement.inventory.inuse`: a class that is allocated would go.
    #[error("the inventory is in use: {call}: {detail}")]
    InventoryInUse {
        /// The request.
        call: Box<Call>,
        /// What Placement says.
        detail: String,
    },
    /// 409 `placement.resource_provider.inuse` or `…cannot_delete_parent`: it has allocations or children.
    #[error("the provider is in use: {call}: {detail}")]
    ProviderInUse {
        /// The request.
        call: Box<Call>,
        /// What Placement says.
        detail: String,
    },
    /// 409 `placement.duplicate_name`: the name **or** the UUID exists already.
    #[error("name or UUID is taken: {call}: {detail}")]
    DuplicateName {
        /// The request.
        call: Box<Call>,
        /// What Placement says: which of the two.
        detail: String,
    },
    /// 400 on `POST /resource_providers` (or `PUT`): the parent does not exist.
    #[error("the parent does not exist: {call}: {detail}")]
    NoSuchParent {
        /// The request.
        call: Box<Call>,
        /// What Placement says.
        detail: String,
    },
    /// 400 on `PUT …/traits`: somebody deleted a global trait.
    #[error("a trait does not exist: {call}: {detail}")]
    NoSuchTrait {
        /// The request.
        call: Box<Call>,
        /// What Placement says: which.
        detail: String,
    },
    /// 500 on `PUT …/traits`: two writers, and Placement's database refused the second.
    #[error("Placement lost a race against another writer: {call}: {detail}")]
    LostRace {
        /// The request.
        call: Box<Call>,
        /// What Placement says.
        detail: String,
    },
    /// 429, 502, 503 or 504.
    #[error("Placement is out of service: {call}: {status}")]
    Unavailable {
        /// The request.
        call: Box<Call>,
        /// The HTTP status.
        status: u16,
        /// What it asks to wait.
        retry_after: Option<Duration>,
    },
    /// Any other refusal.
    #[error("Placement refuses {call}: {status}: {detail}")]
    Refused {
        /// The request.
        call: Box<Call>,
        /// The HTTP status.
        status: u16,
        /// What Placement says.
        detail: String,
    },
}

impl PlacementError {
    /// What helps: this drives the loop. [`Class::Retry`] has been tried a few times already.
    pub fn class(&self) -> Class {
        match self {
            PlacementError::Identity(error) => error.class(),
            PlacementError::Unreachable { .. }
            | PlacementError::TimedOut { .. }
            | PlacementError::Unavailable { .. } => Class::Retry,
            PlacementError::NotFound { .. }
            | PlacementError::ConcurrentUpdate { .. }
            | PlacementError::InventoryInUse { .. }
            | PlacementError::ProviderInUse { .. }
            | PlacementError::DuplicateName { .. }
            | PlacementError::NoSuchTrait { .. }
            | PlacementError::LostRace { .. } => Class::Replan,
            PlacementError::Unauthorized { .. } => Class::Reauthenticate,
            PlacementError::Forbidden { .. }
            | PlacementError::RootMissing { .. }
            | PlacementError::NotARoot { .. }
            | PlacementError::NoSuchParent { .. } => Class::Wait,
            // A conflict without a code that we know is a conflict still; an error inside Placement may
            // pass; a refusal does not.
            PlacementError::Refused { status: 409, .. } => Class::Replan,
            PlacementError::Refused { status: 500.., .. } => Class::Retry,
            PlacementError::Setup(_)
            | PlacementError::TooOld { .. }
            | PlacementError::Nonsense { .. }
            | PlacementError::Refused { .. } => Class::Fatal,
        }
    }

    /// What the service asks to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            PlacementError::Unavailable { retry_after, .. } => *retry_after,
            PlacementError::Identity(error) => error.retry_after(),
            _ => None,
        }
    }

    /// The request that failed, where it was one to Placement.
    pub fn call(&self) -> Option<&Call> {
        match self {
            PlacementError::Setup(_)
            | PlacementError::Identity(_)
            | PlacementError::TooOld { .. }
            | PlacementError::RootMissing { .. }
            | PlacementError::NotARoot { .. } => None,
            PlacementError::Unreachable { call, .. }
            | PlacementError::TimedOut { call, .. }
            | PlacementError::Nonsense { call, .. }
            | PlacementError::Unauthorized { call }
            | PlacementError::Forbidden { call, .. }
            | PlacementError::NotFound { call, .. }
            | PlacementError::ConcurrentUpdate { call, .. }
            | PlacementError::InventoryInUse { call, .. }
            | PlacementError::ProviderInUse { call, .. }
            | PlacementError::DuplicateName { call, .. }
            | PlacementError::NoSuchParent { call, .. }
            | PlacementError::NoSuchTrait { call, .. }
            | PlacementError::LostRace { call, .. }
            | PlacementError::Unavailable { call, .. }
            | PlacementError::Refused { call, .. } => Some(call),
        }
    }
}
