//! Single files, folders and links of sysfs, of whatever [`Source`], within bounds.
//!
//! What is not there, or goes while it is read, is absent: devices come and go. Everything else that keeps a
//! value from being read is a problem that names the path.

use std::io;
use std::path::Path;

use rustix::io::Errno;

use super::source::{FILE_LIMIT, FOLDER_LIMIT, Source};
use crate::model::FileProblem;

/// Characters of a value that makes no sense which are repeated in a problem.
const EXCERPT: usize = 40;

/// `None`: there is nothing.
pub(super) type Found<T> = Result<Option<T>, FileProblem>;

/// The text of a file, without the white space around it.
pub(super) fn text(source: &Source<'_>, path: &Path) -> Found<String> {
    decoded(path, unless_gone(path, source.bytes(path))?)
}

/// As [`text`], where `ENXIO` means that there is no value yet.
pub(super) fn text_once_there(source: &Source<'_>, path: &Path) -> Found<String> {
    match source.bytes(path) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NXIO) => Ok(None),
        other => decoded(path, unless_gone(path, other)?),
    }
}

fn decoded(path: &Path, bytes: Option<Vec<u8>>) -> Found<String> {
    let Some(bytes) = bytes else { return Ok(None) };
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(problem(path, format!("larger than {} KiB", FILE_LIMIT >> 10)));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) => Err(nonsense(path, &String::from_utf8_lossy(error.as_bytes()))),
    }
}

/// A file's text, parsed.
pub(super) fn value<T>(source: &Source<'_>, path: &Path, parse: impl FnOnce(&str) -> Option<T>) -> Found<T> {
    parsed(path, text(source, path)?, parse)
}

/// What a text of that file means; one that means nothing is a problem.
pub(super) fn parsed<T>(
    path: &Path,
    text: Option<String>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Found<T> {
    let Some(text) = text else { return Ok(None) };
    parse(&text).map(Some).ok_or_else(|| nonsense(path, &text))
}

/// The last part of where a link leads.
pub(super) fn link_name(source: &Source<'_>, path: &Path) -> Found<String> {
    let name = |target: std::path::PathBuf| Some(target.file_name()?.to_str()?.to_owned());
    Ok(unless_gone(path, source.link(path))?.and_then(name))
}

/// The names in a folder, sorted; those that are not UTF-8 are nobody's that we know.
pub(super) fn names(source: &Source<'_>, path: &Path) -> Found<Vec<String>> {
    let Some(mut names) = unless_gone(path, source.names(path))? else { return Ok(None) };
    if names.len() > FOLDER_LIMIT {
        return Err(problem(path, format!("more than {FOLDER_LIMIT} entries")));
    }
    names.sort();
    Ok(Some(names))
}

/// A problem with that path.
pub(super) fn problem(path: &Path, error: impl Into<String>) -> FileProblem {
    FileProblem { path: path.display().to_string(), error: error.into() }
}

/// A problem with what was read from that path.
pub(super) fn nonsense(path: &Path, text: &str) -> FileProblem {
    let start: String = text.chars().take(EXCERPT).collect();
    let more = if start.len() < text.len() { " …" } else { "" };
    problem(path, format!("makes no sense: {start:?}{more}"))
}

fn unless_gone<T>(path: &Path, outcome: io::Result<T>) -> Found<T> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        // ENODEV is what the kernel answers for a file whose device is being taken away.
        Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::NOENT | Errno::NODEV)) => Ok(None),
        Err(error) => Err(problem(path, error.to_string())),
    }
}
