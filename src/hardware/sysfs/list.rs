//! Which NVIDIA GPUs are on the PCI bus, and where mediated devices are. No question here reaches a device: the
//! kernel answers from what it noted when it found it.

use std::collections::BTreeMap;
use std::path::Path;

use uuid::Uuid;

use super::file::{self, Found};
use super::source::Source;
use super::{device_folder, parse};
use crate::model::{FileProblem, HiddenGpu, PciAddress};

/// NVIDIA's PCI vendor id.
const NVIDIA: u32 = 0x10de;
/// The upper byte of the PCI class of display controllers: VGA, 3D, other.
const DISPLAY: u32 = 0x03;

/// Mediated devices by the function that they were made on.
pub(super) type Children = BTreeMap<PciAddress, Vec<Uuid>>;

/// What is on the bus.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Physical functions alone, each with who it is.
    pub(super) gpus: BTreeMap<PciAddress, HiddenGpu>,
    pub(super) children: Children,
    pub(super) problems: Vec<FileProblem>,
}

/// Lists them.
///
/// # Errors
///
/// When the bus itself cannot be read: then nothing is known of any GPU.
pub(super) fn host(source: &Source<'_>) -> Result<Listing, FileProblem> {
    let bus = source.root.join("bus/pci/devices");
    let names = file::names(source, &bus)?.ok_or_else(|| file::problem(&bus, "not there"))?;
    let mut listing = Listing::default();
    for address in names.iter().filter_map(|name| name.parse().ok()) {
        match gpu(source, address) {
            Ok(Some(gpu)) => {
                listing.gpus.insert(address, gpu);
            }
            Ok(None) => {}
            Err(problem) => listing.problems.push(problem),
        }
    }
    match children(source) {
        Ok(children) => listing.children = children,
        Err(problem) => listing.problems.push(problem),
    }
    Ok(listing)
}

/// `None`: something else, or a virtual function.
fn gpu(source: &Source<'_>, address: PciAddress) -> Found<HiddenGpu> {
    let folder = device_folder(source.root, address);
    if file::value(source, &folder.join("vendor"), parse::hexadecimal)? != Some(NVIDIA)
        || source.link(&folder.join("physfn")).is_ok()
    {
        return Ok(None);
    }
    let class = file::value(source, &folder.join("class"), parse::hexadecimal)?;
    if class.is_none_or(|class| class >> 16 != DISPLAY) {
        return Ok(None);
    }
    // Who it is can be read again where it matters, and then a failure is told.
    let board = file::value(source, &folder.join("device"), parse::board).ok().flatten();
    let driver = file::link_name(source, &folder.join("driver")).ok().flatten();
    Ok(Some(HiddenGpu { board, driver }))
}

/// A mediated device's link leads to a folder in that of the function that it was made on.
fn children(source: &Source<'_>) -> Result<Children, FileProblem> {
    let folder = source.root.join("bus/mdev/devices");
    let mut children = Children::new();
    for name in file::names(source, &folder)?.unwrap_or_default() {
        let Ok(uuid) = name.parse() else { continue };
        let Ok(target) = source.link(&folder.join(&name)) else { continue };
        let parent = target.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        // Other parents than PCI functions are other drivers' business.
        if let Some(parent) = parent.and_then(|name| name.parse().ok()) {
            children.entry(parent).or_default().push(uuid);
        }
    }
    Ok(children)
}
