//! How large a guest is beside its GPU.

use super::Shares;

/// Memory, processors and disk of a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Size {
    pub ram_mib: u64,
    pub vcpus: u32,
    pub disk_gib: u32,
}

/// What the operator chose; what is not chosen grows with the share of the GPU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Sizes {
    pub ram_mib: Option<u64>,
    pub vcpus: Option<u32>,
    pub disk_gib: Option<u32>,
}

/// The guest of the smallest share: 4 processors, 8 GiB.
const LEAST: Size = Size { ram_mib: 8192, vcpus: 4, disk_gib: 40 };

/// A guest's memory is counted in this.
const STEP_MIB: u64 = 4096;

impl Sizes {
    /// Half as much memory again as the GPU's, since most of what is in it went through the guest's; and for each
    /// compute slice, or each eighth of the GPU's memory, four processors.
    pub(super) fn of(self, shares: &Shares) -> Size {
        let fitting = shares.memory_mib.unwrap_or(0).saturating_mul(3).div_ceil(2);
        let ram_mib = fitting.div_ceil(STEP_MIB).saturating_mul(STEP_MIB).max(LEAST.ram_mib);
        let slices =
            match (shares.compute.filter(|_| shares.turns.is_none()), shares.memory_mib, shares.whole_mib) {
                (Some(compute), ..) => compute.part.max(1),
                (None, Some(mib), Some(whole)) if whole > 0 => {
                    u32::try_from(mib.saturating_mul(8).div_ceil(whole)).unwrap_or(8).clamp(1, 8)
                }
                _ => 1,
            };
        Size {
            ram_mib: self.ram_mib.unwrap_or(ram_mib),
            vcpus: self.vcpus.unwrap_or(LEAST.vcpus * slices),
            disk_gib: self.disk_gib.unwrap_or(LEAST.disk_gib),
        }
    }
}
