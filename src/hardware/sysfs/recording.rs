//! What sysfs showed, path by path: to be written down, and to answer in the kernel's place.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

/// The form of the file; another one has another number.
const SCHEMA: &str = "sysfs-recording/v1";

/// What is asked about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::hardware) enum Ask {
    /// For a folder's names.
    List,
    /// For a file's content.
    Read,
    /// For where a link leads.
    Link,
    /// Whether there is anything.
    Exists,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::hardware) enum Outcome {
    /// A file's content as it is, or where a link leads.
    Text(String),
    /// A file's content that is no UTF-8.
    Bytes(Vec<u8>),
    Names(Vec<String>),
    There(bool),
    /// The system's number, as in `errno.h`.
    Errno(i32),
    /// A failure without a number.
    Failure(String),
}

impl Outcome {
    pub(super) fn of_bytes(bytes: &[u8]) -> Outcome {
        match std::str::from_utf8(bytes) {
            Ok(text) => Outcome::Text(text.to_owned()),
            Err(_) => Outcome::Bytes(bytes.to_owned()),
        }
    }

    pub(super) fn of_error(error: &io::Error) -> Outcome {
        error.raw_os_error().map_or_else(|| Outcome::Failure(error.to_string()), Outcome::Errno)
    }

    pub(super) fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Outcome::Bytes(bytes) => Some(bytes),
            other => other.text().map(String::into_bytes),
        }
    }

    pub(super) fn text(self) -> Option<String> {
        if let Outcome::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn names(self) -> Option<Vec<String>> {
        if let Outcome::Names(names) = self { Some(names) } else { None }
    }

    pub(super) fn there(self) -> Option<bool> {
        if let Outcome::There(there) = self { Some(there) } else { None }
    }
}

/// One answer, as written.
#[derive(Serialize, Deserialize)]
struct Entry {
    /// Below where sysfs is mounted.
    path: String,
    ask: Ask,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Deserialize)]
struct Written {
    schema: String,
    answers: Vec<Entry>,
}

/// The answers of one scan of one host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::hardware) struct Recording {
    answers: BTreeMap<(String, Ask), Outcome>,
}

impl Recording {
    /// Keeps one answer. What is asked twice is kept once.
    pub(in crate::hardware) fn keep(&mut self, ask: Ask, path: String, outcome: Outcome) {
        self.answers.entry((path, ask)).or_insert(outcome);
    }

    /// What was answered.
    ///
    /// # Errors
    ///
    /// The system's error that was recorded, or that nothing was.
    pub(super) fn answer(&self, ask: Ask, path: &str) -> io::Result<Outcome> {
        match self.answers.get(&(path.to_owned(), ask)) {
            None => Err(io::Error::other("the recording has no answer to it")),
            Some(Outcome::Errno(number)) => Err(io::Error::from_raw_os_error(*number)),
            Some(Outcome::Failure(cause)) => Err(io::Error::other(cause.clone())),
            Some(outcome) => Ok(outcome.clone()),
        }
    }

    /// Every text in it, changed: paths, names, contents, targets.
    pub(in crate::hardware) fn texts(&mut self, mut change: impl FnMut(&mut String)) {
        for ((mut path, ask), mut outcome) in std::mem::take(&mut self.answers) {
            change(&mut path);
            match &mut outcome {
                Outcome::Text(text) | Outcome::Failure(text) => change(text),
                Outcome::Names(names) => {
                    names.iter_mut().for_each(&mut change);
                    names.sort();
                }
                Outcome::Bytes(_) | Outcome::There(_) | Outcome::Errno(_) => {}
            }
            self.answers.insert((path, ask), outcome);
        }
    }

    /// As JSON with one answer on each line, which people can read and compare.
    pub(in crate::hardware) fn print(&self) -> String {
        let line = |((path, ask), outcome): (&(String, Ask), &Outcome)| {
            let entry = Entry { path: path.clone(), ask: *ask, outcome: outcome.clone() };
            let mut text = serde_json::to_string(&entry).unwrap_or_default();
            // For people: the number decides.
            if let Outcome::Errno(number) = outcome
                && text.pop().is_some()
            {
                let said = serde_json::json!(io::Error::from_raw_os_error(*number).to_string());
                text.push_str(&format!(",\"said\":{said}}}"));
            }
            format!("  {text}")
        };
        let lines: Vec<String> = self.answers.iter().map(line).collect();
        format!("{{\n \"schema\": \"{SCHEMA}\",\n \"answers\": [\n{}\n ]\n}}\n", lines.join(",\n"))
    }

    /// What [`Recording::print`] gave.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, and where.
    pub(in crate::hardware) fn read(text: &str) -> Result<Self, String> {
        let written: Written = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if written.schema != SCHEMA {
            return Err(format!("its schema is {:?}; expected {SCHEMA:?}", written.schema));
        }
        let answers = written.answers.into_iter();
        Ok(Recording { answers: answers.map(|one| ((one.path, one.ask), one.outcome)).collect() })
    }
}
