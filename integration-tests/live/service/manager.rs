//! The socket that a service manager listens on, in the hands of a test.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::run::daemon::PATIENCE;

pub(super) struct Manager {
    folder: tempfile::TempDir,
    socket: UnixDatagram,
}

impl Manager {
    pub(super) fn new() -> Manager {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        Manager { folder, socket }
    }

    pub(super) fn path(&self) -> PathBuf {
        Path::new(self.folder.path()).join("notify")
    }

    /// The lines of the next message, if it comes in time.
    fn next(&self, patience: Duration) -> Option<Vec<String>> {
        self.socket.set_read_timeout(Some(patience.max(Duration::from_millis(1)))).unwrap();
        let mut message = [0; 4096];
        let read = self.socket.recv(&mut message).ok()?;
        let text = std::str::from_utf8(&message[..read]).unwrap();
        Some(text.lines().map(str::to_owned).collect())
    }

    /// Everything that is told, until this is.
    pub(super) fn until(&self, line: &str) -> Vec<String> {
        let (mut told, begun) = (Vec::new(), Instant::now());
        while !told.iter().any(|said| said == line) {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            told.extend(self.next(left).unwrap_or_else(|| panic!("never {line}: {told:#?}")));
        }
        told
    }

    /// What has been told and not read yet.
    pub(super) fn so_far(&self) -> Vec<String> {
        std::iter::from_fn(|| self.next(Duration::ZERO)).flatten().collect()
    }

    /// Gets signs of life for that long. One may be late on a busy machine, by as much as a manager is patient.
    pub(super) fn lives(&self, span: Duration, patience: Duration) {
        self.so_far();
        let (begun, mut last, mut beats) = (Instant::now(), Instant::now(), 0);
        while begun.elapsed() < span {
            let told = self.next(patience).unwrap_or_default();
            if told.iter().any(|line| line == "WATCHDOG=1") {
                beats += 1;
                last = Instant::now();
            }
            assert!(last.elapsed() < 4 * patience, "no sign of life for {:?}", last.elapsed());
        }
        assert!(beats >= 3, "{beats} signs of life in {span:?}");
    }
}
