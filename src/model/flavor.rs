//! A flavor as Nova has it.

use std::collections::BTreeMap;

/// A flavor of the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flavor {
    /// Nova's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether every project may use it.
    pub public: bool,
    /// Its extra specs: `resources:VGPU` is `1`, `trait:CUSTOM_NVIDIA_1G5GB` is `required`.
    pub properties: BTreeMap<String, String>,
}
