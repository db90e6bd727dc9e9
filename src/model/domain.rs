//! The guests that libvirt has on this host, as its own files show them.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{Finding, PciAddress};

/// What libvirt's files show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domains {
    /// Whether every folder could be read. If not, who is not here may be here all the same.
    pub known: bool,
    /// The domains by UUID, which under Nova is the server's.
    pub all: BTreeMap<Uuid, Domain>,
    /// What could not be read.
    pub problems: Vec<Finding>,
}

/// One domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its UUID.
    pub uuid: Uuid,
    /// libvirt's name of it, `instance-0000002a`.
    pub name: String,
    /// Nova's name of the server, from the domain's metadata.
    pub server: Option<String>,
    /// Whether it runs, rather than being defined alone.
    pub running: bool,
    /// The mediated devices that it is given.
    pub mediated: BTreeSet<Uuid>,
    /// The PCI functions that it is given, GPUs or not.
    pub functions: BTreeSet<PciAddress>,
}
