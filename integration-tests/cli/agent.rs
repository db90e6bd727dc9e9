//! One configuration, and runs of the real binary with it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A configuration file to be: `section.key` and the value in TOML.
#[derive(Clone, Default)]
pub(crate) struct Config(BTreeMap<String, String>);

impl Config {
    /// Sets a text.
    pub(crate) fn set(&mut self, key: &str, value: impl ToString) -> &mut Self {
        self.raw(key, format!("{:?}", value.to_string()))
    }

    /// Sets a value as it is to stand in the file.
    pub(crate) fn raw(&mut self, key: &str, value: impl Into<String>) -> &mut Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// Forgets everything that begins so.
    pub(crate) fn unset(&mut self, start: &str) -> &mut Self {
        self.0.retain(|key, _| !key.starts_with(start));
        self
    }

    pub(crate) fn write(&self, file: &Path) {
        let text: String = self.0.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        std::fs::write(file, text).unwrap();
    }
}

/// The binary with nothing in its environment: no proxy, no colour, no configuration of the machine's.
pub(crate) fn agent() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nvidia-placement-agent"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs it and checks what holds for every run: text, without a colour in it.
    pub(crate) fn of(mut command: Command) -> Run {
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let exit = output.status.code().unwrap_or_else(|| panic!("{command:?}: {}", output.status));
        let run = Run { exit, stdout: text(output.stdout), stderr: text(output.stderr) };
        assert!(!format!("{}{}", run.stdout, run.stderr).contains('\x1b'), "a colour in a pipe: {run:?}");
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        run
    }

    /// Standard output as exactly one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn succeeds(self) -> Run {
        assert_eq!(self.exit, 0, "{}\n{}", self.stdout, self.stderr);
        self
    }
}
