//! The configuration file, and its drop-ins: `*.toml` in the directory beside it that is named as it is with
//! `.d` for `.toml` (`agent.d` for `agent.toml`), in the order of their names. Later ones win, key by key.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::ConfigError;

/// Read when no file is named. Missing is fine: every option has a default.
pub const DEFAULT_FILE: &str = "/etc/nvidia-placement-agent/agent.toml";

/// The texts in the order of layering. A file that is named must be there; the default one need not.
pub(super) fn read(named: Option<&Path>) -> Result<Vec<(PathBuf, String)>, ConfigError> {
    let main = named.unwrap_or(Path::new(DEFAULT_FILE));
    let mut files = Vec::new();
    match text(main) {
        Ok(text) => files.push((main.to_owned(), text)),
        Err(ConfigError::Unreadable { cause, .. })
            if named.is_none() && cause.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    for path in drop_ins(&main.with_extension("d"))? {
        let text = text(&path)?;
        files.push((path, text));
    }
    Ok(files)
}

fn text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { file: path.to_owned(), cause })
}

fn drop_ins(directory: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let unreadable = |cause| ConfigError::Unreadable { file: directory.to_owned(), cause };
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.extension().is_some_and(|extension| extension == "toml") && !hidden {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
