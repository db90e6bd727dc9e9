//! What sysfs shows, from trees in both layouts; what is broken in one hides nothing else.

mod broken;
mod hang;
mod joined;
mod layouts;
mod texts;

use std::path::PathBuf;

use nvidia_ml::testing::SimulatedHost;

use super::{gpu, scan_with};
use crate::model::{Gpu, PciAddress};

const PF: &str = "0000:41:00.0";

/// An A100 with four virtual functions, with these further lines of `[[gpu]]`, and its neighbour.
fn host(lines: &str) -> SimulatedHost {
    SimulatedHost::new(&toml(lines))
}

fn toml(lines: &str) -> String {
    format!(
        "privileged = true\n[[gpu]]\naddress = \"{PF}\"\nmodel = \"A100-40GB\"\nmig = \"on\"\n\
         instances = [\"7x 1g.5gb\"]\n{lines}\n\
         [[gpu]]\naddress = \"0000:81:00.0\"\nmodel = \"L40S\"\nnuma_node = 1\nsriov = {{ total = 32, enabled = 2 }}\n"
    )
}

const VENDOR: &str = r#"numa_node = 0
sriov = { total = 16, enabled = 4, types = [
  { id = 474, name = "GRID A100-1-5C" }, { id = 475, name = "GRID A100-2-10C" },
], functions = [
  { index = 1, current = 474, gpu_instance = 9, placement = 3 },
  { index = 2, current = 475 },
  { index = 3, driver = "vfio-pci" },
] }"#;

/// The PF as a scan sees it.
fn seen(host: &SimulatedHost) -> Gpu {
    gpu(&scan_with(host.library()).unwrap(), PF).clone()
}

fn address(text: &str) -> PciAddress {
    text.parse().unwrap()
}

/// A file of the device at that address, to be broken.
fn file(host: &SimulatedHost, device: &str, name: &str) -> PathBuf {
    host.sysfs().join("bus/pci/devices").join(device).join(name)
}

/// What is wrong with the GPU, in words, without the folder of this test.
fn problems(host: &SimulatedHost, gpu: &Gpu) -> Vec<String> {
    let root = format!("{}/", host.sysfs().display());
    gpu.problems.iter().map(|problem| problem.to_string().replace(&root, "")).collect()
}
