//! Names and UUIDs of the providers that we own. **Frozen**: stored in every deployment's Placement.
//!
//! Name: `<root name>:nvidia:<pci address>:<pci device id>:<kind>`. UUID: version 5 over [`NAMESPACE`] and
//! `<root uuid>:nvidia:<pci address>:<pci device id>:<kind>`, so a renamed root changes names, not
//! identities. Nothing is stored anywhere: a provider is ours if and only if its UUID is the one that its
//! name gives and its parent is the root.

use uuid::Uuid;

use super::{Kind, PciAddress, PciDeviceId, ProviderName, ProviderUuid, RootUuid};

/// Placement's limit for a provider's name, in characters.
pub const NAME_LIMIT: usize = 200;

/// The namespace of our version-5 UUIDs. Frozen: another value would orphan every provider in the field.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b1f_0c3a_52d7_5e0e_9a4e_4e50_4100_0001);

/// Between the root's name and our part of a provider's name. The colon keeps Nova, which separates with
/// an underscore, from taking a provider of ours for one of its own.
const SEPARATOR: &str = ":nvidia:";

/// What a provider of ours is about: one kind on one GPU at one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// Where the GPU sits.
    pub address: PciAddress,
    /// Which model sits there: another board in the same slot is another identity.
    pub board: PciDeviceId,
    /// What is counted.
    pub kind: Kind,
}

/// The name would exceed Placement's limit: the root's own name is too long for any child of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider name {name:?} has {length} characters; Placement allows {NAME_LIMIT}")]
pub struct NameTooLong {
    /// The name as it would be.
    pub name: String,
    /// Its length in characters.
    pub length: usize,
}

impl Identity {
    fn suffix(&self) -> String {
        format!("{}:{}:{}", self.address, self.board, self.kind)
    }

    /// The provider's name under a root of that name.
    pub fn name(&self, root_name: &str) -> Result<ProviderName, NameTooLong> {
        let name = format!("{root_name}{SEPARATOR}{}", self.suffix());
        name.parse().map_err(|_| NameTooLong { length: name.chars().count(), name })
    }

    /// The provider's UUID under that root.
    pub fn uuid(&self, root: RootUuid) -> ProviderUuid {
        let text = format!("{root}{SEPARATOR}{}", self.suffix());
        ProviderUuid::new(Uuid::new_v5(&NAMESPACE, text.as_bytes()))
    }

    /// Reads a provider's name back. `None` for every name that is not of our grammar.
    pub fn from_name(name: &str) -> Option<Self> {
        let (_, suffix) = name.rsplit_once(SEPARATOR)?;
        let (rest, kind) = suffix.rsplit_once(':')?;
        let (address, board) = rest.rsplit_once(':')?;
        let identity =
            Identity { address: address.parse().ok()?, board: board.parse().ok()?, kind: kind.parse().ok()? };
        // One spelling per identity, or two names could claim one UUID.
        (identity.suffix() == suffix).then_some(identity)
    }
}
