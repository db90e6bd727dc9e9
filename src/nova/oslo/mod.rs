//! Nova's configuration as Nova reads it: the rules of oslo.config, held to the real one by tests.
//!
//! What cannot be read exactly is refused with file and line, never guessed: above all a `$reference` to an
//! option that the files do not set, since its default is known to Nova alone. Every value keeps the place
//! that it comes from. No `Debug` and no error shows a value: it may be a password.

mod error;
mod files;
mod parse;
mod substitute;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

pub use error::OsloError;
pub use files::Search;

use parse::{Assignment, DEFAULT, Parsed, is_space, normalized};
use substitute::{Piece, may_change, pieces};

/// References within references. Nobody writes more, and oslo.config itself gives up at some depth.
const DEPTH: usize = 32;

/// References that are followed for one value, and bytes that it may become by them: with two references in each
/// of a few lines, both double with every line.
const REFERENCES: usize = 1 << 10;
const LENGTH: usize = 1 << 20;

/// An option's section and name. Later ones in a list are older names of the first.
pub type Name<'a> = (&'a str, &'a str);

/// A value, and where it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Value {
    /// The text, with everything put in for `$`.
    pub text: String,
    /// The file.
    pub file: Arc<Path>,
    /// The line of its key, counted from 1.
    pub line: usize,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({}:{})", self.file.display(), self.line)
    }
}

/// Everything that the files say.
#[derive(Default)]
pub struct OsloConfig {
    /// In the order of reading.
    files: Vec<(Arc<Path>, Parsed)>,
    /// The options that a section is known to have, where that is known.
    known: BTreeMap<String, BTreeSet<String>>,
}

impl OsloConfig {
    /// Reads the files. Without any, it is empty.
    ///
    /// # Errors
    /// A file cannot be read, is not UTF-8, or has a line that oslo.config does not accept.
    pub fn read(search: &Search) -> Result<Self, OsloError> {
        let mut config = OsloConfig::default();
        for path in search.files()? {
            let text = std::fs::read_to_string(&path).map_err(|error| files::unreadable(&path, &error))?;
            let file: Arc<Path> = path.into();
            let parsed = parse::parse(&file, &text)?;
            config.files.push((file, parsed));
        }
        Ok(config)
    }

    /// Tells which options a section has. A reference from it to another name then goes to `DEFAULT`, as
    /// oslo.config does it, and one to an option that is not set is refused.
    #[must_use]
    pub fn knowing<'a>(mut self, section: &str, options: impl IntoIterator<Item = &'a str>) -> Self {
        let known = self.known.entry(normalized(section)).or_default();
        known.extend(options.into_iter().map(str::to_owned));
        self
    }

    /// The files that were read, in order.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.files.iter().map(|(file, _)| file.to_path_buf())
    }

    /// The sections that there are, in lower case but for `DEFAULT`.
    pub fn sections(&self) -> BTreeSet<&str> {
        self.files.iter().flat_map(|(_, parsed)| parsed.sections.iter().map(String::as_str)).collect()
    }

    /// An option's value: that of the last file which has it under any of the names, there under the first
    /// of the names, there the last one.
    ///
    /// # Errors
    /// A reference that cannot be followed.
    pub fn get(&self, names: &[Name<'_>]) -> Result<Option<Value>, OsloError> {
        self.found(names).map(|(file, found)| self.value(file, found, names, &Way::default())).transpose()
    }

    /// All values of an option that may be repeated, in order.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub fn all(&self, names: &[Name<'_>]) -> Result<Vec<Value>, OsloError> {
        let mut values = Vec::new();
        for (file, parsed) in &self.files {
            // Within a file, the older names come first.
            for name in names.iter().rev() {
                for found in parsed.assignments.iter().filter(|assignment| is(assignment, *name)) {
                    values.push(self.value(file, found, names, &Way::default())?);
                }
            }
        }
        Ok(values)
    }

    /// A list option: parted at commas.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub fn list(&self, names: &[Name<'_>]) -> Result<Option<Vec<String>>, OsloError> {
        Ok(self.get(names)?.map(|value| {
            let text = value.text.trim_matches(is_space).trim_end_matches(',');
            if text.is_empty() {
                return Vec::new();
            }
            text.split(',').map(|item| item.trim_matches(is_space).to_owned()).collect()
        }))
    }

    /// A boolean option.
    ///
    /// # Errors
    /// As for [`get`](Self::get), or it is none.
    pub fn boolean(&self, names: &[Name<'_>]) -> Result<Option<bool>, OsloError> {
        let Some(value) = self.get(names)? else { return Ok(None) };
        match value.text.to_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => Ok(Some(true)),
            "false" | "0" | "off" | "no" => Ok(Some(false)),
            _ => Err(OsloError::Kind {
                file: value.file,
                line: value.line,
                key: names.first().map_or(String::new(), |(_, key)| (*key).to_owned()),
                expected: "true or false",
            }),
        }
    }

    fn found(&self, names: &[Name<'_>]) -> Option<(&Arc<Path>, &Assignment)> {
        self.files.iter().rev().find_map(|(file, parsed)| {
            let last = |name: &Name<'_>| parsed.assignments.iter().rfind(|found| is(found, *name));
            names.iter().find_map(last).map(|found| (file, found))
        })
    }

    fn value(
        &self,
        file: &Arc<Path>,
        found: &Assignment,
        names: &[Name<'_>],
        way: &Way<'_>,
    ) -> Result<Value, OsloError> {
        // References are followed from where the option is, not from where its older name stands.
        let own = names.first().copied().unwrap_or((DEFAULT, ""));
        let way = Way { from: [way.from.as_slice(), &[own]].concat(), followed: way.followed.clone() };
        let raw = found.raw.replace("\\$", "$$");
        let mut text = String::new();
        for piece in pieces(&raw) {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Reference(reference) => {
                    let value = self.referred(&way, reference).and_then(|value| {
                        let length = text.len().saturating_add(value.len());
                        (length <= LENGTH).then_some(value).ok_or(Unknown::Because(TOO_MUCH))
                    });
                    let value = value.map_err(|why| match why {
                        Unknown::Because(why) => OsloError::Reference {
                            file: Arc::clone(file),
                            line: found.line,
                            key: found.key.clone(),
                            reference: reference.to_owned(),
                            why,
                        },
                        Unknown::Error(error) => error,
                    })?;
                    text.push_str(&value);
                }
            }
        }
        Ok(Value { text, file: Arc::clone(file), line: found.line })
    }

    /// The value of a reference from the last of the options on the way to it.
    fn referred(&self, way: &Way<'_>, reference: &str) -> Result<String, Unknown> {
        let Way { from, followed } = way;
        followed.set(followed.get() + 1);
        if followed.get() > REFERENCES {
            return Err(Unknown::Because(TOO_MUCH));
        }
        let section = from.last().map_or(DEFAULT, |(section, _)| section);
        let name = match reference.split_once('.') {
            // oslo.config compares here with the names that Nova's code has.
            Some((group, _)) if group == DEFAULT || group != group.to_lowercase() => {
                return Err(Unknown::Because("a group that Nova does not have under that name"));
            }
            Some(name) => name,
            None if self.is_option_of(section, reference) => (section, reference),
            None if self.sections().contains(reference) => {
                return Err(Unknown::Because("which is a section"));
            }
            None => (DEFAULT, reference),
        };
        if from.len() > DEPTH || from.iter().any(|seen| same(*seen, name)) {
            return Err(Unknown::Because("which leads back to itself"));
        }
        let (file, found) = self
            .found(&[name])
            .ok_or(Unknown::Because("which the files do not set: its default is known to Nova alone"))?;
        let value = self.value(file, found, &[name], way).map_err(Unknown::Error)?;
        if may_change(&value.text) {
            return Err(Unknown::Because("whose text Nova may write differently, as it may be no string"));
        }
        Ok(value.text)
    }

    fn is_option_of(&self, section: &str, key: &str) -> bool {
        match self.known.get(&normalized(section)) {
            Some(known) => known.contains(key),
            None => self.found(&[(section, key)]).is_some(),
        }
    }
}

/// How a value was come to.
#[derive(Default)]
struct Way<'a> {
    /// The options on the way to it, the first one first.
    from: Vec<Name<'a>>,
    /// References that were followed for the first of them, on all ways.
    followed: Rc<Cell<usize>>,
}

/// Why a value is not put together.
const TOO_MUCH: &str = "with which the value becomes too long, or is put together of too many others";

enum Unknown {
    Because(&'static str),
    Error(OsloError),
}

fn same(one: Name<'_>, other: Name<'_>) -> bool {
    one.1 == other.1 && normalized(one.0) == normalized(other.0)
}

fn is(assignment: &Assignment, (section, key): Name<'_>) -> bool {
    assignment.key == key && assignment.section == normalized(section)
}

/// Names the files and sections, and no value.
impl fmt::Debug for OsloConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OsloConfig")
            .field("files", &self.files().collect::<Vec<_>>())
            .field("sections", &self.sections())
            .finish()
    }
}

#[cfg(test)]
mod tests;
