//! The names that Nova gives to the providers of PCI functions.

use super::PciAddress;

/// By which way Nova reports a PCI function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NovaWay {
    /// The libvirt driver makes mediated devices on it: `<host>_pci_0000_41_00_4`.
    Mdev,
    /// The PCI tracker passes it, or virtual functions of it, through: `<host>_0000:41:00.0`, in upper case.
    Pci,
}

/// The function that a provider of Nova's stands for, if its name is one that Nova would give under that root.
pub fn nova_function(root_name: &str, provider: &str) -> Option<(PciAddress, NovaWay)> {
    let device = provider.strip_prefix(root_name)?.strip_prefix('_')?;
    match device.strip_prefix("pci_") {
        Some(mdev) => {
            let (head, function) = mdev.rsplit_once('_')?;
            let address = format!("{}.{function}", head.replace('_', ":")).parse().ok()?;
            Some((address, NovaWay::Mdev))
        }
        None => Some((device.parse().ok()?, NovaWay::Pci)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_nova_gives_them() {
        let read = |name: &str| {
            nova_function("cmp_1.example.org", name).map(|(address, way)| (address.to_string(), way))
        };
        let at = |address: &str, way| Some((address.to_owned(), way));
        assert_eq!(read("cmp_1.example.org_pci_0000_41_00_4"), at("0000:41:00.4", NovaWay::Mdev));
        assert_eq!(read("cmp_1.example.org_0000:C1:00.0"), at("0000:c1:00.0", NovaWay::Pci));
        for other in [
            "cmp_1.example.org",
            "cmp_1.example.org_",
            "cmp_1.example.org_pci_",
            "cmp_1.example.org_pci_0000_41_00_9",
            "cmp_1.example.org_<0000:41:00.0>",
            "cmp_1.example.org:nvidia:0000:41:00.0:20b0:mig-19",
            "cmp_2.example.org_pci_0000_41_00_4",
            "cmp_1.example.org_numa_0",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
