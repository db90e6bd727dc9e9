//! Which files nova-compute reads, in which order: `find_config_files` and `_parse_config_files` of
//! oslo.config, for project `nova` and program `nova-compute`.

use std::path::{Path, PathBuf};

use super::OsloError;

/// The home of the user that nova-compute runs as, in the packages of all distributions.
const NOVA_HOME: &str = "/var/lib/nova";

/// Where to look for Nova's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The files that nova-compute is given with `--config-file`; without any, those that it finds itself.
    pub files: Option<Vec<PathBuf>>,
    /// The directories that it is given with `--config-dir`, behind the files; without any, those that it
    /// finds itself, of which it takes `*.conf`.
    pub directories: Option<Vec<PathBuf>>,
    /// The home of nova-compute's user.
    pub home: PathBuf,
}

impl Default for Search {
    fn default() -> Self {
        Search { files: None, directories: None, home: PathBuf::from(NOVA_HOME) }
    }
}

impl Search {
    /// Where files are looked for that are not named.
    pub fn places(&self) -> [PathBuf; 4] {
        [self.home.join(".nova"), self.home.clone(), PathBuf::from("/etc/nova"), PathBuf::from("/etc")]
    }

    /// The files to read; what comes later overrides.
    pub(super) fn files(&self) -> Result<Vec<PathBuf>, OsloError> {
        let mut files = Vec::new();
        // oslo.config reads what it finds by itself before it looks at its arguments, in this order.
        if self.files.is_none() {
            files.extend(self.first_of("conf"));
        }
        if self.directories.is_none() {
            for directory in self.first_of("conf.d") {
                files.extend(conf_files(&directory)?);
            }
        }
        files.extend(self.files.iter().flatten().cloned());
        for directory in self.directories.iter().flatten() {
            files.extend(conf_files(directory)?);
        }
        Ok(files)
    }

    /// Of each name, the one in the first place that has it.
    fn first_of(&self, extension: &str) -> Vec<PathBuf> {
        let found = |name: &str| {
            self.places()
                .into_iter()
                .map(|place| place.join(format!("{name}.{extension}")))
                .find(|p| p.exists())
        };
        ["nova", "nova-compute"].into_iter().filter_map(found).collect()
    }
}

/// `*.conf` in the order of their names. A file with a leading dot is none of them.
fn conf_files(directory: &Path) -> Result<Vec<PathBuf>, OsloError> {
    let unreadable = |error: std::io::Error| unreadable(directory, &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        if name.to_str().is_some_and(|name| name.ends_with(".conf") && !name.starts_with('.')) {
            files.push(directory.join(name));
        }
    }
    files.sort();
    Ok(files)
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> OsloError {
    OsloError::Unreadable {
        path: path.to_owned(),
        cause: error.to_string(),
        denied: error.kind() == std::io::ErrorKind::PermissionDenied,
    }
}
