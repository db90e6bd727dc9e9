//! Handles: opaque numbers that a table gives meaning to.
//!
//! Nothing is ever dereferenced. A number that the table does not know, or that stands for another
//! kind of thing than the call wants, is an invalid argument; numbers are never used twice, so a handle
//! from before a shutdown, or of a GPU instance that is gone, stays invalid for good.

use std::collections::BTreeMap;

use crate::host::PciAddress;

/// One existence of a GPU instance: made anew in the same place with the same id, it is another life.
pub(crate) type Life = u64;

/// A compute instance's id in its GPU instance.
pub(crate) type ComputeId = u32;

/// What a handle stands for. The instance kinds hold a life; whose it is, the state knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Gpu(PciAddress),
    /// The MIG device: NVML's view of a compute instance as a device.
    MigDevice(PciAddress, Life, ComputeId),
    GpuInstance(PciAddress, Life),
    ComputeInstance(PciAddress, Life, ComputeId),
    EventSet(u64),
    GpmSample(u64),
}

/// Upper half of every handle: no address that a 64-bit kernel maps, so that a program which does
/// dereference one crashes at once.
const TAG: u64 = 0x4e56_0000_0000_0000;

#[derive(Debug, Default)]
pub(crate) struct Handles {
    last: u64,
    by_number: BTreeMap<u64, Target>,
    by_target: BTreeMap<Target, u64>,
}

impl Handles {
    pub(crate) const fn new() -> Self {
        Self { last: 0, by_number: BTreeMap::new(), by_target: BTreeMap::new() }
    }

    /// The handle of a target: the same one each time it is asked for.
    pub(crate) fn of<T>(&mut self, target: Target) -> *mut T {
        let number = *self.by_target.entry(target).or_insert_with(|| {
            self.last += 1;
            self.by_number.insert(self.last, target);
            self.last
        });
        std::ptr::without_provenance_mut(usize::try_from(TAG | number).unwrap_or(0))
    }

    /// A number for a target that is like no other.
    pub(crate) fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(crate) fn target<T>(&self, handle: *mut T) -> Option<Target> {
        let number = (handle.addr() as u64) ^ TAG;
        self.by_number.get(&number).copied()
    }

    pub(crate) fn forget(&mut self, target: Target) {
        if let Some(number) = self.by_target.remove(&target) {
            self.by_number.remove(&number);
        }
    }

    /// After a shutdown no handle is good, and no number comes back.
    pub(crate) fn forget_all(&mut self) {
        self.by_number.clear();
        self.by_target.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn a_handle_means_one_thing_until_it_means_nothing() {
        let address: PciAddress = "0000:41:00.0".parse().expect("an address");
        let mut handles = Handles::new();
        let gpu: *mut u8 = handles.of(Target::Gpu(address));
        assert_eq!(gpu, handles.of(Target::Gpu(address)));
        assert_eq!(handles.target(gpu), Some(Target::Gpu(address)));
        assert_eq!(handles.target(std::ptr::null_mut::<u8>()), None);

        handles.forget_all();
        assert_eq!(handles.target(gpu), None);
        assert_ne!(gpu, handles.of(Target::Gpu(address)), "a number came back");
    }
}
