//! What sysfs shows of the NVIDIA GPUs: NUMA nodes, virtual functions, how functions hand vGPUs out, and
//! mediated devices. NVML knows none of it.
//!
//! Two layouts are read, by what is there: a populated `mdev_bus` is the mdev layout, a folder `nvidia` of a
//! function the vendor-specific one. Nothing here fails as a whole but the listing of the PCI bus: what cannot
//! be read is a problem of its GPU. Reads can hang like calls into the driver do, which some of them are, so
//! each GPU has a thread of its own here, too, and says which folder it is about to read.

mod bus;
mod file;
mod gpu;
mod list;
pub(super) mod parse;
mod recording;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

use uuid::Uuid;

pub(super) use bus::{Bus, BusSkip, Word};
pub(super) use recording::Recording;
use source::{From, Source};

use crate::model::{FileProblem, MediatedDevice, PciAddress, Sriov, VgpuInterface, VirtualFunction};

/// One GPU as sysfs shows it, with the meaning that the fields of [`crate::model::Gpu`] have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BusGpu {
    numa_node: Option<u32>,
    sriov: Option<Sriov>,
    functions: BTreeMap<PciAddress, VirtualFunction>,
    interface: VgpuInterface,
    mediated: BTreeMap<Uuid, MediatedDevice>,
    problems: Vec<FileProblem>,
}

fn device_folder(root: &Path, address: PciAddress) -> PathBuf {
    root.join(format!("bus/pci/devices/{address}"))
}

/// Where a recording is shown as if it were: where sysfs is on every host.
const SYSFS: &str = "/sys";

/// Reads everything, and says it. `skip` is what an earlier reading still waits for.
pub(super) fn host(root: &Path, skip: &BusSkip, sink: &(dyn Fn(Word) + Sync)) {
    everything(&Source { root, from: From::Kernel }, skip, sink);
}

/// The same, and says each answer too.
pub(super) fn kept(root: &Path, sink: &(dyn Fn(Word) + Sync)) {
    let keep = |ask, path, outcome| sink(Word::Answered { ask, path, outcome });
    everything(&Source { root, from: From::Kept(&keep) }, &BusSkip::default(), sink);
}

/// The same with a recording that answers.
pub(super) fn replayed(recording: &Recording, sink: &(dyn Fn(Word) + Sync)) {
    let source = Source { root: Path::new(SYSFS), from: From::Recording(recording) };
    everything(&source, &BusSkip::default(), sink);
}

fn everything(source: &Source<'_>, skip: &BusSkip, sink: &(dyn Fn(Word) + Sync)) {
    match &skip.listing {
        Some(path) => sink(Word::Unlisted(bus::still_silent(path))),
        None => {
            sink(Word::Reading { gpu: None, path: source.root.to_owned() });
            match list::host(source) {
                Err(problem) => sink(Word::Unlisted(problem)),
                Ok(listing) => gpus(source, skip, sink, listing),
            }
        }
    }
    sink(Word::Closed);
}

fn gpus(source: &Source<'_>, skip: &BusSkip, sink: &(dyn Fn(Word) + Sync), listing: list::Listing) {
    let list::Listing { gpus, children, problems } = listing;
    let addresses: Vec<PciAddress> = gpus.keys().copied().collect();
    sink(Word::Listed { root: source.root.to_owned(), gpus, problems });
    let children = &children;
    thread::scope(|scope| {
        for gpu in addresses {
            if let Some(path) = skip.gpus.get(&gpu) {
                let problems = vec![bus::still_silent(path)];
                sink(Word::Read { gpu, read: BusGpu { problems, ..BusGpu::default() } });
                continue;
            }
            let read = move || {
                let say = |path: &Path| sink(Word::Reading { gpu: Some(gpu), path: path.to_owned() });
                sink(Word::Read { gpu, read: gpu::read(source, gpu, children, &say) });
            };
            let named = thread::Builder::new().name(format!("hardware-bus-{gpu}"));
            if named.spawn_scoped(scope, read).is_err() {
                // No thread to be had: then one after the other.
                read();
            }
        }
    });
}
