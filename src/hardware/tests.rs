//! The scan against simulated libraries, through the real dlopen path, and its pure parts.

mod anonymise;
mod assembly;
mod broken;
mod case;
mod compute;
mod cost;
mod deadline;
mod events;
mod figures;
mod health;
mod library;
mod names;
mod odd_driver;
mod old_driver;
mod random;
mod scanner;
mod simulated;
mod sysfs;
mod vgpu;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use nvidia_ml::testing::SimulatedHost;

use super::{HardwareError, Options, scan};
use crate::model::{Gpu, HostSnapshot, PciAddress};

/// This library with the sysfs that lies beside it, if one does, and so many seconds.
fn options(library: impl Into<PathBuf>, seconds: u64) -> Options {
    let library = library.into();
    let sysfs = library.parent().map(|folder| folder.join("sys")).filter(|folder| folder.exists());
    Options { library: Some(library), sysfs, deadline: Duration::from_secs(seconds), ..Options::default() }
}

/// A scan with this library.
fn scan_with(library: impl Into<PathBuf>) -> Result<HostSnapshot, HardwareError> {
    scan(&options(library, 20))
}

/// How to scan that host within so long.
fn within(host: &SimulatedHost, deadline: Duration) -> Options {
    Options { deadline, ..options(host.library(), 0) }
}

fn gpu<'a>(snapshot: &'a HostSnapshot, address: &str) -> &'a Gpu {
    let address: PciAddress = address.parse().unwrap();
    snapshot.gpus.get(&address).unwrap_or_else(|| panic!("no {address} in {snapshot:#?}"))
}

/// How many GPU instances of which profile names, in the order of the names.
fn cut(gpu: &Gpu) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for instance in gpu.instances.values() {
        let name = gpu.profiles.get(&instance.profile).map_or("?".to_owned(), |profile| profile.name.clone());
        *counts.entry(name).or_default() += 1;
    }
    counts.into_iter().collect()
}
