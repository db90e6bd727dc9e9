//! What Nova's configuration on this host says of devices: which it reports, by which way, as what.
//!
//! It is what the files say, not what runs: nova-compute may have been started before they changed.

use std::path::PathBuf;

use super::{Finding, PciAddress, PciDeviceId, PciPattern, VgpuTypeId};

/// Nova's view of this host's devices. Empty where there is no configuration of Nova's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NovaView {
    /// The files that it was read from, in order; none: there is no Nova here, or nothing may be read.
    pub files: Vec<PathBuf>,
    /// `[devices]enabled_mdev_types`, in order.
    pub mdev_types: Vec<MdevSetting>,
    /// `[pci]device_spec`, in order; the first that matches a device counts.
    pub device_specs: Vec<DeviceSpec>,
    /// `[pci]alias`, in order: the names by which flavors ask for devices of [`device_specs`](Self::device_specs).
    pub pci_aliases: Vec<PciAlias>,
    /// `[pci]report_in_placement`.
    pub pci_in_placement: bool,
    /// What could not be read, and what nova-compute will not accept.
    pub problems: Vec<Finding>,
}

/// One enabled mdev type, with its section `[mdev_<type>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MdevSetting {
    /// As Nova has it: `nvidia-474`.
    pub name: String,
    /// The functions that it is for; none: it is the default for every other device.
    pub addresses: Vec<PciAddress>,
    /// The resource class of its inventory: `VGPU` or a custom one.
    pub class: String,
    /// The most of it that Nova reports on this whole host.
    pub max_instances: Option<u32>,
}

impl MdevSetting {
    /// NVML's id of it, for NVIDIA's types.
    pub fn vgpu_type(&self) -> Option<VgpuTypeId> {
        self.name.strip_prefix("nvidia-")?.parse().ok().map(VgpuTypeId::new)
    }
}

/// One entry of `[pci]device_spec`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSpec {
    /// `vendor_id`, where it says one.
    pub vendor: Option<u16>,
    /// `product_id`, where it says one.
    pub product: Option<u16>,
    /// `address`.
    pub address: PciPattern,
    /// `resource_class`, as written.
    pub class: Option<String>,
    /// `traits`, as written.
    pub traits: Vec<String>,
    /// `managed`; Nova's default is yes.
    pub managed: bool,
    /// File and line.
    pub place: String,
}

/// One entry of `[pci]alias`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PciAlias {
    /// What flavors call it.
    pub name: String,
    /// `vendor_id`, where it says one.
    pub vendor: Option<u16>,
    /// `product_id`, where it says one.
    pub product: Option<u16>,
    /// `device_type`, where it says one: `type-VF` for virtual functions.
    pub device_type: Option<String>,
    /// `resource_class`, as written.
    pub class: Option<String>,
    /// `traits`, as written; with a `!` in front, one that must not be there.
    pub traits: Vec<String>,
}

impl PciAlias {
    /// Whether virtual functions of a board that Nova passes through by that entry are what it asks for.
    /// `in_placement`: Nova hands them out by class and traits, else by ids alone.
    pub fn asks_for(&self, spec: &DeviceSpec, board: PciDeviceId, in_placement: bool) -> bool {
        let ids = self.vendor.is_none_or(|vendor| vendor == NVIDIA)
            && self.product.is_none_or(|product| product == board.get())
            && self.device_type.as_deref().is_none_or(|kind| kind == "type-VF");
        let class = |class: &Option<String>| class.as_deref().map(str::to_ascii_uppercase);
        let has = |name: &str| spec.traits.iter().any(|one| one.eq_ignore_ascii_case(name));
        let fits = |name: &String| match name.strip_prefix('!') {
            Some(unwanted) => !has(unwanted),
            None => has(name),
        };
        let listed = class(&self.class) == class(&spec.class) && self.traits.iter().all(fits);
        ids && (listed || !in_placement && self.product.is_some())
    }
}

/// NVIDIA's PCI vendor id.
const NVIDIA: u16 = 0x10de;

impl DeviceSpec {
    /// Whether it matches a function of an NVIDIA GPU. `parent` is the physical function of a virtual one: an
    /// entry for that address stands for all of its virtual functions.
    pub fn matches(&self, function: PciAddress, parent: Option<PciAddress>, board: PciDeviceId) -> bool {
        let parent = parent.filter(|_| self.address.is_single());
        self.vendor.is_none_or(|vendor| vendor == NVIDIA)
            && self.product.is_none_or(|product| product == board.get())
            && (self.address.matches(function) || parent.is_some_and(|parent| self.address.matches(parent)))
    }
}

impl NovaView {
    /// The mdev type that Nova would make on a function, if that function can make it.
    pub fn mdev_type_of(&self, function: PciAddress) -> Option<&MdevSetting> {
        let named = self.mdev_types.iter().find(|setting| setting.addresses.contains(&function));
        named.or_else(|| self.mdev_types.iter().find(|setting| setting.addresses.is_empty()))
    }

    /// The entry by which Nova passes a function through.
    pub fn device_spec_of(
        &self,
        function: PciAddress,
        parent: Option<PciAddress>,
        board: PciDeviceId,
    ) -> Option<&DeviceSpec> {
        self.device_specs.iter().find(|spec| spec.matches(function, parent, board))
    }
}
