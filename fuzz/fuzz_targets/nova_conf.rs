//! nova.conf, as any text: what Nova says of devices, and every value of it.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use nvidia_placement_agent::model::PciAddress;
use nvidia_placement_agent::nova::oslo::{OsloConfig, Search};
use nvidia_placement_agent::nova::read_devices;

/// Characters of one value, however it refers to others, and of one finding.
const VALUE: usize = 1 << 20;

const NAMES: [(&str, &str); 4] =
    [("devices", "enabled_mdev_types"), ("pci", "device_spec"), ("DEFAULT", "a"), ("neutron", "password")];

fn file() -> &'static PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| nvidia_placement_agent_fuzz::scratch("nova").join("nova.conf"))
}

fuzz_target!(|text: &[u8]| {
    std::fs::write(file(), text).expect("the file can be written");
    let search =
        Search { files: Some(vec![file().clone()]), directories: Some(Vec::new()), ..Search::default() };
    let view = read_devices(&search);
    assert!(view == read_devices(&search), "two readings differ");
    assert!(view.mdev_types.len() <= text.len() && view.device_specs.len() <= text.len());
    assert!(view.problems.iter().all(|problem| format!("{problem:?}").len() <= VALUE));
    let address: PciAddress = "0000:41:00.4".parse().expect("an address");
    let board = "20b0".parse().expect("a board");
    let spec = view.device_spec_of(address, Some(address.of_gpu()), board);
    assert!(spec.is_none_or(|spec| view.device_specs.contains(spec)));
    let Ok(config) = OsloConfig::read(&search) else { return };
    for name in NAMES {
        for value in config.get(&[name]).iter().flatten().chain(config.all(&[name]).iter().flatten()) {
            assert!(value.text.len() <= VALUE && value.line <= text.len());
        }
        let _ = (config.list(&[name]), config.boolean(&[name]));
    }
});
