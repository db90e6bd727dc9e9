//! Nova's `compute_id` file: the UUID of the compute node, which is that of its root provider.
//!
//! nova-compute writes it once, on its first start (since 2023.1, `nova/virt/node.py`), as a UUID and a
//! newline, under its state path.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::model::{Code, RootUuid};

/// Where the packages of all distributions let nova-compute write it.
pub const DEFAULT_COMPUTE_ID: &str = "/var/lib/nova/compute_id";

/// Bytes that are read at most: a UUID has 36, and whoever names a disk by mistake shall not wait.
const ENOUGH: u64 = 256;

/// Characters of a wrong file that are shown.
const EXCERPT: usize = 48;

/// Why the file did not give a UUID.
#[derive(Debug, thiserror::Error)]
pub enum ComputeIdError {
    /// It cannot be read, or a path was configured and nothing is there.
    #[error("cannot read the compute id from {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        cause: io::Error,
    },
    /// It does not hold a UUID.
    #[error("{} should hold the compute node's UUID, but holds {excerpt:?}", path.display())]
    NotAUuid {
        /// The file.
        path: PathBuf,
        /// How its content begins.
        excerpt: String,
    },
}

impl ComputeIdError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            ComputeIdError::Unreadable { .. } => Code::ConfigUnreadable,
            ComputeIdError::NotAUuid { .. } => Code::ConfigInvalid,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            ComputeIdError::Unreadable { path, .. } => format!(
                "let the agent's user read {} (nova-compute writes it on its first start), or configure the \
                 root provider's UUID or the right path",
                path.display()
            ),
            ComputeIdError::NotAUuid { path, .. } => format!(
                "compare with `openstack hypervisor list`; do not write {} by hand: nova-compute refuses to \
                 start with an id that is not its own",
                path.display()
            ),
        }
    }
}

/// Reads the compute node's UUID. `configured` must be there; without it the default path is tried, and
/// `None` means that nothing is there, as on a Nova older than 2023.1 or before its first start.
///
/// # Errors
///
/// When the file cannot be read or holds no UUID.
pub fn read_compute_id(configured: Option<&Path>) -> Result<Option<RootUuid>, ComputeIdError> {
    let path = configured.unwrap_or(Path::new(DEFAULT_COMPUTE_ID));
    match (read_from(path), configured) {
        (Err(ComputeIdError::Unreadable { cause, .. }), None) if cause.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        (read, _) => read.map(Some),
    }
}

fn read_from(path: &Path) -> Result<RootUuid, ComputeIdError> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(ENOUGH).read_to_end(&mut content))
        .map_err(|cause| ComputeIdError::Unreadable { path: path.to_owned(), cause })?;
    let text = String::from_utf8_lossy(&content);
    text.trim().parse().map_err(|_| ComputeIdError::NotAUuid {
        path: path.to_owned(),
        excerpt: text.trim().chars().take(EXCERPT).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b";

    fn file(content: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("compute_id");
        std::fs::write(&path, content).unwrap();
        (folder, path)
    }

    #[test]
    fn a_uuid_and_a_newline() {
        for content in [format!("{UUID}\n"), UUID.to_owned(), format!("  {UUID}\r\n\n")] {
            let (_folder, path) = file(content);
            assert_eq!(read_compute_id(Some(&path)).unwrap().unwrap().to_string(), UUID);
        }
    }

    #[test]
    fn a_configured_file_must_be_there() {
        let (folder, _) = file("");
        let absent = folder.path().join("elsewhere");
        let error = read_compute_id(Some(&absent)).unwrap_err();
        assert_eq!(error.code(), Code::ConfigUnreadable);
        assert!(error.to_string().contains("elsewhere"), "{error}");
        assert!(error.to_string().contains("No such file"), "{error}");
        let folder_itself = read_compute_id(Some(folder.path())).unwrap_err();
        assert_eq!(folder_itself.code(), Code::ConfigUnreadable);
    }

    #[test]
    fn anything_else_is_named_with_an_excerpt() {
        let long = "x".repeat(10_000);
        for content in ["", "\n", "not a uuid", long.as_str(), "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4"] {
            let (_folder, path) = file(content);
            let error = read_compute_id(Some(&path)).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid);
            let said = error.to_string();
            assert!(said.contains("compute_id") && said.len() < 400, "{said}");
        }
        let (_folder, path) = file([0xff, 0xfe, 0x00]);
        assert_eq!(read_compute_id(Some(&path)).unwrap_err().code(), Code::ConfigInvalid);
    }

    #[test]
    fn an_endless_file_is_not_read_to_its_end() {
        let error = read_compute_id(Some(Path::new("/dev/zero"))).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
    }
}
