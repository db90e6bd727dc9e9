//! One host in bad shape, and everything that can be decided, done and observed about it.

mod audit;
mod cycle;
mod decision;
mod figures;
mod hardware;
mod status;
mod tree;
mod vgpu;

pub(super) use audit::audit;
pub(super) use cycle::{cycle, cycle_without_rounds};
pub(super) use decision::{decision, nothing_to_do};
pub(super) use figures::{moving, with_hidden};
pub(super) use hardware::{host, slots};
pub(super) use status::{at, running, status};
pub(super) use tree::{guests, tree};
pub(super) use vgpu::{a100, many, many_of_three_kinds, mixed};

use crate::model::{
    AllocationRatio, Identity, Inventory, Kind, PciAddress, PciDeviceId, ProfileId, RootUuid, TraitName,
};

pub(super) const ROOT_NAME: &str = "cmp1.example.org";

pub(super) fn root() -> RootUuid {
    "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b".parse().unwrap()
}

pub(super) fn address(text: &str) -> PciAddress {
    text.parse().unwrap()
}

pub(super) fn board() -> PciDeviceId {
    "20b0".parse().unwrap()
}

pub(super) fn identity(at: &str, profile: u32) -> Identity {
    Identity { address: address(at), board: board(), kind: Kind::Mig(ProfileId::new(profile)) }
}

pub(super) fn vgpu(total: u32, reserved: u32) -> Inventory {
    Inventory {
        total,
        reserved,
        min_unit: 1,
        max_unit: 1,
        step_size: 1,
        allocation_ratio: AllocationRatio::ONE,
    }
}

pub(super) fn trait_name(text: &str) -> TraitName {
    text.parse().unwrap()
}
