//! Identifiers of the hardware side. Names change with the driver; ids do not, so ids are the keys.

use std::fmt;
use std::str::FromStr;

use super::ParseError;

/// A PCI address, `domain:bus:device.function`.
///
/// NVML prints `00000000:1A:00.0`, sysfs `0000:1a:00.0`; both are read, the second is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciAddress {
    domain: u32,
    bus: u8,
    device: u8,
    function: u8,
}

impl PciAddress {
    /// From its parts, as `nvmlPciInfo_t` carries them (function 0: NVML knows physical GPUs only).
    /// `None` where a part is beyond what PCI allows (bus 255, device 31).
    pub fn from_parts(domain: u32, bus: u32, device: u32) -> Option<Self> {
        let bus = u8::try_from(bus).ok()?;
        let device = u8::try_from(device).ok().filter(|d| *d < 32)?;
        Some(PciAddress { domain, bus, device, function: 0 })
    }
}

impl PciAddress {
    /// Function 0 of the first device on its bus: where the GPU of a virtual function is.
    pub fn of_gpu(self) -> PciAddress {
        PciAddress { device: 0, function: 0, ..self }
    }

    /// Whether both sit on one bus: a GPU and its virtual functions do, two GPUs never (PCI Express gives
    /// each device a bus of its own).
    pub fn same_bus(self, other: PciAddress) -> bool {
        (self.domain, self.bus) == (other.domain, other.bus)
    }
}

const PCI_FORM: &str = "domain:bus:device.function in hexadecimal, as in 0000:41:00.0";

impl FromStr for PciAddress {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = || ParseError::new("PCI address", text, PCI_FORM);
        let hex = |part: &str, widths: &[usize]| {
            let plain = widths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit());
            if plain { u32::from_str_radix(part, 16).ok() } else { None }
        };
        let (head, function) = text.trim().rsplit_once('.').ok_or_else(bad)?;
        let mut parts = head.rsplitn(3, ':');
        let device = parts.next().and_then(|p| hex(p, &[2]));
        let bus = parts.next().and_then(|p| hex(p, &[2]));
        // Sysfs writes no more digits of a domain than it needs, and four at least.
        let domain = parts.next().and_then(|p| hex(p, &[4, 5, 6, 7, 8]));
        let function = hex(function, &[1]).filter(|f| *f < 8);
        match (domain, bus, device, function) {
            (Some(domain), Some(bus), Some(device), Some(function)) => {
                let mut address = PciAddress::from_parts(domain, bus, device).ok_or_else(bad)?;
                address.function = u8::try_from(function).map_err(|_| bad())?;
                Ok(address)
            }
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:02x}:{:02x}.{:x}", self.domain, self.bus, self.device, self.function)
    }
}

/// The PCI device id of a board (`20b0` is an A100-SXM4-40GB): which model sits at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciDeviceId(u16);

impl PciDeviceId {
    /// From the device id alone, as sysfs has it.
    pub const fn new(device: u16) -> Self {
        PciDeviceId(device)
    }

    /// From `nvmlPciInfo_t.pciDeviceId`: the device in the upper half, the vendor (`10de`) in the lower.
    pub fn from_nvml(combined: u32) -> Self {
        PciDeviceId((combined >> 16) as u16)
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl FromStr for PciDeviceId {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = || ParseError::new("PCI device id", text, "four lower-case hexadecimal digits, as in 20b0");
        let plain = text.len() == 4 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !plain {
            return Err(bad());
        }
        u16::from_str_radix(text, 16).map(PciDeviceId).map_err(|_| bad())
    }
}

impl fmt::Display for PciDeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// Wraps the number as the driver gave it.
            pub const fn new(value: u32) -> Self {
                $name(value)
            }

            /// The number as the driver gave it.
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// A GPU-instance profile **id**: the argument of `nvmlDeviceGetGpuInstances`, 19 for an A100's 1g.5gb.
    /// Not NVML's enum (`NVML_GPU_INSTANCE_PROFILE_1_SLICE` = 0), not a name.
    ProfileId
}
number! {
    /// The id of a live GPU instance. Reused after the instance is destroyed.
    GpuInstanceId
}
number! {
    /// An NVML vGPU type id, 474 for a `GRID A100-1-5C`.
    VgpuTypeId
}
number! {
    /// NVML's id of a vGPU that runs. Gone with its guest.
    VgpuInstanceId
}
number! {
    /// Memory slots of a GPU: what NVML's placements are counted in. An A100 has 8, an A30 4.
    Slots
}
