//! A host of one's own, for a test: a folder with a copy of the shared object and a host file.
#![allow(clippy::panic, reason = "tests fail by panicking, and this module is for tests alone")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::HOST_FILE;
use crate::host::Host;
use crate::sysfs::Tree;

/// What cargo calls the shared object.
const BUILT: &str = "libnvidia_ml.so";
/// What the driver calls it.
const INSTALLED: &str = "libnvidia-ml.so.1";
/// The link to the sysfs tree in force.
const SYSFS: &str = "sys";
/// The name for `count_calls` that [`SimulatedHost::calls`] reads.
pub const CALLS_FILE: &str = "calls.log";

/// A simulated host that lives as long as this value.
#[derive(Debug)]
pub struct SimulatedHost {
    folder: PathBuf,
    /// Trees that were written for it.
    trees: AtomicU32,
}

impl SimulatedHost {
    /// Sets up a host described by `host_toml`, which is not checked: refused hosts want tests too.
    ///
    /// # Panics
    ///
    /// If the shared object was not built or the folder cannot be made.
    #[must_use]
    pub fn new(host_toml: &str) -> Self {
        let host = Self { folder: new_folder(), trees: AtomicU32::new(0) };
        let missing = Host::parse(host_toml).map(|host| host.missing().to_vec()).unwrap_or_default();
        host.install(&missing);
        host.rewrite(host_toml);
        host
    }

    /// Puts a library without these entry points in place of the one that is there; who has that one loaded
    /// keeps it.
    ///
    /// # Panics
    ///
    /// If the shared object was not built or has no such entry point.
    pub fn install(&self, missing: &[String]) {
        // A copy, never a link: the loader knows objects by inode, and two hosts behind one inode would
        // share their state.
        let built = built_library();
        let mut object = done(fs::read(&built), &built);
        for symbol in missing {
            assert!(blank(&mut object, symbol) > 0, "{} does not export {symbol}", built.display());
        }
        let new = self.folder.join("library.new");
        done(fs::write(&new, object), &new);
        done(fs::rename(&new, self.library()), &new);
    }

    /// The library to load: `Nvml::builder().lib_path(host.library().as_os_str()).init()`.
    #[must_use]
    pub fn library(&self) -> PathBuf {
        self.folder.join(INSTALLED)
    }

    /// The folder that library and host file lie in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its sysfs: what stands where `/sys` is on a real host.
    #[must_use]
    pub fn sysfs(&self) -> PathBuf {
        self.folder.join(SYSFS)
    }

    /// Replaces the host file in one step: a session that is open sees the new host when its next scan
    /// begins, and never half of it. The sysfs tree is replaced in one step right after it; a host that is
    /// refused keeps the one that it had.
    ///
    /// # Panics
    ///
    /// If the files cannot be written.
    pub fn rewrite(&self, host_toml: &str) {
        let number = self.trees.load(Ordering::Relaxed);
        let host = Host::parse(host_toml);
        let tree = match &host {
            Ok(host) => Some(Tree::of(Some(host))),
            Err(_) if number == 0 => Some(Tree::of(None)),
            Err(_) => None,
        };
        let link = tree.map(|tree| self.tree(&tree, number));
        let new = self.folder.join("host.toml.new");
        done(fs::write(&new, host_toml), &new);
        done(fs::rename(&new, self.folder.join(HOST_FILE)), &new);
        if let Some(link) = link {
            done(fs::rename(&link, self.sysfs()), &link);
            // The one before may be being read.
            if let Some(old) = number.checked_sub(2) {
                let _ = fs::remove_dir_all(self.folder.join(format!("{SYSFS}.{old}")));
            }
        }
    }

    /// Writes a tree beside the one in force, and a link to it that is to replace the one in force.
    fn tree(&self, tree: &Tree, number: u32) -> PathBuf {
        let name = format!("{SYSFS}.{number}");
        let (folder, link) = (self.folder.join(&name), self.folder.join("sys.new"));
        done(tree.write(&folder), &folder);
        done(std::os::unix::fs::symlink(name, &link), &link);
        self.trees.store(number + 1, Ordering::Relaxed);
        link
    }

    /// The calls so far, `"<entry point> <gpu address, or ->"`, of a host with `count_calls =
    /// "calls.log"`.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.join(CALLS_FILE)).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        let _ = fs::remove_file(self.folder.join(CALLS_FILE));
    }
}

impl Drop for SimulatedHost {
    fn drop(&mut self) {
        // A library that is still loaded stays mapped; a folder that stays behind is only untidy.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Renames an entry point in the object's table of names (`.dynstr`), so that the loader, which compares names,
/// finds none of that name: what a driver that is older than the call looks like. How often it was there.
fn blank(object: &mut [u8], symbol: &str) -> usize {
    let name: Vec<u8> = [b"\0", symbol.as_bytes(), b"\0"].concat();
    let mut found = 0;
    let mut from = 0;
    while let Some(at) = object.get(from..).and_then(|rest| rest.windows(name.len()).position(|w| w == name))
    {
        if let Some(first) = object.get_mut(from + at + 1) {
            *first = b'_';
        }
        found += 1;
        from += at + 1;
    }
    found
}

fn new_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("nvml-sim-{}-{number}", std::process::id()));
        match fs::create_dir(&folder) {
            // Left behind by an earlier process of the same id.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => {
                done(made, &folder);
                return folder;
            }
        }
    }
}

/// Cargo puts the shared object of a dependency beside the test binaries (`deps`). The one in the folder
/// above is a copy from the last time that this package itself was built, so it comes second.
fn built_library() -> PathBuf {
    let exe = done(std::env::current_exe(), Path::new("this executable"));
    let folders = exe.ancestors().skip(1).take(3);
    let mut candidates = folders.flat_map(|folder| [folder.join("deps").join(BUILT), folder.join(BUILT)]);
    match candidates.find(|candidate| candidate.is_file()) {
        Some(library) => library,
        None => panic!("no {BUILT} near {}: is nvml-sim a dev-dependency of this test?", exe.display()),
    }
}

fn done<T>(result: std::io::Result<T>, what: &Path) -> T {
    result.unwrap_or_else(|error| panic!("{}: {error}", what.display()))
}
