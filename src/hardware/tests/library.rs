//! Libraries that are none.

use std::path::{Path, PathBuf};

use super::scan_with;
use crate::hardware::{HardwareError, Options, scan};
use crate::model::Code;

fn broken(path: &Path) -> String {
    let error = scan_with(path).unwrap_err();
    let HardwareError::LibraryBroken { path: named, cause } = &error else { panic!("{error:?}") };
    assert_eq!(named, path);
    assert_eq!(error.code(), Code::LibraryBroken);
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    cause.clone()
}

#[test]
fn a_path_where_nothing_is() {
    let path = PathBuf::from("/nonexistent/libnvidia-ml.so.1");
    let error = scan_with(&path).unwrap_err();
    assert_eq!(error, HardwareError::LibraryMissing { tried: vec![path] });
    assert_eq!(error.code(), Code::LibraryMissing);
}

#[test]
fn a_name_that_the_loader_does_not_find() {
    let name = PathBuf::from("libno-such-library-anywhere.so.1");
    assert_eq!(scan_with(&name).unwrap_err(), HardwareError::LibraryMissing { tried: vec![name] });
}

#[test]
fn without_a_path_the_loader_is_asked() {
    // A host with a driver scans, one without says what was tried.
    if let Err(HardwareError::LibraryMissing { tried }) = scan(&Options::default()) {
        assert_eq!(tried, [PathBuf::from("libnvidia-ml.so.1")]);
    }
}

#[test]
fn a_text_an_empty_file_a_folder_and_a_machine_of_another_kind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("libnvidia-ml.so.1");
    std::fs::write(&path, "this is not a library\n".repeat(100)).unwrap();
    assert!(broken(&path).contains("invalid ELF header"));
    std::fs::write(&path, "").unwrap();
    assert!(broken(&path).contains("file too short"));
    assert!(!broken(folder.path()).is_empty());
    // This program as a library, its machine (e_machine) changed.
    let mut other = std::fs::read("/proc/self/exe").unwrap();
    other.truncate(1 << 16);
    other[18] ^= 0x55;
    std::fs::write(&path, other).unwrap();
    let cause = broken(&path);
    assert!(cause.contains("another kind of machine"), "{cause}");
}

#[test]
fn another_library() {
    // The C library is loaded already and has a name that the loader knows.
    let cause = broken(Path::new("libm.so.6"));
    assert!(cause.contains("nvmlInit_v2"), "{cause}");
}
