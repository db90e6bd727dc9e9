//! Nova's `compute_id` file: the UUID of the compute node, which is that of its root provider.
//!
//! nova-compute writes it once, on its first start (since 2023.1, `nova/virt/node.py`), as a UUID and a
//! newline, under its `state_path`; an operator may have laid it beside a configuration file instead. Nova
//! looks at both, and refuses to start where they differ.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::oslo::{OsloConfig, Search};
use crate::model::{Code, RootUuid};

/// Where the packages of all distributions let nova-compute write it.
pub const DEFAULT_COMPUTE_ID: &str = "/var/lib/nova/compute_id";

/// What Nova calls it.
const FILE: &str = "compute_id";

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
    /// Two files hold different ones.
    #[error("{} and {} hold different UUIDs of the compute node", first.display(), second.display())]
    Contradiction {
        /// A file.
        first: PathBuf,
        /// A file with another UUID.
        second: PathBuf,
    },
}

impl ComputeIdError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            ComputeIdError::Unreadable { .. } => Code::ConfigUnreadable,
            ComputeIdError::NotAUuid { .. } | ComputeIdError::Contradiction { .. } => Code::ConfigInvalid,
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
            ComputeIdError::Contradiction { .. } => {
                "nova-compute does not start like this either: compare with \
                 `openstack hypervisor list` and remove the wrong one, or set root.uuid"
                    .to_owned()
            }
        }
    }
}

/// Reads the compute node's UUID. `configured` must be there; without it the places are tried that Nova looks
/// at by its configuration, and `None` means that nothing is there, as on a Nova older than 2023.1 or before
/// its first start.
///
/// # Errors
///
/// When a file cannot be read or holds no UUID, or two hold different ones.
pub fn read_compute_id(configured: Option<&Path>, nova: &Search) -> Result<Option<RootUuid>, ComputeIdError> {
    if let Some(path) = configured {
        return read_from(path).map(Some);
    }
    let mut found: Option<(PathBuf, RootUuid)> = None;
    for path in places(nova) {
        let uuid = match read_from(&path) {
            Err(ComputeIdError::Unreadable { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                continue;
            }
            read => read?,
        };
        match &found {
            Some((first, other)) if *other != uuid => {
                return Err(ComputeIdError::Contradiction { first: first.clone(), second: path });
            }
            Some(_) => {}
            None => found = Some((path, uuid)),
        }
    }
    Ok(found.map(|(_, uuid)| uuid))
}

/// Beside each configuration file, then in the state path; the packages' own where the configuration names
/// none, or cannot be read: an agent with credentials of its own need not be able to.
fn places(nova: &Search) -> Vec<PathBuf> {
    let config = OsloConfig::read(nova).unwrap_or_default();
    let beside = config.files().filter_map(|file| Some(file.parent()?.join(FILE)));
    let mut places: Vec<PathBuf> = beside.collect();
    let state_path = config.get(&[("DEFAULT", "state_path")]).ok().flatten();
    places
        .push(state_path.map_or_else(|| DEFAULT_COMPUTE_ID.into(), |path| Path::new(&path.text).join(FILE)));
    places.dedup();
    places
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

    fn configured(path: &Path) -> Result<Option<RootUuid>, ComputeIdError> {
        read_compute_id(Some(path), &Search::default())
    }

    #[test]
    fn without_a_path_it_is_looked_for_where_nova_looks() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["etc", "state"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        let conf = format!("[DEFAULT]\nbase = {}\nstate_path = $base/state\n", folder.path().display());
        std::fs::write(at("etc/nova.conf"), conf).unwrap();
        let nova =
            Search { files: Some(vec![at("etc/nova.conf")]), directories: Some(vec![]), ..Search::default() };
        let found = || read_compute_id(None, &nova).map(|uuid| uuid.map(|uuid| uuid.to_string()));
        assert_eq!(found().unwrap(), None);
        std::fs::write(at("state/compute_id"), UUID).unwrap();
        assert_eq!(found().unwrap().as_deref(), Some(UUID));
        std::fs::write(at("etc/compute_id"), UUID).unwrap();
        assert_eq!(found().unwrap().as_deref(), Some(UUID), "the same twice");
        std::fs::write(at("etc/compute_id"), UUID.replace('5', "6")).unwrap();
        let error = found().unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(error.to_string().contains("etc/compute_id and "), "{error}");
    }

    #[test]
    fn a_uuid_and_a_newline() {
        for content in [format!("{UUID}\n"), UUID.to_owned(), format!("  {UUID}\r\n\n")] {
            let (_folder, path) = file(content);
            assert_eq!(configured(&path).unwrap().unwrap().to_string(), UUID);
        }
    }

    #[test]
    fn a_configured_file_must_be_there() {
        let (folder, _) = file("");
        let absent = folder.path().join("elsewhere");
        let error = configured(&absent).unwrap_err();
        assert_eq!(error.code(), Code::ConfigUnreadable);
        assert!(error.to_string().contains("elsewhere"), "{error}");
        assert!(error.to_string().contains("No such file"), "{error}");
        let folder_itself = configured(folder.path()).unwrap_err();
        assert_eq!(folder_itself.code(), Code::ConfigUnreadable);
    }

    #[test]
    fn anything_else_is_named_with_an_excerpt() {
        let long = "x".repeat(10_000);
        for content in ["", "\n", "not a uuid", long.as_str(), "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4"] {
            let (_folder, path) = file(content);
            let error = configured(&path).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid);
            let said = error.to_string();
            assert!(said.contains("compute_id") && said.len() < 400, "{said}");
        }
        let (_folder, path) = file([0xff, 0xfe, 0x00]);
        assert_eq!(configured(&path).unwrap_err().code(), Code::ConfigInvalid);
    }

    #[test]
    fn an_endless_file_is_not_read_to_its_end() {
        let error = configured(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
    }
}
