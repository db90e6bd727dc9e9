//! What the fuzz targets share: where their files are, and what must hold of every host that was read.

mod edit;
mod host;

use std::path::PathBuf;

pub use edit::{Edit, edited};
pub use host::{look_at, replay};

/// A folder of this process alone, in memory where the system has a place for that.
pub fn scratch(name: &str) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let base = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let folder = base.join(format!("nvidia-placement-agent-fuzz-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder of our own");
    folder
}
