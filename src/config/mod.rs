//! From files and the environment to validated [`Settings`].
//!
//! Three steps: every source is checked alone and strictly, so that an error names the file and line or the
//! variable; the sources are layered; the result is validated as a whole. Nothing unvalidated leaves here.

mod error;
mod fragments;
mod settings;
mod values;

use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat};

pub use error::ConfigError;
pub use settings::{Credentials, Hardware, Keystone, Log, LogFormat, Placement, Root, Run, Settings};

use fragments::Fragments;

/// Read when no file is named. Missing is fine: every option has a default.
pub const DEFAULT_FILE: &str = "/etc/nvidia-placement-agent/agent.toml";

/// Variables of this prefix override the file: `NPA__PLACEMENT__ENDPOINT`.
const PREFIX: &str = "NPA__";

/// Reads the configuration: the named file, or the default one if it exists; then the environment, as given
/// in `variables`.
pub fn load(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, ConfigError> {
    let mut layers = Config::builder();
    let text = match file {
        Some(path) => Some((path.to_owned(), read(path)?)),
        None => read_default()?,
    };
    if let Some((path, text)) = text {
        check_file(&path, &text)?;
        layers = layers.add_source(File::from_str(&text, FileFormat::Toml));
    }
    for (variable, value) in variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let layer = Config::builder().add_source(environment(&variable, &value)).build();
        let checked = layer.and_then(Config::try_deserialize::<Fragments>);
        checked.map_err(|error| ConfigError::variable(&variable, &value, error))?;
        layers = layers.add_source(environment(&variable, &value));
    }
    let merged = layers.build().and_then(Config::try_deserialize::<Fragments>);
    Settings::try_from(merged.map_err(ConfigError::merged)?)
}

fn environment(variable: &str, value: &str) -> Environment {
    let one = [(variable.to_owned(), value.to_owned())].into_iter().collect();
    Environment::with_prefix("NPA").prefix_separator("__").separator("__").source(Some(one))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { file: path.to_owned(), cause })
}

fn read_default() -> Result<Option<(PathBuf, String)>, ConfigError> {
    let path = Path::new(DEFAULT_FILE);
    match read(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(ConfigError::Unreadable { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Parses one file alone: its error has line, column and a caret, which are lost once sources are layered.
fn check_file(path: &Path, text: &str) -> Result<(), ConfigError> {
    let parsed: Result<Fragments, toml::de::Error> = toml::from_str(text);
    parsed.map(drop).map_err(|cause| ConfigError::file(path, text, &cause))
}

#[cfg(test)]
mod tests;
