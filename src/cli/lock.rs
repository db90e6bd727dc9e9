//! One agent for each host: a lock in `run.directory` says so, for as long as its process lives.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::model::{Code, Finding};

/// Who has the lock.
#[derive(Debug)]
pub(super) enum Holder {
    /// No agent.
    Nobody,
    /// The agent, with its process id as far as it can be read.
    Agent(String),
    /// It cannot be told.
    Unknown(String),
}

fn path(folder: &Path) -> PathBuf {
    folder.join("lock")
}

/// Takes the lock for an agent. Two agents would agree with each other, but double every request and every log line.
pub(super) fn take(folder: &Path) -> Result<File, Finding> {
    let path = path(folder);
    let open = || {
        std::fs::create_dir_all(folder)?;
        File::options().read(true).write(true).create(true).truncate(false).open(&path)
    };
    let broken = |error: io::Error| unusable("run.directory", &format!("{}: {error}", path.display()));
    let mut file = open().map_err(broken)?;
    match file.try_lock() {
        Ok(()) => {
            let pid = std::process::id().to_string();
            file.set_len(0).and_then(|()| file.write_all(pid.as_bytes())).map_err(broken)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(Finding::new(
            Code::AlreadyRunning,
            "this host",
            format!("another agent runs here already, process {} (lock {})", pid(&mut file), path.display()),
            "`status` shows what it does; `systemctl stop nvidia-placement-agent` stops it. `plan` and `apply` may \
             be used beside it",
        )),
        Err(TryLockError::Error(error)) => Err(broken(error)),
    }
}

/// Looks who has it. Where no agent has, none can start for as long as the file is kept.
pub(super) fn hold(folder: &Path) -> (Holder, Option<File>) {
    let path = path(folder);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        // No agent has run since the folder was made.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (Holder::Nobody, None),
        Err(error) => return (Holder::Unknown(format!("{}: {error}", path.display())), None),
    };
    match file.try_lock() {
        Ok(()) => (Holder::Nobody, Some(file)),
        Err(TryLockError::WouldBlock) => (Holder::Agent(pid(&mut file)), None),
        Err(TryLockError::Error(error)) => (Holder::Unknown(format!("{}: {error}", path.display())), None),
    }
}

fn pid(file: &mut File) -> String {
    let mut pid = String::new();
    let _ = file.read_to_string(&mut pid);
    pid.trim().to_owned()
}

pub(super) fn unusable(what: &str, seen: &str) -> Finding {
    Finding::new(Code::ConfigInvalid, what, seen, "make the folder, or name another in the configuration")
}
