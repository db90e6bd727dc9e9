use crate::model::{Kind, PciAddress, PciDeviceId, TraitName};

#[test]
fn pci_addresses_of_nvml_and_sysfs_are_one_value() {
    let nvml: PciAddress = "00000000:1A:00.0".parse().unwrap();
    let sysfs: PciAddress = "0000:1a:00.0".parse().unwrap();
    assert_eq!(nvml, sysfs);
    assert_eq!(nvml.to_string(), "0000:1a:00.0");
    assert_eq!(PciAddress::from_parts(0, 0x1a, 0), Some(nvml));
    let beyond: PciAddress = "00010000:1A:00.0".parse().unwrap();
    assert_eq!(beyond.to_string(), "10000:1a:00.0");
    assert_eq!("10000:1a:00.0".parse(), Ok(beyond), "a domain of sysfs has as many digits as it needs");
}

#[test]
fn bad_pci_addresses_are_refused_by_name_and_value() {
    for bad in
        ["", "41:00.0", "0000:41:00", "0000:41:00.8", "0000:41:20.0", "0000:+1:00.0", "0000:4:00.0", "x"]
    {
        let error = bad.parse::<PciAddress>().unwrap_err().to_string();
        assert!(error.contains("PCI address") && error.contains(&format!("{bad:?}")), "{error}");
    }
    assert_eq!(PciAddress::from_parts(0, 256, 0), None);
    assert_eq!(PciAddress::from_parts(0, 1, 32), None);
}

#[test]
fn board_ids_come_from_the_upper_half() {
    assert_eq!(PciDeviceId::from_nvml(0x20B0_10DE).to_string(), "20b0");
    assert!("20B0".parse::<PciDeviceId>().is_err());
}

#[test]
fn kinds_read_back() {
    for text in ["mig-0", "mig-19", "vgpu-474"] {
        assert_eq!(text.parse::<Kind>().unwrap().to_string(), text);
    }
    for bad in ["mig", "mig-", "mig--1", "mig-+1", "mig-01", "mdev-1", "MIG-19"] {
        assert!(bad.parse::<Kind>().is_err(), "{bad}");
    }
}

#[test]
fn trait_names_keep_placements_rule() {
    assert!("CUSTOM_NVIDIA_1G5GB".parse::<TraitName>().is_ok());
    for bad in ["", "custom_x", "CUSTOM-X", &"A".repeat(256)] {
        assert!(bad.parse::<TraitName>().is_err(), "{bad}");
    }
}
