//! Where each option of `agent.toml` was set last.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

/// One option as it was written.
#[derive(Debug, Clone)]
struct Written {
    /// As people read it; none for a secret.
    value: Option<String>,
    origin: String,
}

/// What was written where, by `section.key`.
#[derive(Debug, Default)]
pub(super) struct Origins(BTreeMap<String, Written>);

impl Origins {
    /// A file; of one that is not good, what can be read.
    pub(super) fn file(&mut self, path: &Path, text: &str) {
        let (table, _) = DeTable::parse_recoverable(text);
        for (section, keys) in table.get_ref().iter() {
            let DeValue::Table(keys) = keys.get_ref() else { continue };
            for (key, value) in keys.iter() {
                let name = format!("{}.{}", section.get_ref(), key.get_ref());
                let line = text.get(..key.span().start).unwrap_or_default().matches('\n').count() + 1;
                let shown = match value.get_ref() {
                    DeValue::String(string) => string.to_string(),
                    _ => text.get(value.span()).unwrap_or_default().to_owned(),
                };
                self.set(name, shown, format!("{}:{line}", path.display()));
            }
        }
    }

    /// `NPA__SECTION__KEY`.
    pub(super) fn variable(&mut self, prefix: &str, variable: &str, value: &str) {
        let name = variable.strip_prefix(prefix).unwrap_or(variable).to_lowercase().replace("__", ".");
        self.set(name, value.to_owned(), format!("${variable}"));
    }

    fn set(&mut self, name: String, value: String, origin: String) {
        let value = (!is_secret(&name)).then_some(value);
        self.0.insert(name, Written { value, origin });
    }

    /// The place of an option that is set.
    pub(super) fn of(&self, name: &str) -> String {
        self.0.get(name).map_or_else(String::new, |written| written.origin.clone())
    }

    /// An option that is set: value (none for a secret) and place.
    pub(super) fn written(&self, name: &str) -> Option<(Option<&str>, &str)> {
        self.0.get(name).map(|written| (written.value.as_deref(), written.origin.as_str()))
    }
}

/// Whether an option's value is never shown. The name of a secret's file is no secret.
pub(super) fn is_secret(name: &str) -> bool {
    ["password", "secret", "token"].iter().any(|word| name.ends_with(word))
}
