//! Where the answers about sysfs come from: the kernel, or a recording. Who reads does not know which.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::recording::{Ask, Outcome, Recording};

/// Bytes that a file may have. The kernel gives no attribute more than a page, which is 64 KiB at most.
pub(super) const FILE_LIMIT: u64 = 64 << 10;

/// Entries that a folder may have. The PCI bus of a large host with all virtual functions has some thousands.
pub(super) const FOLDER_LIMIT: usize = 1 << 16;

/// Takes in each answer.
pub(super) type Keep<'a> = &'a (dyn Fn(Ask, String, Outcome) + Sync);

/// A tree of sysfs.
pub(super) struct Source<'a> {
    /// Where it is; every path that is asked for is below it.
    pub(super) root: &'a Path,
    pub(super) from: From<'a>,
}

/// Who answers.
pub(super) enum From<'a> {
    Kernel,
    /// The kernel, and each answer is kept.
    Kept(Keep<'a>),
    Recording(&'a Recording),
}

impl Source<'_> {
    /// A file's content, as far as [`FILE_LIMIT`] and one byte.
    pub(super) fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        let read = || {
            let mut bytes = Vec::new();
            File::open(path)?.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        self.ask(Ask::Read, path, read, |bytes: &Vec<u8>| Outcome::of_bytes(bytes), Outcome::bytes)
    }

    /// Where a link leads.
    pub(super) fn link(&self, path: &Path) -> io::Result<PathBuf> {
        let of = |target: &PathBuf| Outcome::Text(target.to_string_lossy().into_owned());
        let text = |outcome: Outcome| outcome.text().map(PathBuf::from);
        self.ask(Ask::Link, path, || fs::read_link(path), of, text)
    }

    /// The names in a folder, in the kernel's order, as far as [`FOLDER_LIMIT`] and one; those that are not UTF-8
    /// are nobody's that we know.
    pub(super) fn names(&self, path: &Path) -> io::Result<Vec<String>> {
        let read = || {
            let entries = fs::read_dir(path)?.take(FOLDER_LIMIT + 1);
            let names = entries.map(|entry| Ok(entry?.file_name().into_string().ok()));
            Ok(names.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
        };
        let of = |names: &Vec<String>| {
            let mut names = names.clone();
            names.sort();
            Outcome::Names(names)
        };
        self.ask(Ask::List, path, read, of, Outcome::names)
    }

    /// Whether there is something, behind links too.
    pub(super) fn exists(&self, path: &Path) -> io::Result<bool> {
        self.ask(Ask::Exists, path, || path.try_exists(), |there| Outcome::There(*there), Outcome::there)
    }

    fn ask<T>(
        &self,
        ask: Ask,
        path: &Path,
        read: impl FnOnce() -> io::Result<T>,
        of: impl FnOnce(&T) -> Outcome,
        back: impl FnOnce(Outcome) -> Option<T>,
    ) -> io::Result<T> {
        let name = || path.strip_prefix(self.root).unwrap_or(path).to_string_lossy().into_owned();
        match &self.from {
            From::Kernel => read(),
            From::Kept(keep) => {
                let answer = read();
                let outcome = match &answer {
                    Ok(answer) => of(answer),
                    Err(error) => Outcome::of_error(error),
                };
                keep(ask, name(), outcome);
                answer
            }
            From::Recording(recording) => {
                let outcome = recording.answer(ask, &name())?;
                back(outcome).ok_or_else(|| io::Error::other("the recording has another kind of answer"))
            }
        }
    }
}
