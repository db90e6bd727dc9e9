//! The scan against simulated libraries, through the real dlopen path, and its pure parts.

mod anonymise;
mod assembly;
mod broken;
mod case;
mod compute;
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

/// A scan with this library, and with the sysfs that lies beside it, if one does.
fn scan_with(library: impl Into<PathBuf>) -> Result<HostSnapshot, HardwareError> {
    let library = library.into();
    let beside = library.parent().map(|folder| folder.join("sys")).filter(|folder| folder.exists());
    scan(&Options { library: Some(library), sysfs: beside, deadline: Duration::from_secs(20) })
}

/// How to scan that host.
fn options(host: &SimulatedHost, deadline: Duration) -> Options {
    Options { library: Some(host.library()), sysfs: Some(host.sysfs()), deadline }
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
