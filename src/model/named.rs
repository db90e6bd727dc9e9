//! What a provider's name tells about it.

use super::{Identity, NovaWay, PciAddress, ProviderUuid, RootUuid, nova_function};

/// What name, UUID and parent tell of a provider under one root; its traits are not asked. To be found out once for
/// each: whose a provider is costs a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The root itself.
    Root,
    /// Ours: the UUID is the one that the name gives, and the parent is the root.
    Ours(Identity),
    /// A child of the root with a name that Nova gives to a PCI function.
    NovaFunction(PciAddress, NovaWay),
    /// Anybody's.
    Other,
}

impl Named {
    /// Of a provider in the tree under that root; `root_name` is the root's name, the rest the provider's.
    pub fn of(
        root: RootUuid,
        root_name: &str,
        uuid: ProviderUuid,
        name: &str,
        parent: Option<ProviderUuid>,
    ) -> Self {
        if uuid == root.provider() {
            return Named::Root;
        }
        if parent != Some(root.provider()) {
            return Named::Other;
        }
        if let Some(identity) = Identity::from_name(name).filter(|identity| identity.uuid(root) == uuid) {
            return Named::Ours(identity);
        }
        match nova_function(root_name, name) {
            Some((function, way)) => Named::NovaFunction(function, way),
            None => Named::Other,
        }
    }
}
