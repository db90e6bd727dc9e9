//! Messages of the kernel's uevent socket: bytes of any process that may speak to it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nvidia_placement_agent::hardware::fuzzing::uevent;

fuzz_target!(|message: &[u8]| {
    let Some((words, pci_id, concerns)) = uevent(message) else { return };
    let [action, path, subsystem] = words;
    assert!(!subsystem.is_empty() && !action.contains('@'));
    assert!([action, path, subsystem].iter().all(|word| !word.contains('\0') && word.len() <= message.len()));
    // Only what was read decides: written down again, it says the same.
    let id = pci_id.map(|id| format!("PCI_ID={id}\0")).unwrap_or_default();
    let written = format!("{action}@{path}\0SUBSYSTEM={subsystem}\0{id}");
    assert_eq!(uevent(written.as_bytes()), Some((words, pci_id, concerns)));
    if concerns && subsystem == "pci" {
        assert!(pci_id.is_some_and(|id| id.get(..5).is_some_and(|id| id.eq_ignore_ascii_case("10de:"))));
    }
});
