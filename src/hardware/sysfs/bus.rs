//! What a reading of sysfs says while it runs, and how it joins what NVML said. Pure: no thread, no clock, no
//! files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::recording::{Ask, Outcome};
use super::{BusGpu, device_folder, file};
use crate::model::{DeviceProblem, FileProblem, Gpu, HiddenGpu, HostSnapshot, PciAddress};

/// One word of a running reading.
#[derive(Debug)]
pub(in crate::hardware) enum Word {
    /// It begins: [`Word::Closed`] is to come.
    Begun,
    /// A folder is about to be read, of one GPU or of the bus.
    Reading { gpu: Option<PciAddress>, path: PathBuf },
    /// The bus cannot be read, for this reason.
    Unlisted(FileProblem),
    /// These GPUs are on the bus; what is to be known of each is still to come.
    Listed { root: PathBuf, gpus: BTreeMap<PciAddress, HiddenGpu>, problems: Vec<FileProblem> },
    /// A GPU is read as far as it can be.
    Read { gpu: PciAddress, read: BusGpu },
    /// What was answered about a path, where that is wanted.
    Answered { ask: Ask, path: String, outcome: Outcome },
    /// All is said.
    Closed,
}

/// What is not read, because an earlier reading still waits for it.
#[derive(Debug, Clone, Default)]
pub(in crate::hardware) struct BusSkip {
    /// The bus itself.
    pub(in crate::hardware) listing: Option<PathBuf>,
    /// Single GPUs.
    pub(in crate::hardware) gpus: BTreeMap<PciAddress, PathBuf>,
}

/// The same words at every scan, so that two scans of it are equal.
pub(super) fn still_silent(path: &Path) -> FileProblem {
    file::problem(path, "still no answer")
}

/// The words of one reading, put together.
#[derive(Debug, Default)]
pub(in crate::hardware) struct Bus {
    begun: bool,
    closed: bool,
    reading: BTreeMap<Option<PciAddress>, PathBuf>,
    listed: Option<Result<Listed, FileProblem>>,
    read: BTreeMap<PciAddress, BusGpu>,
}

#[derive(Debug)]
struct Listed {
    root: PathBuf,
    gpus: BTreeMap<PciAddress, HiddenGpu>,
    problems: Vec<FileProblem>,
}

impl Bus {
    /// Takes in one word.
    pub(in crate::hardware) fn absorb(&mut self, word: Word) {
        match word {
            Word::Begun => self.begun = true,
            Word::Reading { gpu, path } => {
                self.reading.insert(gpu, path);
            }
            Word::Unlisted(problem) => self.listed = Some(Err(problem)),
            Word::Listed { root, gpus, problems } => self.listed = Some(Ok(Listed { root, gpus, problems })),
            Word::Read { gpu, read } => {
                self.read.insert(gpu, read);
            }
            // For whoever asked for them.
            Word::Answered { .. } => {}
            Word::Closed => self.closed = true,
        }
    }

    /// Whether nothing is to come.
    pub(in crate::hardware) fn is_done(&self) -> bool {
        self.closed || !self.begun
    }

    /// What has not answered yet.
    pub(in crate::hardware) fn waiting(&self) -> BusSkip {
        if self.is_done() {
            return BusSkip::default();
        }
        let path = |gpu| self.reading.get(&gpu).cloned().unwrap_or_default();
        match &self.listed {
            None => BusSkip { listing: Some(path(None)), gpus: BTreeMap::new() },
            Some(Err(_)) => BusSkip::default(),
            Some(Ok(listed)) => {
                let silent = listed.gpus.keys().filter(|gpu| !self.read.contains_key(gpu));
                BusSkip { listing: None, gpus: silent.map(|gpu| (*gpu, path(Some(*gpu)))).collect() }
            }
        }
    }

    /// Adds what it said to what NVML said. `silence` is the word for what did not answer.
    pub(in crate::hardware) fn join(&self, snapshot: &mut HostSnapshot, silence: &str) {
        let waiting = self.waiting();
        let unanswered = |path: &PathBuf| file::problem(path, silence);
        snapshot.files.extend(waiting.listing.as_ref().map(unanswered));
        let listed = match &self.listed {
            None => return,
            Some(Err(problem)) => return snapshot.files.push(problem.clone()),
            Some(Ok(listed)) => listed,
        };
        snapshot.files.extend(listed.problems.iter().cloned());
        for (address, who) in &listed.gpus {
            match snapshot.gpus.get_mut(address) {
                None => {
                    snapshot.hidden.insert(*address, who.clone());
                }
                Some(gpu) => {
                    if let Some(read) = self.read.get(address) {
                        add(gpu, read.clone());
                    }
                    let silent = waiting.gpus.get(address).map(unanswered);
                    gpu.problems.extend(silent.map(DeviceProblem::File));
                }
            }
        }
        for (address, gpu) in &mut snapshot.gpus {
            if !listed.gpus.contains_key(address) {
                let path = device_folder(&listed.root, *address);
                let problem =
                    file::problem(&path, "not there or no GPU, though NVML shows one at this address");
                gpu.problems.push(DeviceProblem::File(problem));
            }
        }
    }
}

fn add(gpu: &mut Gpu, read: BusGpu) {
    let BusGpu { numa_node, sriov, functions, interface, mediated, problems } = read;
    gpu.numa_node = numa_node;
    gpu.sriov = sriov;
    gpu.functions = functions;
    gpu.interface = interface;
    gpu.mediated = mediated;
    gpu.problems.extend(problems.into_iter().map(DeviceProblem::File));
}
