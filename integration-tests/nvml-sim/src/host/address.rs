//! PCI addresses, and what is derived from them when the host file does not say.

use std::fmt;
use std::str::FromStr;

/// domain, bus, device, function
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PciAddress {
    pub(crate) domain: u32,
    pub(crate) bus: u32,
    pub(crate) device: u32,
    pub(crate) function: u32,
}

impl PciAddress {
    /// `00000000:41:00.0`, NVML's `busId`.
    pub(crate) fn nvml(self) -> String {
        format!("{:08X}:{:02X}:{:02X}.{:X}", self.domain, self.bus, self.device, self.function)
    }

    /// `0000:41:00.0`, NVML's `busIdLegacy`.
    pub(crate) fn legacy(self) -> String {
        format!("{:04X}:{:02X}:{:02X}.{:X}", self.domain, self.bus, self.device, self.function)
    }

    /// The address so many functions further on, as SR-IOV numbers virtual functions.
    pub(crate) fn plus(self, functions: u32) -> Self {
        let number = (self.bus << 8 | self.device << 3 | self.function) + functions;
        Self { bus: number >> 8 & 0xff, device: number >> 3 & 0x1f, function: number & 0x7, ..self }
    }

    /// 64 bits that differ between addresses and never between runs (FNV-1a over address and salt).
    pub(crate) fn fingerprint(self, salt: &str) -> u64 {
        let text = format!("{self}/{salt}");
        text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }

    /// A UUID in the usual five groups.
    pub(crate) fn uuid(self, salt: &str) -> String {
        let (high, low) = (self.fingerprint(salt), self.fingerprint(&format!("{salt}/low")));
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}

/// Sysfs's way.
impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}:{:02x}.{:x}", self.domain, self.bus, self.device, self.function)
    }
}

/// The three forms that `nvmlDeviceGetHandleByPciBusId_v2` takes: domain:bus:device.function,
/// domain:bus:device and bus:device.function.
impl FromStr for PciAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (place, function) = match text.split_once('.') {
            Some((place, function)) => (place, Some(hex(function, 0x7)?)),
            None => (text, None),
        };
        let parts: Vec<&str> = place.split(':').collect();
        let (domain, bus, device) = match (parts.as_slice(), function) {
            ([domain, bus, device], _) => (hex(domain, u32::MAX)?, bus, device),
            ([bus, device], Some(_)) => (0, bus, device),
            _ => return Err(()),
        };
        Ok(Self { domain, bus: hex(bus, 0xff)?, device: hex(device, 0x1f)?, function: function.unwrap_or(0) })
    }
}

fn hex(text: &str, most: u32) -> Result<u32, ()> {
    // `from_str_radix` also takes a sign, which no address has.
    if text.starts_with('+') {
        return Err(());
    }
    u32::from_str_radix(text, 16).ok().filter(|value| *value <= most).ok_or(())
}
