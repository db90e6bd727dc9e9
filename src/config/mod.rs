//! From files and the environment to validated [`Settings`].
//!
//! Three steps: every source is checked alone and strictly, so that an error names the file and line or the
//! variable; the sources are layered; the result is validated as a whole. Nothing unvalidated leaves here, and
//! nothing is read that is not handed in: files, and the variables.

mod credentials;
mod error;
mod files;
mod fragments;
mod health;
mod origins;
mod settings;
mod show;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Config, Environment, File, FileFormat};

pub use credentials::{Keystone, Lack, Source, Used};
pub use error::ConfigError;
pub use files::DEFAULT_FILE;
pub use settings::{Credentials, Hardware, Log, LogFormat, Placement, Root, Run, Settings, Telemetry};
pub use show::Shown;
pub use values::Span;

use fragments::Fragments;
use origins::Origins;
use settings::Surroundings;

/// Variables of this prefix override the file: `NPA__PLACEMENT__ENDPOINT`.
const PREFIX: &str = "NPA__";

/// Reads the configuration: the named file, or the default one if it exists; its drop-ins; then the
/// environment, as given in `variables`.
pub fn load(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, ConfigError> {
    let mut layers = Config::builder();
    let mut origins = Origins::default();
    let mut files = Vec::new();
    for (path, text) in files::read(file)? {
        check_file(&path, &text)?;
        origins.file(&path, &text);
        layers = layers.add_source(File::from_str(&text, FileFormat::Toml));
        files.push(path);
    }
    let variables: BTreeMap<String, String> = variables.into_iter().collect();
    for (variable, value) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let layer = Config::builder().add_source(environment(variable, value)).build();
        let checked = layer.and_then(Config::try_deserialize::<Fragments>);
        checked.map_err(|error| ConfigError::variable(variable, value, error))?;
        origins.variable(PREFIX, variable, value);
        layers = layers.add_source(environment(variable, value));
    }
    let merged = layers.build().and_then(Config::try_deserialize::<Fragments>);
    let surroundings = Surroundings { files: &files, origins: &origins, variables: &variables };
    Settings::new(merged.map_err(ConfigError::merged)?, surroundings)
}

/// `run.directory` of a configuration that [`load`] refuses, as far as it can be read: where an agent listens that
/// runs on with what was good when it read it.
pub fn run_directory(file: Option<&Path>, variables: impl IntoIterator<Item = (String, String)>) -> PathBuf {
    let mut origins = Origins::default();
    for (path, text) in files::read(file).unwrap_or_default() {
        origins.file(&path, &text);
    }
    for (variable, value) in variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        origins.variable(PREFIX, &variable, &value);
    }
    let written = origins.written("run.directory").and_then(|(value, _)| value);
    written.unwrap_or(settings::RUN_DIRECTORY).into()
}

fn environment(variable: &str, value: &str) -> Environment {
    let one = [(variable.to_owned(), value.to_owned())].into_iter().collect();
    Environment::with_prefix("NPA").prefix_separator("__").separator("__").source(Some(one))
}

/// Parses one file alone: its error has line, column and a caret, which are lost once sources are layered.
fn check_file(path: &Path, text: &str) -> Result<(), ConfigError> {
    let parsed: Result<Fragments, toml::de::Error> = toml::from_str(text);
    parsed.map(drop).map_err(|cause| ConfigError::file(path, text, &cause))
}

#[cfg(test)]
mod tests;
