//! Files whose change means that a GPU may have been cut anew. A change wakes the loop; the scan decides.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Watches files, existing or not, through their folders: tools replace a file rather than write into it.
#[derive(Debug)]
pub struct Watch {
    changes: UnboundedReceiver<PathBuf>,
    // Ends with it.
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    ///
    /// A path without a name, a folder that is not there, or no watching to be had; names the path.
    pub fn new(files: &[PathBuf]) -> io::Result<Watch> {
        let names: BTreeSet<OsString> =
            files.iter().filter_map(|file| file.file_name()).map(Into::into).collect();
        let (sender, changes) = unbounded_channel();
        let seen = move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            for path in event.paths {
                if path.file_name().is_some_and(|name| names.contains(name)) {
                    // Nobody listens any more when the loop has ended.
                    let _ = sender.send(path);
                }
            }
        };
        let mut watcher = notify::recommended_watcher(seen).map_err(io::Error::other)?;
        for file in files {
            let folder =
                file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let watched = watcher.watch(folder, RecursiveMode::NonRecursive);
            watched.map_err(|error| io::Error::other(format!("{}: {error}", folder.display())))?;
        }
        Ok(Watch { changes, _watcher: watcher })
    }

    /// Waits until one of the files was written, replaced or deleted, and names it. Changes that came together
    /// are one.
    pub async fn changed(&mut self) -> PathBuf {
        let Some(mut path) = self.changes.recv().await else { return std::future::pending().await };
        while let Ok(further) = self.changes.try_recv() {
            path = further;
        }
        path
    }
}
